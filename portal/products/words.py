"""The words of every rule of `premium` and `eligibility`. The phone's twin is `static/js/domain/product-words.js`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from portal import money
from portal.dates import shown
from portal.translations import msgid

#: By rule; the parameters are the keys of a fault's data.
WORDS = {
    "input": msgid("Something is missing or is not possible: %(field)s."),
    "product": msgid("This product or this version of it is not known here."),
    "not_yet": msgid("This version is on sale only from %(from_date)s."),
    "withdrawn": msgid("This version was on sale until %(to_date)s. Please choose one that is on sale."),
    "start_past": msgid("Cover cannot begin in the past: %(start_date)s."),
    "insured": msgid("Please choose who is insured."),
    "applicant": msgid("Please say who the applicant is."),
    "birth_date": msgid("The date of birth is missing."),
    "unborn": msgid("Not born yet on the day cover begins."),
    "gender": msgid("The premium depends on the sex, which is missing."),
    "entry_days": msgid("%(days)s days old on the day cover begins; possible from %(min_days)s days."),
    "entry_age": msgid("Age %(age)s on the day cover begins; possible from %(min_age)s to %(max_age)s."),
    "applicant_age": msgid(
        "The applicant is %(age)s on the day cover begins; possible from %(min_age)s to %(max_age)s."
    ),
    "term": msgid("This product is not offered for this term."),
    "pay": msgid("This product is not offered with these years of payment."),
    "term_over": msgid("At age %(age)s this term would be over before it begins."),
    "pay_over": msgid("At age %(age)s these years of payment would be over before they begin."),
    "pay_term": msgid("Premiums cannot be paid for longer than the %(years)s years of cover."),
    "end_age": msgid("Cover would end at age %(age)s; at most %(max_age)s."),
    "pay_end_age": msgid("Premiums would be paid up to age %(age)s; at most %(max_age)s."),
    "occupation": msgid("Occupation class %(occupation_class)s is not accepted for this product."),
    "occupation_unknown": msgid("The occupation class is not known; some classes are not accepted."),
    "social_insurance": msgid("This product requires social health insurance."),
    "social_insurance_unknown": msgid("Whether there is social health insurance is not known; it changes the premium."),
    "not_rider": msgid("This product is no rider and stands on its own."),
    "rider_main": msgid("This rider needs a main cover that it belongs to."),
    "rider_insured": msgid("A rider insures the same person as its main cover."),
    "rider_pay": msgid("The years of payment differ from those of the main cover."),
    "rider_ratio": msgid("The rider's sum of %(sum_fen)s is above %(max_fen)s, which the main cover allows."),
    "applicant_insured": msgid(
        "The applicant is insured by the main cover; this waiver is for another person's cover."
    ),
    "plan": msgid("Please choose one of the plans of this product."),
    "item_missing": msgid("This part has to be chosen: %(name)s."),
    "item": msgid("This cannot be chosen: %(name)s."),
    "factor": msgid("This factor is not possible: %(name)s."),
    "extra": msgid("This addition is not offered."),
    "min": msgid("%(chosen_fen)s is below the least amount of %(min_fen)s."),
    "max": msgid("%(chosen_fen)s is above the highest amount of %(max_fen)s."),
    "step": msgid("%(chosen_fen)s is no multiple of %(step_fen)s."),
    "child_max": msgid("For a minor the sum of %(sum_fen)s is above the highest of %(max_fen)s."),
    "min_premium": msgid("The premium of %(chosen_fen)s a year is below the least of %(min_fen)s."),
    "no_exam": msgid("The sum of %(sum_fen)s is above %(max_fen)s: a medical examination is needed."),
    "income_multiple": msgid(
        "The sum of %(sum_fen)s is above %(multiple)s times the income: proof of income is needed."
    ),
    "rates": msgid("The rates of this product are not on this device yet. Please sync."),
    "no_rate": msgid("There is no rate for age %(age)s with this term and these years of payment."),
    "waived": msgid("There is no premium yet that could be waived."),
}

#: What `input` names.
FIELDS = {
    "coverages": msgid("covers"),
    "coverage": msgid("cover"),
    "id": msgid("number of the cover"),
    "product": msgid("product"),
    "insured": msgid("insured person"),
    "term": msgid("term"),
    "pay": msgid("years of payment"),
    "sum_fen": msgid("sum assured"),
    "premium_fen": msgid("premium a year"),
    "mode": msgid("mode of payment"),
    "start": msgid("day cover begins"),
    "today": msgid("day of the proposal"),
    "rider_of": msgid("main cover"),
    "extras": msgid("additions"),
    "items": msgid("parts of the cover"),
    "factors": msgid("factors"),
}


def told(fault: Mapping[str, Any], translate: Callable[[str], str], lang: str) -> str:
    """A fault in words."""
    data = {key: _said(key, value, translate, lang) for key, value in fault["data"].items()}
    return translate(WORDS[fault["rule"]]) % data


def _said(key: str, value: Any, translate: Callable[[str], str], lang: str) -> str:
    if key == "field":
        return translate(FIELDS[value])
    if key == "name":
        return value["en" if lang == "en" else "zh"]
    if key == "chosen_fen":
        # To the fen: a slip of the finger is in the last digits.
        return money.exact(value, lang)
    if key.endswith("_fen"):
        return money.short(value, lang)
    if key.endswith("_date"):
        return shown(date.fromisoformat(value), lang, date.min)
    return str(value)
