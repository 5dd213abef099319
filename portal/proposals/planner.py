"""Plans made from a gap: what to buy first, of which product, for how much, within what the family would pay. Pure; fen.

The phone's twin is `static/js/domain/planner.js`. One walk in the advice order of the rules (social insurance comes
before all of it and is only said) gives up to three plans, each holding all of the one before. A cover goes to the gap,
to what is accepted without examination, or to what the money still buys; what stays open is listed, never hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portal.products import eligibility, premium
from portal.proposals.closing import closed, closes, death_fen, held_death_fen, in_force
from portal.proposals.people import applicant_of

Plan = dict[str, Any]
Coverage = dict[str, Any]

WHOLE = 10_000
#: What is chosen of a product that can be proposed without asking anything else.
CHOSEN = ("sum", "plan")
INSTALMENTS = {"single": 1, "year": 1, "half": 2, "quarter": 4, "month": 12}
PLAN_IDS = "abcdefgh"


def plans(
    result: Mapping[str, Any],
    people: Sequence[Mapping[str, Any]],
    catalogue: Mapping[str, Any],
    budget_fen: int,
    start: str,
    *,
    settings: Mapping[str, Any],
    today: str | None = None,
    applicant: str | None = None,
    mode: str = "year",
    policies: Sequence[Mapping[str, Any]] = (),
    sales_grade: int = 1,
) -> list[Plan]:
    """Up to three plans of which no year costs more than `budget_fen`; none where nothing can be proposed.

    `start`: the day cover begins, ages count on it; `today`: products on sale on this day; `policies`: held cover of
    all insurers, for the cap on minors; `sales_grade`: of the agent, what may not be sold is not proposed.
    """
    walk = _Walk(
        result, people, catalogue, budget_fen, start, today or start, settings, applicant, mode, policies, sales_grade
    )
    found: list[Plan] = []
    for name, steps in settings["planner"]["plans"]:
        walk.take(steps)
        if walk.coverages and (not found or len(found[-1]["coverages"]) < len(walk.coverages)):
            found.append(walk.plan(PLAN_IDS[len(found)], name))
    return found


def paid_a_year(quote: Mapping[str, Any]) -> int:
    """What a year's instalments come to, fen; of a single premium all of it."""
    return int(quote["modal_fen"]) * INSTALMENTS[quote["mode"]]


def _affordable(
    result: Mapping[str, Any],
    budget_fen: int,
    policies: Sequence[Mapping[str, Any]],
    today: str,
    settings: Mapping[str, Any],
) -> int:
    """The budget, but no more than R04 lets anybody pay, what is paid for held cover included."""
    rule, income = settings["rules"].get("R04"), result["income_fen"]
    if not rule or income <= 0:
        return budget_fen
    held = sum(each.get("premium_fen") or 0 for each in policies if in_force(each, today)) if rule["count_held"] else 0
    return int(min(budget_fen, income * rule["red_bp"] // WHOLE - held))


class _Walk:
    """The money left and the covers chosen so far, on the way through the steps."""

    def __init__(
        self,
        result: Mapping[str, Any],
        people: Sequence[Mapping[str, Any]],
        catalogue: Mapping[str, Any],
        budget_fen: int,
        start: str,
        today: str,
        settings: Mapping[str, Any],
        applicant: str | None,
        mode: str,
        policies: Sequence[Mapping[str, Any]],
        sales_grade: int,
    ):
        self.result = result
        self.everybody = people
        self.catalogue = catalogue
        self.left = max(0, _affordable(result, budget_fen, policies, today, settings))
        self.start = start
        self.today = today
        self.settings = settings
        self.rules = settings["planner"]
        self.applicant = applicant_of(people, applicant)
        self.mode = mode
        self.policies = policies
        self.grade = settings["rules"]["R02"]["grades"].get(str(sales_grade), 0)
        self.coverages: list[Coverage] = []
        self.quotes: dict[str, Any] = {}
        self.tried: set[tuple[str, str]] = set()
        self.lines = {(member["id"], line["id"]): line for member in result["members"] for line in member["lines"]}
        self.people = sorted(
            [each for each in people if premium.age_on(each, start) is not None and not each.get("unborn")],
            key=self._place,
        )
        self.earners = [each for each in self.people if each["role"] == "earner"]
        self.on_sale = list(self._on_sale())

    def _place(self, person: Mapping[str, Any]) -> tuple[int, int, int]:
        """Who earns, by income; other adults; children: whoever the family lives on is protected first."""
        adult = self._age(person) >= self.settings["adult_age"]
        return (0 if adult else 1, 0 if person["role"] == "earner" else 1, -person["income_fen"])

    def _age(self, person: Mapping[str, Any]) -> int:
        return premium.age_on(person, self.start) or 0

    # Products

    def _on_sale(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The newest version on sale of every product that may be proposed unasked, by its code."""
        newest: dict[str, str] = {}
        products = self.catalogue["products"]
        for key in sorted(products):
            each = products[key]
            sold = each["from_date"] <= self.today and (not each["to_date"] or self.today <= each["to_date"])
            if sold and (each["code"] not in newest or products[newest[each["code"]]]["version"] < each["version"]):
                newest[each["code"]] = key
        for code in sorted(newest):
            body = products[newest[code]]["body"]
            if (
                body["role"] == "main"
                and body["chooses"] in CHOSEN
                and body["design"] not in self.rules["not_designs"]
                and int(body["risk_grade"][1:]) <= self.grade
            ):
                yield newest[code], products[newest[code]]

    # Steps

    def take(self, steps: Sequence[Sequence[str]]) -> None:
        """Go on through some steps, `[line, all|earners|main]` each."""
        for line, who in steps:
            for person in {"all": self.people, "earners": self.earners, "main": self.earners[:1]}[who]:
                if (person["id"], line) not in self.tried:
                    self.tried.add((person["id"], line))
                    self._cover(person, line)

    def _cover(self, person: Mapping[str, Any], line: str) -> None:
        """The cheapest adequate product for a gap, and less of it where the money does not reach."""
        gap = self.lines.get((person["id"], line))
        if not gap or gap["gap_fen"] <= 0 or (line == "medical" and gap["have_fen"] > 0):
            return  # a second medical policy repays nothing: it is changed, and that takes a talk
        offers = [offer for key, each in self.on_sale if (offer := self._offer(person, gap, key, each))]
        most = max((offer["closes"] for offer in offers), default=0)
        adequate = [offer for offer in offers if offer["closes"] * WHOLE >= most * self.rules["adequate_bp"]]
        for offer in sorted(adequate, key=lambda each: (each["yearly"] * 10**9 // each["closes"], each["key"])):
            bought = self._within_budget(person, offer)
            if bought:
                self.coverages.append(bought[0])
                self.quotes[bought[0]["id"]] = bought[1]
                self.left -= paid_a_year(bought[1])
                return

    def _offer(
        self, person: Mapping[str, Any], gap: Mapping[str, Any], key: str, product: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """What a product would do for a gap with all the money in the world; None where it does not fit."""
        body = product["body"]
        most_age = self.rules["not_over_age"].get(body["kind"])
        if body["line"] != gap["id"] or (most_age is not None and self._age(person) > most_age):
            return None
        for term in self._terms(person, gap, body):
            for sized in self._sizes(person, gap, self._blank(person, key, term), product):
                best = self._paid(person, sized, product)
                if best:
                    coverage, quote = best
                    amount = closes(coverage, body, person, self.start)
                    if amount > 0 and self._is_worth_it(person, coverage, quote, amount, gap["id"]):
                        offer = {"key": key, "product": product, "coverage": coverage, "quote": quote}
                        return {**offer, "yearly": paid_a_year(quote), "closes": amount}
        return None

    def _is_worth_it(
        self, person: Mapping[str, Any], coverage: Coverage, quote: Mapping[str, Any], amount: int, line: str
    ) -> bool:
        """Protection before savings: all premiums together stay well below the sum they protect."""
        most = self.rules["most_paid_bp"].get(line)
        paid = paid_a_year(quote) * (premium.years(coverage["pay"], self._age(person)) or 1)
        return most is None or paid * WHOLE <= amount * int(most)

    def _blank(self, person: Mapping[str, Any], key: str, term: str) -> Coverage:
        return premium.new_coverage(f"c{len(self.coverages) + 1}", key, person["id"], term=term)

    # Terms and how long to pay

    def _terms(self, person: Mapping[str, Any], gap: Mapping[str, Any], body: Mapping[str, Any]) -> list[str]:
        """Terms from the shortest that lasts as long as the need; those too short last, the longest first."""
        age = self._age(person)
        needed = self._needed_years(age, gap, body)
        years = [(premium.years(term, age) or 0, term) for term in body["terms"]]
        lasting = sorted((each for each in years if each[0] > 0), key=lambda each: each[0])
        enough = [term for length, term in lasting if length >= needed]
        return enough + [term for length, term in reversed(lasting) if length < needed]

    def _needed_years(self, age: int, gap: Mapping[str, Any], body: Mapping[str, Any]) -> int:
        """As long as the analysis says that the family needs it, else to an age of the rules."""
        line = gap["id"]
        least = self.rules["least_years"].get(line, 1)
        until = self.rules["until_age"].get(line, 0) - age
        stated = [part["inputs"].get("years", {}).get("int", 0) for part in gap["parts"] if part["id"] == "living"]
        return max(least, until, *stated)

    def _paid(
        self, person: Mapping[str, Any], coverage: Coverage, product: Mapping[str, Any]
    ) -> tuple[Coverage, dict[str, Any]] | None:
        """The lowest yearly premium that ends before retirement; else the one that ends first, and only then what is paid
        in a rush. None: it cannot be had."""
        body = product["body"]
        payer = self._age(self.applicant) if self.applicant else 0
        ways = []
        for pay in body["pays"]:
            length = premium.years(pay, self._age(person)) or 0
            tried = {**coverage, "pay": pay}
            quote = self._quote(person, tried, body)
            if quote and length > 0:
                late = length > 1 and payer + length > self.rules["pay_age"]
                rushed = 1 < length < self.rules["least_pay_years"]
                lump = pay == "single" and len(body["pays"]) > 1
                ways.append((lump, rushed, late, length if late else 0, paid_a_year(quote), length, tried, quote))
        for way in sorted(ways, key=lambda each: each[:6]):
            if not self._refused(person, way[6], product):
                return way[6], way[7]
        return None

    def _quote(self, person: Mapping[str, Any], coverage: Coverage, body: Mapping[str, Any]) -> dict[str, Any] | None:
        rates = self.catalogue["blobs"].get(body["price"].get("rates"))
        try:
            return premium.price(coverage, body, rates, person, self.applicant, self.start, 0, self.mode)
        except premium.PriceError:
            return None

    def _refused(self, person: Mapping[str, Any], coverage: Coverage, product: Mapping[str, Any]) -> bool:
        plan = {"start": self.start, "mode": self.mode, "coverages": [*self.coverages, coverage]}
        found = eligibility.faults(
            coverage, product, person, self.applicant, self.start, plan=plan, catalogue=self.catalogue, today=self.today
        )
        return any(fault["level"] == "red" for fault in found)

    # How much

    def _sizes(
        self, person: Mapping[str, Any], gap: Mapping[str, Any], blank: Coverage, product: Mapping[str, Any]
    ) -> Iterator[Coverage]:
        """The cover that closes the gap or reaches the limit; of fixed plans all that fit, the best first."""
        body = product["body"]
        if body["chooses"] == "plan":
            sized = [{**blank, "plan": each["code"]} for each in body["price"].get("plans") or []]
            fitting = [each for each in sized if self._fits(person, each, body)]
            yield from sorted(fitting, key=lambda each: self._misses(person, each, gap, body))
            return
        limits = body["limits"]
        step, wanted = limits["step_fen"], self._wanted(person, gap, blank, body)
        sum_fen = min(-(-wanted // step), self._most(person, blank, body) // step) * step
        if sum_fen >= limits["min_fen"]:
            yield {**blank, "sum_fen": sum_fen}

    def _misses(
        self, person: Mapping[str, Any], coverage: Coverage, gap: Mapping[str, Any], body: Mapping[str, Any]
    ) -> tuple[int, int]:
        amount = closes(coverage, body, person, self.start)
        return (max(0, gap["gap_fen"] - amount), amount)

    def _wanted(
        self, person: Mapping[str, Any], gap: Mapping[str, Any], blank: Coverage, body: Mapping[str, Any]
    ) -> int:
        """The sum that closes a gap: the gap itself, or as much as pays it while one lives."""
        step = body["limits"]["step_fen"]
        each = closes({**blank, "sum_fen": step}, body, person, self.start)
        return -(-gap["gap_fen"] * step // each) if each else 0

    def _most(self, person: Mapping[str, Any], blank: Coverage, body: Mapping[str, Any]) -> int:
        """The most that is accepted without examination: of the product, the age, the income, the cap on minors."""
        limits, age = body["limits"], self._age(person)
        found = [limits["max_fen"]]
        if limits.get("child_max_fen") is not None and age < self.settings["adult_age"]:
            found.append(limits["child_max_fen"])
        if limits.get("no_exam"):
            ceiling = next((most for until, most in limits["no_exam"] if until is None or age <= until), 0)
            found.append(ceiling - self._counted(person, limits.get("group")))
        if limits.get("income_multiple") and person["income_fen"] > 0:
            found.append(limits["income_multiple"] * person["income_fen"] - self._counted(person, limits.get("group")))
        step = limits["step_fen"]
        dies = death_fen({**blank, "sum_fen": step}, body, age)
        cap = self._cap(age)
        if cap is not None and dies:
            found.append(max(0, cap - self._death_fen(person)) * step // dies)
        return max(0, min(found))

    def _counted(self, person: Mapping[str, Any], group: str | None) -> int:
        """Sums in the plan that are counted together with one of this group."""
        if not group:
            return 0
        products = self.catalogue["products"]
        own = [each for each in self.coverages if each["insured"] == person["id"]]
        alike = [each for each in own if products[each["product"]]["body"]["limits"].get("group") == group]
        return sum(each["sum_fen"] or 0 for each in alike)

    def _fits(self, person: Mapping[str, Any], coverage: Coverage, body: Mapping[str, Any]) -> bool:
        cap, dies = self._cap(self._age(person)), death_fen(coverage, body, self._age(person))
        return cap is None or self._death_fen(person) + dies <= cap

    def _cap(self, age: int) -> int | None:
        """R09: the most that all insurers together may pay on a minor's death."""
        return next((most for below, most in self.settings["rules"]["R09"]["caps"] if age < below), None)

    def _death_fen(self, person: Mapping[str, Any]) -> int:
        products = self.catalogue["products"]
        own = [each for each in self.coverages if each["insured"] == person["id"]]
        planned = [death_fen(each, products[each["product"]]["body"], self._age(person)) for each in own]
        return held_death_fen(self.policies, person["id"], self.today) + sum(planned)

    # The money left

    def _within_budget(
        self, person: Mapping[str, Any], offer: Mapping[str, Any]
    ) -> tuple[Coverage, dict[str, Any]] | None:
        """The offer, or as much of it as the money left buys; None where even the least is too dear."""
        coverage, quote, product = offer["coverage"], offer["quote"], offer["product"]
        if paid_a_year(quote) <= self.left:
            return coverage, quote
        if product["body"]["chooses"] == "plan":
            return self._cheaper_plan(person, coverage, product)
        limits = product["body"]["limits"]
        step = limits["step_fen"]
        sum_fen = coverage["sum_fen"] * max(0, self.left) // paid_a_year(quote) // step * step
        while sum_fen >= max(limits["min_fen"], 1):
            smaller = {**coverage, "sum_fen": sum_fen}
            found = self._quote(person, smaller, product["body"])
            if found and paid_a_year(found) <= self.left:
                return None if self._refused(person, smaller, product) else (smaller, found)
            sum_fen -= step
        return None

    def _cheaper_plan(
        self, person: Mapping[str, Any], coverage: Coverage, product: Mapping[str, Any]
    ) -> tuple[Coverage, dict[str, Any]] | None:
        body = product["body"]
        for each in sorted(body["price"].get("plans") or [], key=lambda each: (-each["sum_fen"], each["fen"])):
            smaller = {**coverage, "plan": each["code"]}
            found = self._quote(person, smaller, body)
            if not found or paid_a_year(found) > self.left:
                continue
            if self._fits(person, smaller, body) and not self._refused(person, smaller, product):
                return smaller, found
        return None

    # The plan

    def plan(self, plan_id: str, name: str) -> Plan:
        """The covers chosen so far, and what they leave open."""
        plan = {"id": plan_id, "name": name, "mode": self.mode, "start": self.start, "coverages": list(self.coverages)}
        return {**plan, "uncovered": [*self._without_social(), *self._open(plan)]}

    def _without_social(self) -> Iterator[dict[str, Any]]:
        for member in self.result["members"]:
            if any("no_social" in line["flags"] for line in member["lines"]):
                yield {"member": member["id"], "line": "social", "fen": 0}

    def _open(self, plan: Plan) -> Iterator[dict[str, Any]]:
        rows = closed(plan, self.quotes, self.result, self.catalogue, self.everybody)
        order = [line for _, steps in self.rules["plans"] for line, _ in steps]
        places = {line: place for place, line in reversed(list(enumerate(order)))}
        for row in sorted(rows, key=lambda row: places.get(row["line"], len(order))):
            if row["after_fen"] > 0:
                yield {"member": row["member"], "line": row["line"], "fen": row["after_fen"]}
