"""Who lives in a household and what follows from the answers, as facts the gap model computes with. Pure.

The phone's twin is `static/js/domain/household.js`. Answers stand by question id, `M04:<member>` where a question is
asked of each member; `{"unknown": true}` (不清楚) and a missing answer take the assumption set's default and are listed
in `assumed`. Amounts are fen, shares and rates basis points, ages completed years on `today`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal import dates

Facts = dict[str, Any]
Answers = Mapping[str, Any]

WHOLE = 10_000
WORKING = ("employed", "self", "civil")
DEATH_COVER = ("term", "whole_life", "increasing_whole_life", "endowment")
#: A medical policy of at least one million yuan a year pays what social insurance does not.
MILLION_MEDICAL_FEN = 100_000_000
#: Under this age a guardian has to agree (G03).
GUARDED_AGE = 14


def household(answers: Answers, assumptions: Mapping[str, Any], today: date) -> Facts:
    """`{"household", "members", "children", "assumed", "notes"}` for the gap model."""
    return _Household(answers, assumptions, today).facts()


def values_of(assumptions: Mapping[str, Any], moved: Mapping[str, int] | None = None) -> dict[str, Any]:
    """The numbers of an assumption set by name, with those the customer has moved (within their limits)."""
    found = dict(assumptions["fixed"])
    for group in ("rates", "whole_numbers", "amounts"):
        for name, each in assumptions[group].items():
            wanted = (moved or {}).get(name, each["value"])
            found[name] = min(max(wanted, each["min"]), each["max"])
    return found


class _Household:
    def __init__(self, answers: Answers, values: Mapping[str, Any], today: date):
        self.answers = answers
        self.a = values
        self.today = today
        self.assumed: list[str] = []
        self.notes: list[Facts] = []
        self.supported: list[Facts] = []

    def facts(self) -> Facts:
        listed, withheld = self._listed()
        people = [self._person(each) for each in listed]
        couple = [each for each in people if each["relation"] in ("self", "spouse")]
        children = [self._child(each) for each in people if each["relation"] == "child"]
        loans = self._loans(couple)
        covers = self._covers({each["id"] for each in withheld})
        self.supported = self._answer("P01", None, [])
        home = self._home(people, couple, children) | {"withheld": len(withheld)}
        earners = [each for each in couple if each["role"] == "earner"]
        members = []
        for each in people:
            partner = next((other for other in couple if each in couple and other is not each), None)
            members.append(each | self._of_member(each, partner, couple, earners, children, loans, covers, home))
        by_id = {child["id"]: child for child in children}
        for member in members:
            member["education"] = by_id.get(member["id"], {"stages": [], "saved_fen": 0, "studies": False})
        return {
            "household": home,
            "members": members,
            "children": children,
            "assumed": sorted(self.assumed),
            "notes": self.notes,
        }

    def _listed(self) -> tuple[list[Any], list[Any]]:
        """Who counts, and children whose guardian did not agree: nothing about those is used."""
        listed = self.answers.get("H02") or []
        if self.answers.get("G03") in (None, True):  # left open at the end it is answered: not sure
            return listed, []
        withheld = [each for each in listed if not each.get("unborn") and 0 <= self._age(each) < GUARDED_AGE]
        if withheld:
            self.notes.append({"code": "children_withheld"})
        return [each for each in listed if each not in withheld], withheld

    def _age(self, raw: Mapping[str, Any]) -> int:
        born = raw.get("birth_date")
        return dates.age(date.fromisoformat(born), self.today) if born else int(raw.get("age", 0))

    # Answers

    def _answer(self, question: str, member: str | None, default: Any) -> Any:
        key = f"{question}:{member}" if member else question
        value = self.answers.get(key)
        if value is None or (isinstance(value, Mapping) and value.get("unknown")):
            self.assumed.append(key)
            return default
        return value

    # People

    def _person(self, raw: Mapping[str, Any]) -> Facts:
        unborn = bool(raw.get("unborn"))
        age = 0 if unborn else self._age(raw)
        person = {
            "id": raw["id"],
            "relation": raw["relation"],
            "name": raw.get("name") or "",
            "gender": raw.get("gender") or "",
            "age": age,
            "unborn": unborn,
            "disabled": bool(raw.get("disabled")),
        }
        person["income_fen"] = self._income(person)
        status = self._status(person)
        person["status"] = status
        person["retire_age"] = self._retire_age(person, status)
        person["role"] = self._role(person, status)
        person["working_years"] = max(0, person["retire_age"] - age) if person["role"] == "earner" else 0
        return person

    def _income(self, person: Facts) -> int:
        if person["age"] < self.a["child_age"]:
            return 0
        return int(self._answer("M04", person["id"], 0))

    def _status(self, person: Facts) -> str:
        if person["age"] < self.a["child_age"]:
            return "child"
        return str(self._answer("M01", person["id"], self._usual_status(person)))

    def _usual_status(self, person: Facts) -> str:
        if person["age"] >= self._usual_retirement(person):
            return "retired"
        if person["relation"] == "child" and person["age"] < self.a["independent_age"]:
            return "student"
        if person["income_fen"]:
            return "employed"
        return "home" if person["relation"] in ("self", "spouse") else "none"

    def _usual_retirement(self, person: Facts) -> int:
        ages = self.a["retire_age"]
        blue = self._class(person["id"]) >= 3
        if person["gender"] == "male":
            return int(ages["male"])
        return int(ages["female_blue" if blue else "female"])

    def _class(self, member: str) -> int:
        """Occupation class 1–6; 1 when nobody asked."""
        value = self.answers.get(f"M02:{member}")
        return value if isinstance(value, int) else 1

    def _retire_age(self, person: Facts, status: str) -> int:
        if status not in WORKING:
            return self._usual_retirement(person)
        return int(self._answer("M06", person["id"], self._usual_retirement(person)))

    def _role(self, person: Facts, status: str) -> str:
        if person["age"] < self.a["adult_age"]:
            return "child"
        if status in ("student", "retired"):
            return status
        if status in WORKING:
            return "earner"
        return "homemaker" if status == "home" else "other"

    def _child(self, person: Facts) -> Facts:
        goal = "none"
        saved = 0
        studies = person["age"] < self.a["independent_age"] or person["status"] == "student"
        if studies:
            goal = self._answer("C01", person["id"], "bachelor")
            saved = self._answer("C02", person["id"], 0)
        names = self.a["education_goals"].get(goal, [])
        stages = [self.a["education"][name] | {"name": name} for name in names]
        left = [
            {
                "name": each["name"],
                "start": each["age"] - person["age"],
                "years": each["years"],
                "fee_fen": each["fee_fen"],
            }
            for each in stages
            if each["age"] + each["years"] > person["age"]
        ]
        until = self.a["horizon_age"] if person["disabled"] else self.a["independent_age"]
        return {
            "id": person["id"],
            "age": person["age"],
            "dependent_years": max(0, until - person["age"]),
            "care_years": max(0, self.a["care_until_age"] - person["age"]),
            "stages": left,
            "saved_fen": saved,
            "studies": studies,
        }

    # Money

    def _loans(self, couple: list[Facts]) -> list[Facts]:
        loans = []
        for loan in [*self._answer("F03", None, []), *self._answer("F04", None, [])]:
            if loan.get("insured"):
                self.notes.append({"code": "loan_insured", "fen": loan["balance_fen"]})
                continue
            loans.append({"balance_fen": loan["balance_fen"], "share_bp": self._shares(loan, couple)})
        return loans

    def _shares(self, loan: Mapping[str, Any], couple: list[Facts]) -> dict[str, int]:
        if loan.get("owner"):
            return {loan["owner"]: WHOLE}
        if loan.get("shares"):
            return {member: percent * 100 for member, percent in loan["shares"].items()}
        income = sum(each["income_fen"] for each in couple)
        if not income or len(couple) < 2:
            return {couple[0]["id"]: WHOLE} if couple else {}
        first, second = couple
        part = first["income_fen"] * WHOLE // income
        return {first["id"]: part, second["id"]: WHOLE - part}

    def _covers(self, withheld: set[str]) -> list[Facts]:
        covers = []
        for policy in self._answer("E01", None, []):
            if policy["insured"] in withheld:
                continue
            why = self._not_in_force(policy)
            if why:
                self.notes.append({"code": why, "policy": policy.get("id", ""), "member": policy["insured"]})
                continue
            if policy.get("group"):
                self.notes.append({"code": "group_cover", "policy": policy.get("id", ""), "member": policy["insured"]})
            covers.append({**policy, "sum_fen": self._in_yuan(policy, "sum_fen")})
        return covers

    def _not_in_force(self, policy: Mapping[str, Any]) -> str | None:
        if policy.get("lapsed"):
            return "policy_lapsed"
        if policy.get("expiry") and policy["expiry"] < self.today.isoformat():
            return "policy_expired"
        if policy.get("waiting_until") and policy["waiting_until"] > self.today.isoformat():
            return "policy_waiting"
        return None

    def _in_yuan(self, policy: Mapping[str, Any], field: str) -> int:
        """Foreign sums at the rate that stands with the policy, in 10,000ths of a yuan for one unit."""
        amount = policy.get(field) or 0
        rate = policy.get("rate_bp")
        return (2 * amount * rate + WHOLE) // (2 * WHOLE) if rate else amount

    def _home(self, people: list[Facts], couple: list[Facts], children: list[Facts]) -> Facts:
        spending = self._answer("F01", None, 0)
        size = min(4, max(1, len([each for each in people if not each["unborn"]])))
        left = self._answer("F02", None, None) if len(couple) > 1 else None
        ratio = left * 100 if left is not None else WHOLE - self.a["own_share_bp"][str(size)]
        second = self._answer("F07", None, {})
        accounts = self._answer("F09", None, {})
        worth = second.get("value_fen", 0) if second.get("would_sell") else 0
        house = self._answer("A01", None, {})
        return {
            "adults": len(couple),
            "spending_fen": spending * 12,
            "monthly_fen": spending,
            "left_bp": ratio,
            "own_share_bp": WHOLE - ratio if left is not None else self.a["own_share_bp"][str(size)],
            "cash_fen": self._answer("F05", None, 0),
            "funds_fen": self._answer("F06", None, 0),
            "second_home_fen": worth,
            "heritable_fen": sum(accounts.get(name, 0) for name in ("housing_fund_fen", "pension_fen", "annuity_fen")),
            "emergency_months": self._answer("F08", None, self._months(couple)),
            "income_fen": sum(each["income_fen"] for each in people),
            "child_years": max((each["dependent_years"] for each in children), default=0),
            "care_years": max((each["care_years"] for each in children), default=0),
            "tier1": self._answer("H01", None, "") in self.a["tier1_cities"],
            "owned": house.get("tenure") == "owned",
            "area_m2": house.get("area_m2", 0),
            "contents_fen": house.get("contents_fen", 0),
            "home_cover_fen": house.get("cover_fen", 0),
            "cars": [{"third_party_fen": each.get("third_party_fen", 0)} for each in self._answer("V01", None, [])],
            "budget_fen": self._answer("S01", None, {}).get("budget_fen", 0),
        }

    def _months(self, couple: list[Facts]) -> int:
        by = self.a["emergency_months_by"]
        if not couple:
            return int(self.a["emergency_months"])
        first = couple[0]
        if first["status"] == "self":
            return int(by["self"])
        steady = self.answers.get(f"M05:{first['id']}")
        return int(
            by.get(steady, self.a["emergency_months"]) if isinstance(steady, str) else self.a["emergency_months"]
        )

    def _of_member(
        self,
        each: Facts,
        partner: Facts | None,
        couple: list[Facts],
        earners: list[Facts],
        children: list[Facts],
        loans: list[Facts],
        covers: list[Facts],
        home: Facts,
    ) -> Facts:
        own = [cover for cover in covers if cover["insured"] == each["id"]]
        medical = [cover for cover in own if cover["kind"] == "medical"]
        if len([cover for cover in medical if not cover.get("allowance")]) > 1:
            self.notes.append({"code": "medical_twice", "member": each["id"]})
        in_couple = each in couple
        parents_income = sorted(other["income_fen"] for other in couple)
        carer = partner["income_fen"] if partner else 0
        if each["role"] == "child":
            carer = parents_income[0] if parents_income else 0
        usual = ["employee_medical", "pension"] if each["role"] == "earner" else ["resident_medical"]
        insurance = self._answer("M03", each["id"], usual)
        sick = self._answer("D01", each["id"], {}) if each["status"] in ("employed", "civil") else {}
        pension = self._pension(each) if in_couple and each["role"] != "retired" else 0
        return {
            "in_couple": in_couple,
            "sole_earner": [each["id"]] == [other["id"] for other in earners],
            "partner": partner is not None,
            "partner_income_fen": partner["income_fen"] if partner and partner["role"] == "earner" else 0,
            "partner_years": partner["working_years"] if partner else 0,
            "partner_pension_fen": self._partner_pension(partner) if partner else 0,
            "carer_income_fen": carer,
            "loans": [
                {"balance_fen": loan["balance_fen"], "share_bp": loan["share_bp"][each["id"]]}
                for loan in loans
                if loan["share_bp"].get(each["id"])
            ],
            "parents": self._parents(each) if in_couple else [],
            "death_fen": sum(cover["sum_fen"] for cover in own if cover["kind"] in DEATH_COVER),
            "ci_fen": sum(cover["sum_fen"] for cover in own if cover["kind"] == "ci"),
            "accident_fen": sum(cover["sum_fen"] for cover in own if cover["kind"] == "accident"),
            "disability_fen": sum(cover["sum_fen"] for cover in own if cover["kind"] == "disability"),
            "medical_fen": max((cover["sum_fen"] for cover in medical), default=0),
            "medical_guaranteed": any(cover.get("guaranteed") for cover in medical),
            "million_medical": any(cover["sum_fen"] >= MILLION_MEDICAL_FEN for cover in medical),
            "social": any(name.endswith("medical") for name in insurance),
            "pension_scheme": "pension" in insurance,
            "sick_months": sick.get("months", 0),
            "sick_bp": sick.get("percent", 0) * 100,
            "pension_fen": pension,
            "retire_spend_bp": self._answer("T01", each["id"], self.a["retire_spend_bp"] // 100) * 100
            if in_couple and each["role"] != "retired"
            else 0,
            "retire_saved_fen": self._answer("T03", each["id"], 0) if in_couple and each["role"] != "retired" else 0,
            "horizon_years": max(self.a["least_horizon_years"], home["child_years"]),
        }

    def _pension(self, each: Facts) -> int:
        """A year's pension in today's money: as stated, else the quick rule of a share of the wage."""
        monthly = self._answer("T02", each["id"], None)
        if monthly is not None:
            return int(monthly) * 12
        return (2 * each["income_fen"] * int(self.a["pension_ratio_bp"]) + WHOLE) // (2 * WHOLE)

    def _partner_pension(self, partner: Facts) -> int | None:
        """A year's pension of the one who is left; None for the kernel's share of the last wage."""
        if partner["role"] == "retired":
            return int(partner["income_fen"])
        stated = self.answers.get(f"T02:{partner['id']}")
        if isinstance(stated, int):
            return stated * 12
        return None if partner["role"] == "earner" else 0

    def _parents(self, each: Facts) -> list[Facts]:
        found = []
        for parent in self.supported:
            if parent.get("owner", "") not in ("", each["id"]) or (
                not parent.get("owner") and each["relation"] != "self"
            ):
                continue
            years = max(0, self.a["parent_age"] - parent["age"])
            found.append({"yearly_fen": parent["yearly_fen"], "share_bp": parent["share"] * 100, "years": years})
        return found
