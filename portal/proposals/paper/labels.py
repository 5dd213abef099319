"""The words of codes on paper: kinds of products, ways to pay, relations."""

from __future__ import annotations

from flask_babel import gettext as _

from sync.words import msgid

KINDS = {
    "term": msgid("Term life insurance"),
    "whole_life": msgid("Whole life insurance"),
    "increasing_whole_life": msgid("Increasing whole life insurance"),
    "ci": msgid("Critical illness insurance"),
    "medical": msgid("Medical insurance"),
    "accident": msgid("Accident insurance"),
    "annuity": msgid("Pension annuity"),
    "education": msgid("Education endowment"),
    "disability": msgid("Disability insurance"),
    "motor": msgid("Motor insurance"),
    "home": msgid("Home insurance"),
    "waiver": msgid("Waiver of premium"),
}
DESIGNS = {
    "participating": msgid("participating"),
    "universal": msgid("universal life"),
    "linked": msgid("investment-linked"),
}
MODES = {
    "year": msgid("Once a year"),
    "half": msgid("Every half-year"),
    "quarter": msgid("Every quarter"),
    "month": msgid("Every month"),
}
TIMES = {"year": 1, "half": 2, "quarter": 4, "month": 12}
RELATIONS = {
    "self": msgid("the client"),
    "spouse": msgid("spouse of the client"),
    "child": msgid("child of the client"),
    "parent": msgid("parent of the client"),
    "parent_in_law": msgid("parent-in-law of the client"),
    "grandparent": msgid("grandparent of the client"),
    "grandchild": msgid("grandchild of the client"),
    "sibling": msgid("brother or sister of the client"),
}


def length(code: str) -> str:
    """How long a cover runs, or is paid for: 20 years, to age 60, whole life, at once."""
    if code == "life":
        return str(_("for life"))
    if code == "single":
        return str(_("all at once"))
    number = code[1:]
    return str(
        _("to age %(n)s", n=number) if code[0] == "a" else _("%(n)s years", n=number) if number != "1" else _("1 year")
    )


def percent(bp: int) -> str:
    """12.5%"""
    return f"{bp / 100:.2f}".rstrip("0").rstrip(".") + "%"


def yuan(fen: int, *, decimals: bool | None = None) -> str:
    """1,234.50 without a unit; `decimals` says whether fen are printed, else only where there are some."""
    sign, fen = ("−", -fen) if fen < 0 else ("", fen)
    show = fen % 100 if decimals is None else decimals
    return f"{sign}{fen // 100:,}" + (f".{fen % 100:02d}" if show else "")
