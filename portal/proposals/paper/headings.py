"""The headings and labels of the paper."""

from __future__ import annotations

from flask_babel import gettext as _


def headings() -> dict[str, str]:
    """By where they stand, in the language of the moment."""
    return {
        "gap": _("What is missing, and what this plan closes"),
        "members": _("What is covered"),
        "premium": _("What is paid, and when"),
        "years": _("Year by year"),
        "exclusions": _("What is not covered, and waiting periods"),
        "underwriting": _("Acceptance by the insurer"),
        "risks": _("Please note these risks"),
        "leaving": _("Changing your mind"),
        "basis": _("What this was worked out with"),
        "read": _("Reading confirmed"),
        "read_lead": _(
            "Signing here means: I have read this proposal and it states my intention. It is no application and no"
            " payment; health questions are answered by the client in the insurer's own system."
        ),
        "client_signs": _("Signature of the client"),
        "agent_signs": _("Signature of the agent"),
        "signed_on": _("Date signed"),
        "uncovered": _("Not covered for now"),
        "have": _("Have"),
        "plan": _("This plan"),
        "missing": _("Still missing"),
        "need": _("Need"),
        "cover": _("Cover"),
        "sum": _("Sum assured"),
        "term": _("Runs"),
        "pay": _("Paid for"),
        "yearly": _("Yearly premium (yuan)"),
        "benefits": _("What is paid out"),
        "years_column": _("Policy years"),
        "each_year": _("Premium a year (yuan)"),
        "paid_total": _("Paid so far (yuan)"),
        "mode": _("Way to pay"),
        "each_time": _("Each time (yuan)"),
        "in_a_year": _("In a year (yuan)"),
        "in_yuan": _("Amounts in yuan. Values are those at the end of the policy year."),
        "guaranteed": _("Guaranteed"),
        "not_guaranteed": _("Dividends, not guaranteed"),
        "cash": _("Cash value"),
        "loss": _("Loss"),
        "paid": _("Premiums paid"),
        "at_end": _("Given back at the end of"),
        "one_year": _("Covers of one year"),
        "first_year_only": _(
            "Covers of one year are priced anew at each renewal by the age then; they are not in the table above."
        ),
        "total": _("In total"),
        "by_year": _("When paid by the year. What other ways to pay cost stands below."),
    }
