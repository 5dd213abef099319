"""Random plans over the whole catalogue: the server and the phone say the same of each, to the fen and to the last fault."""

from __future__ import annotations

import json
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.portal.products.shelf import SHELF
from tests.portal.products.twins import catalogue, everything, python

MANY = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False)
FEW = settings(MANY, max_examples=100)

WHOLE = catalogue()
NAMES = sorted(WHOLE["products"])
MEMBERS = ("me", "she", "kid", "old")
CODES = ("y1", "y3", "y5", "y10", "y20", "y30", "a21", "a60", "a70", "life", "single")
days = st.dates(date(1966, 1, 1), date(2008, 12, 31)).map(date.isoformat)
any_days = st.dates(date(1935, 1, 1), date(2026, 12, 31)).map(date.isoformat)
#: On the day, the day before and the day after a birthday that a rule may look at.
START = date(2026, 11, 26)
edges = st.builds(
    lambda age, day: (START.replace(year=START.year - age) + timedelta(days=day)).isoformat(),
    st.sampled_from([0, 5, 10, 11, 17, 18, 30, 31, 40, 41, 50, 51, 55, 56, 60, 61, 65, 66]),
    st.sampled_from([-1, 0, 1, -28, -27]),
)
BORN = {"kid": st.dates(date(2014, 1, 1), date(2026, 12, 31)).map(date.isoformat), "old": any_days}
starts = st.just("2026-11-26") | st.dates(date(2026, 6, 1), date(2027, 12, 31)).map(date.isoformat)
amounts = st.integers(1, 300).map(lambda n: n * 1_000_000) | st.integers(1, 5_000_000_000)
junk = st.sampled_from(
    [None, -1, 0, 10**12, 10**18, True, False, "", "12", "__proto__", "constructor", [], {}, [None], {"a": 1}]
)


def mostly(strategy, bad=junk):
    """Nearly always as it should be."""
    return st.integers(0, 19).flatmap(lambda n: bad if n == 0 else strategy)


def record(name):
    return WHOLE["products"].get(name) or SHELF["products"][name]


@st.composite
def people(draw, wild=False):
    """A family with the applicant in it."""
    field = mostly if wild else lambda strategy: strategy
    born = draw(st.sampled_from([BORN, {}, dict.fromkeys(MEMBERS, edges)]))
    return [
        {
            "id": member,
            "relation": "self" if member == "me" else "other",
            "gender": draw(field(st.sampled_from(["male", "female"]))),
            "birth_date": draw(field(born.get(member, days))),
            "occupation_class": draw(field(st.sampled_from([None, 1, 2, 3, 4, 4, 5, 6]))),
            "social_insurance": draw(field(st.sampled_from([True, True, False, None]))),
            "income_fen": draw(
                field(st.sampled_from([0, 500_000, 5_000_000, 10_000_000, 15_000_001]) | st.integers(0, 100_000_000))
            ),
        }
        for member in MEMBERS
    ]


@st.composite
def cover(draw, number, names=NAMES, wild=False):
    """A cover that a product offers, more or less; a rider mostly on the first cover."""
    field = mostly if wild else lambda strategy, *_: strategy
    name = draw(st.sampled_from(names))
    body = record(name)["body"]
    cost = body["price"]
    offered = {
        "plans": [each["code"] for each in cost.get("plans", ())],
        "extras": [each["code"] for each in cost.get("extras") or ()],
    }
    limits = body["limits"]
    bounds = [
        limits.get("min_fen"),
        limits.get("max_fen"),
        limits.get("child_max_fen"),
        *(most for _, most in limits.get("no_exam") or ()),
    ]
    near = st.builds(
        lambda fen, more: max(1, fen + more),
        st.sampled_from([fen for fen in bounds if fen] or [1]),
        st.sampled_from([0, 0, 1, -1, limits.get("step_fen") or 1, -(limits.get("step_fen") or 1)]),
    )
    return {
        "id": draw(field(st.just(f"c{number}"))),
        "product": draw(field(st.just(name))),
        "insured": draw(field(st.sampled_from(MEMBERS))),
        "term": draw(mostly(st.sampled_from(body["terms"] or CODES), st.sampled_from(CODES))),
        "pay": draw(mostly(st.sampled_from(body["pays"]), st.sampled_from(CODES))),
        "sum_fen": draw(field(near | amounts | st.none())),
        "premium_fen": draw(field(near | amounts | st.none())),
        "plan": draw(field(st.sampled_from([*offered["plans"], None]))),
        "extras": draw(field(st.lists(st.sampled_from(offered["extras"] or ["gold"]), max_size=2))),
        "items": draw(field(chosen(cost.get("items") or ()))),
        "factors": draw(field(chosen(cost.get("factors") or ()))),
        "rider_of": draw(field(st.sampled_from([None, None, "c0", "c1"]) if body["role"] == "rider" else st.none())),
    }  # fmt: skip


def chosen(parts):
    """Of each part one of what there is to choose."""
    options = {}
    for each in parts:
        if each.get("bp"):
            options[each["code"]] = st.sampled_from(each["bp"])
        elif each.get("choices"):
            options[each["code"]] = st.sampled_from([choice["code"] for choice in each["choices"]])
        elif each.get("count"):
            options[each["code"]] = st.integers(1, each["count"]["most"] + 1)
        else:
            options[each["code"]] = st.integers(1, 10**9)
    return st.fixed_dictionaries({}, optional=options)


@st.composite
def plans(draw, wild=False, names=NAMES):
    field = mostly if wild else lambda strategy: strategy
    count = draw(st.integers(1, 5))
    covers = [draw(field(cover(number, names, wild))) for number in range(count)]
    if draw(st.booleans()):
        covers.append(draw(riding(covers[0], len(covers), names)))
    return {
        "mode": draw(field(st.sampled_from(["year", "half", "quarter", "month"]))),
        "start": draw(field(starts)),
        "coverages": draw(field(st.just(covers))),
    }


@st.composite
def riding(draw, main, number, names):
    """A rider that the first cover could have."""
    rider = draw(cover(number, [name for name in names if record(name)["body"]["role"] == "rider"]))
    fitting = {"rider_of": "c0"} | ({"pay": main.get("pay")} if isinstance(main, dict) else {})
    return rider | draw(mostly(st.just(fitting), st.just({})))


def agree(pricer, plan, family, applicant, today):
    args = [plan, {"$": "catalogue"}, family, applicant, today]
    ours = json.loads(json.dumps(everything(plan, WHOLE, family, applicant, today)))
    assert pricer.ask("all", args) == ours
    return ours


@MANY
@given(plans(), people(), st.sampled_from([None, "she"]), starts | st.none())
def test_plans_over_the_whole_catalogue(pricer, plan, family, applicant, today):
    found = agree(pricer, plan, family, applicant, today)
    for quote in found["quotes"]["coverages"].values():
        assert "errors" in quote or 0 <= quote["yearly_fen"] < 2**53


@FEW
@given(mostly(plans(wild=True)), mostly(people(wild=True)), mostly(st.none()), mostly(starts))
def test_whatever_is_sent(pricer, plan, family, applicant, today):
    agree(pricer, plan, family, applicant, today)


@FEW
@given(plans(names=sorted(SHELF["products"])), people(), starts | st.none())
def test_plans_from_a_shelf_with_every_form_of_price(pricer, plan, family, today):
    args = [plan, SHELF, family, None, today]
    assert pricer.ask("all", args) == python("all", args)


def test_every_edge_of_every_product(pricer):
    """Each age to the day, each amount a product draws a line at, and an income that just does and just does not do."""
    for name, product in WHOLE["products"].items():
        body, asked = product["body"], []
        limits = body["limits"]
        lines = [
            limits["min_fen"],
            limits["max_fen"],
            limits["child_max_fen"],
            *(most for _, most in limits["no_exam"]),
        ]
        usual = limits["min_fen"] or 10_000_000
        for age in range(88):
            asked += [(age, day, usual, 10**8) for day in (-28, -27, 0, 1)]
        for fen in filter(None, lines):
            for sum_fen in (fen, fen + 1, fen - 1, fen + (limits["step_fen"] or 1)):
                asked += [(age, day, sum_fen, income) for age in (18, 40, 41, 50, 51) for day in (0, 1)
                          for income in (sum_fen // 20, sum_fen // 20 - 1)]  # fmt: skip
        for part in range(0, len(asked), 100):
            family, covers = [], []
            for place, (age, day, fen, income) in enumerate(asked[part : part + 100]):
                born = (START.replace(year=START.year - age) + timedelta(days=day)).isoformat()
                family.append({"id": f"p{place}", "relation": "self", "gender": "female", "birth_date": born,
                               "occupation_class": 1 + place % 6, "social_insurance": place % 2 == 0, "income_fen": income})  # fmt: skip
                covers.append({"id": f"c{place}", "product": name, "insured": f"p{place}", "sum_fen": fen, "premium_fen": fen,
                               "term": (body["terms"] or ["y10"])[place % (len(body["terms"]) or 1)],
                               "pay": body["pays"][place % len(body["pays"])]})  # fmt: skip
            agree(pricer, {"mode": "year", "start": START.isoformat(), "coverages": covers}, family, None, None)


def test_every_cell_of_every_table_is_a_premium(pricer):
    """Each product, term, payment, sex and age of the catalogue: the same premium and the same illustration."""
    asked = 0
    for name, product in WHOLE["products"].items():
        rates = WHOLE["blobs"].get(product["body"]["price"].get("rates"))
        if product["body"]["price"]["form"] != "table" or not rates:
            continue
        for key, by_sex in rates["cells"].items():
            term, pay = key.split("|")
            for sex, (first, column) in by_sex.items():
                family, covers = [], []
                for place in range(0, len(column), 4):
                    person = {"id": f"p{place}", "gender": {"m": "male", "f": "female"}[sex],
                              "birth_date": f"{2026 - first - place}-01-01", "relation": "other"}  # fmt: skip
                    family.append(person)
                    covers.append({"id": f"c{place}", "product": name, "insured": person["id"], "term": term, "pay": pay,
                                   "sum_fen": 33_330_000})  # fmt: skip
                found = agree(pricer, {"mode": "month", "start": "2026-11-26", "coverages": covers}, family, None, None)
                for place, quote in zip(range(0, len(column), 4), found["quotes"]["coverages"].values(), strict=True):
                    rate = column[place]
                    assert ("errors" in quote) == (rate is None)
                    assert rate is None or quote["yearly_fen"] == (2 * rate * 33_330_000 + 100_000) // 200_000
                    asked += 1
    assert asked > 300
