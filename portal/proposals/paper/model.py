"""What stands on the paper of a frozen proposal, as text by part. The pages of the office and both papers print it.

Everything comes out of the frozen text and what it names by version: products, and the titles of the lines of cover.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal import dates, money
from portal.products import eligibility, premium
from portal.products import words as product_words
from portal.proposals import closing, snapshot
from portal.proposals.paper import labels, years
from portal.proposals.paper.headings import headings
from portal.proposals.paper.labels import yuan

Facts = dict[str, Any]

#: What the client of a participating, universal or investment-linked product writes in full (rules of 2022).
STATEMENT = {
    "zh": "本人已阅读保险条款、产品说明书和投保提示书，了解本产品的特点和保单利益的不确定性",
    "en": "I have read the policy terms, the product description and the notice to applicants, and understand the"
    " features of this product and that its benefits are uncertain",
}


class Paper:
    """One frozen proposal in one language. `records`: products by code@version; `titles`: lines of cover by id."""

    def __init__(self, frozen: Facts, sha256: str, records: Mapping[str, Any], titles: Mapping[str, Any], lang: str):
        self.frozen = frozen
        self.sha256 = sha256
        self.records = records
        self.titles = titles
        self.lang = lang
        self.tongue = "en" if lang == "en" else "zh"
        self.people = {each["id"]: each for each in frozen["people"]}
        self.products = {each["product"]: records[each["product"]]["body"] for each in frozen["coverages"]}
        self.uncertain = _("Dividends are not certain.")

    def model(self) -> Facts:
        """Every part, in the order of the pages."""
        made = dates.day_of(datetime.fromisoformat(self.frozen["made_at"]))
        return {
            "lang": self.tongue,
            "year": made.year,
            "month": made.month,
            "day": made.day,
            "title": _("Cover proposal for %(name)s", name=self.frozen["customer"]["name"]),
            "agent": self.frozen["agent"]["name"],
            "watermark": _("Demo product") if any(body["demo"] for body in self.products.values()) else "",
            "footer": _("This proposal is not an insurance contract."),
            "foot": self._foot(made),
            "words": headings(),
            "uncertain": self.uncertain,
            "cover": self._cover(made),
            "gap": self._gap(),
            "members": [self._member(each) for each in self._insured()],
            "premium": {
                **years.schedule(self.frozen),
                "modes": years.instalments(self.frozen, self.products),
            },
            "tables": [self._table(each) for each in self.frozen["coverages"] if self._has_table(each)],
            "exclusions": [self._exclusions(code) for code in self.products],
            "merged": self._merged(),
            "underwriting": self._underwriting(),
            "risks": self._risks(),
            "leaving": self._leaving(),
            "basis": self._basis(),
        }

    # Words

    def _word(self, thing: Mapping[str, str]) -> str:
        return thing[self.tongue]

    def _shown(self, day: date) -> str:
        return dates.shown(day, self.lang, date.min)

    def _amount(self, fen: int) -> str:
        return money.exact(fen, self.lang)

    def _short(self, fen: int) -> str:
        return money.short(fen, self.lang)

    def _product(self, code: str) -> str:
        return str(self.products[code][self.tongue]["name"])

    def _foot(self, made: date) -> str:
        agent = self.frozen["agent"]
        number = _("registration %(n)s", n=agent["registration"]) if agent["registration"] else ""
        return " · ".join(each for each in (agent["name"], number, self._shown(made), self.sha256[:12]) if each)

    # The cover page

    def _cover(self, made: date) -> Facts:
        frozen = self.frozen
        members = [self._name(each) for each in self._insured()]
        facts = [
            (_("Prepared for"), frozen["customer"]["name"]),
            (_("Applicant"), self._name(frozen["applicant"])),
            (_("Insured"), "、".join(members) if self.tongue == "zh" else ", ".join(members)),
            (_("Agent"), frozen["agent"]["name"]),
            (_("Registration number"), frozen["agent"]["registration"] or "–"),
            (_("Insurer"), " / ".join(dict.fromkeys(self._word(body["insurer"]) for body in self.products.values()))),
            (_("Made on"), self._shown(made)),
            (_("Valid until"), self._shown(date.fromisoformat(frozen["valid_until"]))),
            (_("Cover begins (intended)"), self._shown(date.fromisoformat(frozen["start"]))),
            (_("Revision"), str(frozen["revision"])),
        ]
        return {
            "facts": [{"name": name, "value": value} for name, value in facts],
            "amount": self._amount(frozen["yearly_fen"]),
            "amount_says": _("a year for %(covers)s", covers=self._covers()),
            "instalment": self._instalment(),
            "notice": _(
                "This is a proposal, not an insurance contract. Whether and on which terms cover is given is decided by"
                " the insurer; what holds is the policy."
            ),
            "demo": _("Demo products of a fictional insurer. They cannot be bought.") if self._demo() else "",
        }  # fmt: skip

    def _instalment(self) -> str:
        """What is paid each time; where some covers can only be paid by the year, what is paid the first time."""
        mode = self.frozen["mode"]
        if mode == "year":
            return ""
        way, amount = labels.MODES[mode], self._amount(self.frozen["modal_fen"])
        if all(
            each["pay"] != "single" and mode in self.products[each["product"]]["modes"]
            for each in self.frozen["coverages"]
        ):
            return _(way) + (" " if self.tongue == "zh" else ": ") + amount
        return str(
            _(
                "%(way)s; the first payment is %(amount)s, with what is paid by the year or at once",
                way=_(way),
                amount=amount,
            )
        )

    def _demo(self) -> bool:
        return any(body["demo"] for body in self.products.values())

    def _covers(self) -> str:
        return str(ngettext("%(num)s cover", "%(num)s covers", len(self.frozen["coverages"])))

    def _name(self, person: str | None) -> str:
        return str(self.people.get(person or "", {}).get("name", ""))

    def _insured(self) -> list[str]:
        """Whoever is insured, in the order of the family."""
        insured = {each["insured"] for each in self.frozen["coverages"]}
        return [person for person in self.people if person in insured]

    # The gap

    def _gap(self) -> Facts:
        lines = [self._line(each) for each in self.frozen["closed"] if each["need_fen"] > 0]
        rest = [each for each in self.frozen["uncovered"] if each["fen"] > 0]
        return {
            "lines": lines,
            "uncovered": list(self._rest(rest)),
            "lead": self._gap_lead(),
        }  # fmt: skip

    def _gap_lead(self) -> str:
        analysis = self.frozen["analysis"]
        if not analysis:
            return str(_("No needs analysis belongs to this proposal."))
        day = self._shown(date.fromisoformat(analysis["made_on"]))
        return str(_("From the needs analysis of %(day)s, score %(n)s of 100.", day=day, n=analysis["score"]))

    def _rest(self, rest: list[Facts]) -> Iterator[str]:
        """What stays open, one sentence a person and one for the household."""
        colon, comma = ("：", "、") if self.tongue == "zh" else (": ", ", ")
        for member in dict.fromkeys(each["member"] for each in rest):
            open_lines = [
                f"{self._title(each['line'])} {self._short(each['fen'])}" for each in rest if each["member"] == member
            ]
            yield (self._name(member) or str(_("Household"))) + colon + comma.join(open_lines)

    def _title(self, line: str) -> str:
        return self._word(self.titles[line]) if line in self.titles else line

    def _line(self, line: Mapping[str, Any]) -> Facts:
        need = line["need_fen"]
        have = min(need, max(0, line["have_fen"]))
        plan = min(need - have, line["by_plan_fen"])
        title = self._title(line["line"])
        short = (
            _("%(amount)s still missing", amount=self._short(line["after_fen"])) if line["after_fen"] else _("closed")
        )
        told = {
            "have": _("Have") + " " + self._short(max(0, line["have_fen"])),
            "plan": _("This plan") + " " + self._short(line["by_plan_fen"]),
            "need": _("Need") + " " + self._short(need),
        }
        who = self._name(line["member"])
        return {
            "title": title,
            "who": who,
            "short": short,
            "enough": not line["after_fen"],
            **told,
            "have_share": have * 1000 // need,
            "plan_share": (have + plan) * 1000 // need - have * 1000 // need,
            "alt": f"{who} {title}: {told['have']}, {told['plan']}, {told['need']}, {short}".strip(),
        }

    # Members

    def _member(self, person: str) -> Facts:
        own = [each for each in self.frozen["coverages"] if each["insured"] == person]
        return {
            "name": self._name(person),
            "about": self._about(self.people[person]),
            "coverages": [self._coverage(each) for each in own],
            "yearly": yuan(sum(each["yearly_fen"] for each in own)),
        }

    def _about(self, person: Mapping[str, Any]) -> str:
        at = premium.age_on(person, self.frozen["start"])
        relation = labels.RELATIONS.get(person["relation"])
        parts = [
            _(relation) if relation else "",
            _("%(n)s years old", n=at) if at is not None else "",
            _("class of occupation %(n)s", n=person["occupation_class"]) if person["occupation_class"] else "",
        ]
        return " · ".join(str(part) for part in parts if part)

    def _coverage(self, coverage: Mapping[str, Any]) -> Facts:
        body = self.products[coverage["product"]]
        named, design = labels.KINDS[body["kind"]], labels.DESIGNS.get(body["design"])
        kind = _(named)
        rider = next((each for each in self.frozen["coverages"] if each["id"] == coverage["rider_of"]), None)
        about = [
            f"{kind}（{_(design)}）" if design and self.tongue == "zh" else f"{kind} ({_(design)})" if design else kind,
            self._word(body["insurer"]),
            _("rider to %(name)s", name=self._word(rider["name"])) if rider else "",
        ]
        return {
            "name": self._word(coverage["name"]),
            "code": coverage["product"],
            "about": " · ".join(str(part) for part in about if part),
            "sum": self._sum(coverage, body),
            "term": labels.length(coverage["term"]),
            "pay": labels.length(coverage["pay"]),
            "yearly": yuan(coverage["yearly_fen"]),
            "facts": " · ".join(str(each) for each in self._facts(body)),
            "benefits": list(self._benefits(coverage, body)),
            "chosen": self._chosen(coverage, body),
        }

    def _sum(self, coverage: Mapping[str, Any], body: Mapping[str, Any]) -> str:
        if body["price"]["form"] == "plans":
            plan = next(each for each in body["price"]["plans"] if each["code"] == coverage["plan"])
            return self._word(plan)
        if body["price"]["form"] == "waived":
            return str(_("premiums still due"))
        if body["chooses"] == "premium":
            return str(_("by premium"))
        if body["chooses"] == "items":
            return str(_("see below"))
        return self._short(coverage["sum_fen"]) if coverage["sum_fen"] else "–"

    def _facts(self, body: Mapping[str, Any]) -> Iterator[str]:
        not_agreed = _("nothing agreed")
        yield _("risk grade %(grade)s", grade=body["risk_grade"])
        yield _("waiting period %(n)s days", n=body["waiting_days"]) if body["waiting_days"] else _("no waiting period")
        yield (
            _("cooling-off %(n)s days", n=body["cooling_off_days"]) if body["cooling_off_days"] else _("no cooling-off")
        )
        if body["kind"] == "medical":
            deductible, bp = body["deductible_fen"], body["reimburse_bp"]
            yield _("deductible %(amount)s", amount=not_agreed if deductible is None else self._short(deductible))
            yield _("reimburses %(share)s", share=not_agreed if bp is None else labels.percent(bp))
            renewal = body["guaranteed_renewal_years"]
            yield _("renewal guaranteed for %(n)s years", n=renewal) if renewal else _("renewal not guaranteed")
        if body.get("waiver"):
            yield self._word(body["waiver"])

    def _benefits(self, coverage: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[Facts]:
        items = {each["code"] for each in body["price"].get("items") or []}
        for benefit in body["benefits"]:
            if benefit.get("extra") and benefit["extra"] not in coverage["extras"]:
                continue
            if benefit["code"] in items and benefit["code"] not in coverage["items"]:
                continue
            fen = closing.benefit_fen(benefit, coverage, body)
            yield {"text": self._word(benefit), "amount": self._short(fen) if fen else ""}

    def _chosen(self, coverage: Mapping[str, Any], body: Mapping[str, Any]) -> str:
        """What was chosen beside the sum: extras, the items of motor and home covers."""
        price = body["price"]
        parts = [self._word(each) for each in price.get("extras") or [] if each["code"] in coverage["extras"]]
        parts += [
            self._item(each, coverage["items"])
            for each in price.get("items") or []
            if each["code"] in coverage["items"]
        ]
        return ("、" if self.tongue == "zh" else ", ").join(parts)

    def _item(self, item: Mapping[str, Any], chosen: Mapping[str, Any]) -> str:
        value = chosen[item["code"]]
        if "choices" in item:
            return self._word(item) + " " + next(self._word(each) for each in item["choices"] if each["code"] == value)
        return f"{self._word(item)} " + (f"×{value}" if "count" in item else self._short(value))

    # Years

    def _has_table(self, coverage: Mapping[str, Any]) -> bool:
        return years.is_long(coverage) and bool(self.frozen["illustration"][coverage["id"]]["year"])

    def _table(self, coverage: Mapping[str, Any]) -> Facts:
        participating = self.products[coverage["product"]]["design"] == "participating"
        about = [
            self._name(coverage["insured"]),
            self._sum(coverage, self.products[coverage["product"]]),
            _("runs %(length)s", length=labels.length(coverage["term"])),
            _("paid %(length)s", length=labels.length(coverage["pay"])),
        ]
        return {
            "name": self._word(coverage["name"]),
            "about": " · ".join(str(each) for each in about),
            "lead": self._dividend_lead() if participating else "",
            **years.table(self.frozen, coverage, participating),
        }

    def _dividend_lead(self) -> str:
        return str(
            _(
                "Dividends are not certain. They are shown on an assumed rate, depend on the insurer's results, and may be"
                " nothing in some years. What is shown does not stand for what will be paid."
            )
        )

    # What one must know

    def _exclusions(self, code: str) -> Facts:
        body = self.products[code]
        waiting = dict.fromkeys(
            _("%(n)s days: %(what)s", n=each["waiting_days"], what=self._word(each))
            for each in body["benefits"]
            if each["waiting_days"]
        )
        return {
            "name": self._product(code),
            "code": code,
            "notes": [self._word(each) for each in body.get("notes") or []],
            "waiting": list(waiting),
            "waiting_word": _("Waiting period"),
            "no_waiting": "" if waiting else _("No waiting period."),
            "list_word": ngettext("%(num)s exclusion", "%(num)s exclusions", len(body["exclusions"])),
            "list": [self._word(each) for each in body["exclusions"]],
        }

    def _merged(self) -> Facts:
        """Each exclusion once, with the products it stands in where it does not stand in all; waiting periods likewise."""
        exclusions: dict[str, list[str]] = {}
        waiting: dict[str, list[str]] = {}
        for body in self.products.values():
            short = body[self.tongue]["short"]
            for each in body["exclusions"]:
                exclusions.setdefault(self._word(each), []).append(short)
            days = (
                _("waiting period %(n)s days", n=body["waiting_days"])
                if body["waiting_days"]
                else _("no waiting period")
            )
            waiting.setdefault(str(days), []).append(short)
        return {"exclusions": self._once(exclusions), "waiting": self._once(waiting)}

    def _once(self, texts: dict[str, list[str]]) -> list[dict[str, str]]:
        comma = "、" if self.tongue == "zh" else ", "
        return [
            {"text": text, "names": "" if len(names) == len(self.products) else comma.join(dict.fromkeys(names))}
            for text, names in texts.items()
        ]

    def _underwriting(self) -> list[str]:
        return [
            *self._open_questions(),
            _("Every cover is subject to underwriting by the insurer. It may ask more, charge more, exclude, postpone or decline."),
            _("Premiums hold for the ages, sums and occupations named here until the date of validity; after a birthday of an"
              " insured person they must be worked out anew."),
            _("Health questions must be answered by the client in person, truthfully and completely. A wrong answer can cost"
              " the cover."),
            _("Larger sums may need a medical examination or proof of income, counted with all cover of the same kind."),
            _("Cover on the death of an adult needs the consent of the insured to the sum. For minors the sum on death is limited"
              " by law over all insurers."),
        ]  # fmt: skip

    def _open_questions(self) -> list[str]:
        """What the products themselves ask for: an examination, proof of income, the class of an occupation."""
        faults = eligibility.plan_faults(
            snapshot.plan_of(self.frozen), {"products": self.records, "blobs": {}}, self.frozen["people"],
            self.frozen["applicant"], dates.day_of(datetime.fromisoformat(self.frozen["made_at"])).isoformat(),
        )  # fmt: skip
        covers = {each["id"]: each for each in self.frozen["coverages"]}
        told: dict[str, list[str]] = {}
        for fault in faults:
            if fault["level"] == "amber":
                cover = covers[fault["coverage"]]
                short = self.products[cover["product"]][self.tongue]["short"]
                text = product_words.told(fault, _, self.lang)
                told.setdefault(text, []).append(f"{self._name(cover['insured'])} · {short}")
        opening, closing_, comma = ("（", "）", "、") if self.tongue == "zh" else (" (", ")", ", ")
        return [text + opening + comma.join(names) + closing_ for text, names in told.items()]

    def _risks(self) -> Facts:
        designs = {body["design"] for body in self.products.values()} - {"ordinary"}
        texts = [
            _("Benefits that are shown for later years are illustrations. They do not stand for what will really be paid."),
            _("Whoever stops paying loses cover after the grace period and may get back less than was paid."),
            _("This proposal does not take the place of the policy terms, the product description and the notice to applicants."
              " Please read them before you apply."),
        ]  # fmt: skip
        if "participating" in designs:
            texts.insert(1, self._dividend_lead())
        return {
            "texts": texts,
            "statement_lead": _("Before you apply you will be asked to write this sentence yourself:")
            if designs
            else "",
            "statement": STATEMENT[self.tongue] if designs else "",
        }

    def _leaving(self) -> Facts:
        days: dict[int, list[str]] = {}
        for code, body in self.products.items():
            days.setdefault(body["cooling_off_days"] or 0, []).append(self._product(code))
        comma = "、" if self.tongue == "zh" else ", "
        texts = [
            _("%(names)s: %(n)s days of cooling-off, counted from the day after the policy is signed for. Within them the policy"
              " may be given back and all premiums are returned.", names=comma.join(names), n=count)
            if count
            else _("%(names)s: no cooling-off is agreed.", names=comma.join(names))
            for count, names in sorted(days.items(), reverse=True)
        ]  # fmt: skip
        texts.append(
            _(
                "After that giving a policy back returns its cash value, which in the first years is less than the premiums paid."
            )
        )
        tables = [
            {
                "name": f"{self._name(each['insured'])} · {self._word(each['name'])}",
                "rows": years.losses(self.frozen, each),
            }
            for each in self.frozen["coverages"]
        ]
        return {"texts": texts, "tables": [each for each in tables if each["rows"]]}

    def _basis(self) -> list[Facts]:
        frozen, analysis = self.frozen, self.frozen["analysis"]
        facts = [(code, self._product(code)) for code in self.products]
        facts.append((_("Catalogue of"), self._shown(date.fromisoformat(frozen["catalogue_date"]))))
        facts.append((_("Rules"), frozen["ruleset"]))
        if analysis:
            facts.append(
                (_("Needs analysis"), f"{analysis['questionnaire']} · {analysis['assumptions']} · {analysis['model']}")
            )
        solvency = dict.fromkeys(self._word(body["solvency"]) for body in self.products.values() if body["solvency"])
        facts += [(_("Solvency"), text) for text in solvency]
        facts.append((_("Fingerprint of this proposal (SHA-256)"), self.sha256))
        return [{"name": name, "value": value} for name, value in facts]
