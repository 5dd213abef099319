"""The report of a needs analysis on paper, and as the text by part that the server's page prints."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from portal import dates, money
from portal.needs.gap import analyse
from portal.needs.household import Facts, values_of
from portal.needs.questions import counted
from portal.paper import pdf
from portal.translations import LANGUAGES
from sync.kinds import Row
from sync.words import msgid

TEMPLATE = Path(__file__).with_name("report.typ")
MOVABLE = ("rates", "whole_numbers", "amounts")
NOTES = {
    "loan_insured": msgid("A loan that is insured is not counted."),
    "policy_lapsed": msgid("A policy of %(name)s has ended and is not counted."),
    "policy_expired": msgid("A policy of %(name)s has run out and is not counted."),
    "policy_waiting": msgid("A policy of %(name)s is still in its waiting period and is not counted."),
    "group_cover": msgid("Cover of %(name)s through the employer ends with the job."),
    "medical_twice": msgid("%(name)s has two medical policies; costs are repaid only once."),
    "children_withheld": msgid(
        "Children under 14 are left out, as their guardian did not agree: the family may need more."
    ),
}


def report(row: Row, bodies: tuple[Any, Any, Any], who: dict[str, str], lang: str) -> bytes:
    """The PDF of a finished analysis. `bodies`: questionnaire, assumptions, model; `who`: customer, agent, registration."""
    with force_locale(LANGUAGES[lang]):
        model = _Paper(row, bodies, who, lang).model()
    return pdf(TEMPLATE, model, date.fromisoformat(row["made_on"]))


def model_of(row: Row, bodies: tuple[Any, Any, Any], who: dict[str, str], lang: str) -> dict[str, Any]:
    """What stands on the paper, as text by part; the server's page prints the same."""
    return _Paper(row, bodies, who, lang).model()


class _Paper:
    """What stands on the paper, as text."""

    def __init__(self, row: Row, bodies: tuple[Any, Any, Any], who: dict[str, str], lang: str):
        self.row = row
        self.questionnaire, self.assumptions, self.definition = bodies
        self.who = who
        self.lang = lang
        self.day = date.fromisoformat(row["made_on"])
        self.values = values_of(self.assumptions, row.get("moved"))
        answers = counted(self.questionnaire, row["answers"] or {}, self.values, self.day)
        self.result = analyse(answers, self.definition, self.assumptions, self.day, row.get("moved"))
        self.people = {each["id"]: each for each in answers.get("H02", [])}
        self.lines = {line["id"]: line for line in self.definition["lines"]}

    def model(self) -> dict[str, Any]:
        short = sum(line["gap_fen"] > 0 for each in self.result["members"] for line in each["lines"])
        made = [
            dates.shown(self.day, self.lang, date.min),
            self.who["agent"],
            _("registration %(n)s", n=self.who["registration"]) if self.who["registration"] else "",
            self.row["assumptions"],
            self.row["model"],
        ]
        return {
            "lang": "en" if self.lang == "en" else "zh",
            "year": self.day.year,
            "month": self.day.month,
            "day": self.day.day,
            "title": _("Cover of %(name)s's family", name=self.who["customer"]),
            "agent": self.who["agent"],
            "made": " · ".join(each for each in made if each),
            "lead": ngettext("%(num)s line is short of what is needed.", "%(num)s lines are short of what is needed.", short)
            + " "
            + _("Score %(n)s of 100", n=self.result["score"]),
            "disclaimer": _("This is an analysis of needs. It is no insurance contract and promises no return."),
            "not_considered": _("Not considered: inheritance tax, rising house prices, inflation of medical costs."),
            "assumed": ngettext("%(num)s answer is estimated.", "%(num)s answers are estimated.", len(self.result["assumed"])),
            "words": {"notes": _("Please note"), "assumptions": _("Worked out with"), "ranges": _("Other ways to estimate life cover")},
            "notes": [self._note(note) for note in self.result["notes"]],
            "assumptions": self._assumptions(),
            "family": [*self._family(), *(self._line(line, "") for line in self.result["lines"])],
            "members": [self._member(each) for each in self.result["members"] if each["lines"]],
        }  # fmt: skip

    def _word(self, thing: dict[str, str]) -> str:
        return thing["en" if self.lang == "en" else "zh"]

    def _name(self, member: str) -> str:
        return str(self.people.get(member, {}).get("name", ""))

    def _amount(self, fen: int) -> str:
        return money.short(fen, self.lang)

    def _note(self, note: Facts) -> str:
        text = NOTES[note["code"]]
        return str(_(text, name=self._name(note.get("member", ""))))

    def _assumptions(self) -> list[dict[str, str]]:
        return [
            {"name": self._word(spec), "value": self._value(name)}
            for group in MOVABLE
            for name, spec in self.assumptions[group].items()
        ]

    def _value(self, name: str) -> str:
        value = self.values[name]
        if name.endswith("_bp"):
            return f"{value / 100:.2f}".rstrip("0").rstrip(".") + "%"
        return self._amount(value) if name.endswith("_fen") else str(value)

    def _family(self) -> list[Facts]:
        """Each kind of line once, in the order of advice, summed over those who lack it."""
        found = []
        for name in self.definition["advice"]:
            own = [
                (each["id"], line) for each in self.result["members"] for line in each["lines"] if line["id"] == name
            ]
            if not own:
                continue
            lacking = [(member, line) for member, line in own if line["gap_fen"] > 0] or own
            need = sum(line["need_fen"] for _member, line in lacking)
            have = sum(min(line["have_fen"], line["need_fen"]) for _member, line in lacking)
            ratio = max(0, have * 10_000 // need) if need > 0 else 10_000
            summed = {
                "id": name,
                "need_fen": need,
                "have_fen": have,
                "gap_fen": need - have,
                "ratio_bp": ratio,
                "parts": [],
                "flags": [],
            }
            found.append(self._line(summed, "、".join(self._name(member) for member, _line in lacking)))
        return found

    def _member(self, each: Facts) -> Facts:
        person = self.people.get(each["id"], {})
        born = person.get("birth_date")
        about = [_("%(n)s years old", n=dates.age(date.fromisoformat(born), self.day)) if born else "", born or ""]
        ranges = {spec["id"]: spec for spec in self.definition["ranges"]}
        return {
            "name": self._name(each["id"]),
            "about": " · ".join(part for part in about if part),
            "lines": [self._line(line, "") for line in each["lines"]],
            "ranges": [{"name": self._word(ranges[one["id"]]), "value": self._amount(one["fen"])} for one in each["ranges"]],
        }  # fmt: skip

    def _line(self, line: Facts, who: str) -> Facts:
        spec = self.lines[line["id"]]
        enough = line["gap_fen"] <= 0
        short = _("enough") if enough else _("short of") + " " + self._amount(line["gap_fen"])
        have = _("have %(amount)s", amount=self._amount(max(0, line["have_fen"])))
        need = _("need %(amount)s", amount=self._amount(max(0, line["need_fen"])))
        flags = [self._word(flag) for flag in spec.get("flags", []) if flag["code"] in line["flags"]]
        title = self._word(spec)
        return {
            "title": title,
            "who": who,
            "short": short,
            "have": have,
            "need": need,
            "alt": f"{title}: {have}, {need}, {short}",
            "percent": max(0, min(100, line["ratio_bp"] // 100)),
            "enough": enough,
            "flags": flags,
            "parts": self._parts(line, spec),
        }

    def _parts(self, line: Facts, spec: dict[str, Any]) -> list[Facts]:
        rows: list[Facts] = []
        for side, sign in (("need", "+"), ("have", "−")):
            for part in line["parts"]:
                if part["side"] == side and part["fen"]:
                    first = side == "need" and not rows
                    rows.append(self._part(part, spec, "−" if part["fen"] < 0 else "" if first else sign))
            if side == "need":
                rows.append(self._total("=", _("Needed"), line["need_fen"]))
        missing = line["gap_fen"] > 0
        rows.append(self._total("=", _("Still missing") if missing else _("More than needed"), abs(line["gap_fen"])))
        return rows

    def _total(self, sign: str, text: str, fen: int) -> Facts:
        return {"sign": sign, "text": text, "why": "", "amount": self._amount(fen), "total": True}

    def _part(self, part: Facts, spec: dict[str, Any], sign: str) -> Facts:
        declared = next(each for each in spec["parts"] if each["id"] == part["id"])
        why = self._word(declared["why"]) if "why" in declared else ""
        for name, given in part["inputs"].items():
            why = why.replace("{" + name + "}", self._input(given))
        return {
            "sign": sign,
            "text": self._word(declared),
            "why": why,
            "amount": self._amount(abs(part["fen"])),
            "total": False,
        }

    def _input(self, given: dict[str, int]) -> str:
        if "fen" in given:
            return self._amount(given["fen"])
        if "bp" in given:
            return f"{given['bp'] / 100:.2f}".rstrip("0").rstrip(".") + "%"
        return str(given.get("int", ""))
