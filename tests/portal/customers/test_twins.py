"""The pure rules say the same on the server and on the phone: by shared vectors, and on whatever hypothesis thinks of."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import lunar
from portal.customers import idcard, kinds, schemas
from portal.customers.pinyin import readings, table
from portal.schemas import export
from tests.portal.customers.twins import TOPICS, python, vectors

EASY = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=False
)
ALL = [(topic, place, *vector) for topic in TOPICS for place, vector in enumerate(vectors(topic))]


def test_there_are_vectors():
    assert len(ALL) > 300


@pytest.mark.parametrize("topic, place, call, args, result", ALL, ids=[f"{one[0]}-{one[1]}" for one in ALL])
def test_the_server_keeps_the_vectors(topic, place, call, args, result):
    assert python(call, *args) == result


def test_the_phone_keeps_the_vectors(phone):
    wrong = [(call, args, result, got) for _, _, call, args, result in ALL if (got := phone.ask(call, *args)) != result]
    assert wrong == []


def agree(phone, call, *args):
    assert phone.ask(call, *args) == python(call, *args), (call, args)


days = st.dates(date(1900, 1, 31), date(2099, 12, 31)).map(date.isoformat)
near = st.dates(date(1990, 1, 1), date(2060, 12, 31)).map(date.isoformat)
LETTERS = "0123456789０１２３４５６７８９xXｘＸ +-－·.,，()¥万亿千wk元块 \t\u3000\u200b\xa0ABab京浙李单欧阳ü𠮷'"
texts = st.text(alphabet=LETTERS, max_size=20) | st.text(max_size=12)


@EASY
@given(text=texts, today=near)
def test_typed_numbers(phone, text, today):
    for call in ("phones.normalise", "phones.isMobile", "phones.isPhone", "phones.shown", "phones.last4"):
        agree(phone, call, text)
    agree(phone, "phones.bareCode", text)
    agree(phone, "idcard.fold", text)
    agree(phone, "idcard.read", text, today)
    agree(phone, "money.parse", text)


@EASY
@given(first=st.from_regex(r"[0-9]{6}(18|19|20)[0-9]{9}", fullmatch=True), today=near)
def test_id_cards(phone, first, today):
    agree(phone, "idcard.read", first + idcard.check_digit(first), today)


@EASY
@given(fen=st.integers(-(10**13), 10**13) | st.integers(-10_000_000, 10_000_000), lang=st.sampled_from(["zh-CN", "en"]))
def test_amounts(phone, fen, lang):
    agree(phone, "money.short", fen, lang)
    agree(phone, "money.exact", fen, lang)
    agree(phone, "money.typed", fen)
    assert python("money.parse", python("money.typed", fen)) == fen


@EASY
@given(day=days, other=days, months=st.integers(-600, 600), lang=st.sampled_from(["zh-CN", "en"]))
def test_civil_dates(phone, day, other, months, lang):
    agree(phone, "dates.addDays", day, months)
    agree(phone, "dates.addMonths", day, months)
    agree(phone, "dates.daysBetween", day, other)
    agree(phone, "dates.age", *sorted((day, other)))
    agree(phone, "dates.shown", day, lang, other)
    agree(phone, "dates.weekday", day, lang)
    agree(phone, "lunar.fromSolar", day)


@EASY
@given(instant=st.datetimes().filter(lambda moment: 1900 < moment.year < 2200), time=st.times())
def test_instants(phone, instant, time):
    text = instant.isoformat(timespec="milliseconds") + "Z"
    agree(phone, "dates.dayOf", text)
    agree(phone, "dates.timeOf", text)
    agree(phone, "dates.instantAt", text[:10], f"{time:%H:%M}")


@EASY
@given(
    month=st.integers(1, 12),
    day=st.integers(1, 30),
    leap=st.booleans(),
    present=st.booleans(),
    today=days,
    lunar_=st.booleans(),
    born=st.none() | days,
)
def test_birthdays(phone, month, day, leap, present, today, lunar_, born):
    row = {"birthday_calendar": "lunar", "birthday_month": month, "birthday_day": day, "birthday_leap": leap}
    if not lunar_:
        row = {"birthday_month": month, "birthday_day": min(day, 28)}
    agree(phone, "birthdays.nextBirthday", {**row, "birth_date": born}, today, present)
    if born:
        agree(phone, "birthdays.nextBirthday", {"birth_date": born, "birthday_calendar": "lunar"}, today, present)


@EASY
@given(
    row=st.fixed_dictionaries(
        {
            "kind": st.sampled_from(schemas.POLICY_KINDS),
            "pay_mode": st.none() | st.sampled_from(schemas.PAY_MODES),
            "pay_years": st.none() | st.integers(1, 40),
            **{
                name: st.none() | near
                for name in ("effective_date", "expiry_date", "next_due_date", "paid_to_date", "terminated_on")
            },
            "receipt_date": st.none() | near,
            "cooling_off_days": st.none() | st.integers(0, 60),
            "waiting_days": st.none() | st.integers(0, 400),
        }
    ),
    today=near,
)
def test_policies(phone, row, today):
    for call in ("dueOnOrAfter", "nextDue", "status", "protects", "nextDate"):
        agree(phone, f"policy.{call}", row, today)
    agree(phone, "policy.coolingOffEnd", row)
    agree(phone, "policy.waitingEnd", row)


chars = st.sampled_from(sorted(table())[::7]) | st.sampled_from("单仇解区曾查覃任欧阳尉迟李王张·  aB𠮷")
names = st.text(alphabet=chars, max_size=5)


@EASY
@given(
    name=names, start=st.integers(0, 8), length=st.integers(1, 6), number=st.from_regex(r"1[3-9]\d{9}", fullmatch=True)
)
def test_search(phone, name, start, length, number):
    agree(phone, "pinyin.readings", name)
    line = {"id": "1", "name": name, "keys": readings(name), "mobile": number, "plates": ["浙A12345"], "city": "杭州"}
    line |= {"policies": [{"id": "2", "number": "LX2023", "product": None}], "family": [name[::-1]]}
    queries = [name, name[:1], number[start:], "杭州", "a123", *(key[start : start + length] for key in line["keys"])]
    for q in queries:
        agree(phone, "search.match", line, q)
        agree(phone, "search.search", [line], q)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts | days,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "kind", "id"]), inner),
    max_leaves=6,
)
kinds.register()
fields = [spec for kind in kinds.CUSTOMER_KINDS for spec in export()[kind.name]["fields"].values()]


@EASY
@given(spec=st.sampled_from(fields), value=values.filter(lambda value: value is not None))
def test_every_field(phone, spec, value):
    agree(phone, "rules.faultOf", spec, value)


@EASY
@given(data=st.data())
def test_every_row(phone, data):
    """Rows of plausible parts, some of which fit together and some of which do not."""
    draw = data.draw
    ids = ["a", "b", "c"]
    party = st.none() | st.builds(
        lambda kind, row: {"kind": kind, "id": row}, st.sampled_from(["customer", "relative"]), st.sampled_from(ids)
    )
    person = st.fixed_dictionaries(
        {"id": st.sampled_from(ids), "customer_id": st.sampled_from(ids)},
        optional={
            "birth_date": near,
            "gender": st.sampled_from(schemas.GENDERS),
            "id_type": st.sampled_from(schemas.ID_TYPES),
            "id_number": st.sampled_from(["11010519491231002X", "110105194912310021", "E123", "E 1"]),
            "birthday_calendar": st.sampled_from(schemas.CALENDARS),
            "birthday_month": st.integers(1, 12),
            "birthday_day": st.integers(1, 31),
            "birthday_leap": st.booleans(),
            "health_note": st.sampled_from(["", "x"]),
            "annual_income_fen": st.integers(0, 3),
            "linked_customer_id": st.sampled_from(ids),
        },
    )
    share = st.fixed_dictionaries(
        {"ref": party.filter(bool), "order": st.integers(1, 2), "share_bp": st.sampled_from([5000, 10_000])}
    )
    policy = st.fixed_dictionaries(
        {"id": st.sampled_from(ids), "customer_id": st.sampled_from(ids)},
        optional={
            "applicant": party,
            "insured": party,
            "beneficiaries": st.lists(share, max_size=3),
            "effective_date": near,
            "expiry_date": near,
            "guaranteed_until": near,
            "terminated_on": near,
            "termination": st.sampled_from(schemas.TERMINATIONS),
            "pay_mode": st.sampled_from(schemas.PAY_MODES),
            "pay_years": st.integers(1, 3),
        },
    )
    consent = st.fixed_dictionaries(
        {
            "id": st.sampled_from(["1", "2", "3"]),
            "customer_id": st.sampled_from(ids),
            "purpose": st.sampled_from(["sensitive", "data"]),
            "given": st.booleans(),
            "at": near.map(lambda day: f"{day}T00:00:00.000Z"),
        },
        optional={"by": st.sampled_from(["self", "guardian"]), "guardian_name": st.sampled_from(["", "李"])},
    )
    shapes = {"customer": person, "relative": person, "policy": policy, "consent": consent}
    kind = draw(st.sampled_from(sorted(shapes)))
    unique = {"unique_by": lambda row: row["id"], "max_size": 3}
    rows = {"relative": draw(st.lists(person, **unique)), "consent": draw(st.lists(consent, **unique))}
    rows["customer"] = draw(st.lists(person, **unique))
    lookup = {"today": draw(near), "rows": rows}
    agree(phone, "rules.rowFaults", kind, draw(shapes[kind]), draw(st.none() | shapes[kind]), lookup)


def test_the_lunar_table_is_astronomy(phone):
    """Every month of 1900–2099 as tyme4py and tyme4ts have it, on both sides."""
    from tyme4py.lunar import LunarYear

    ours = phone.ask("lunar.table")
    for year in range(1900, 2100):
        theirs = LunarYear.from_year(year)
        months = theirs.get_months()
        first = months[0].get_first_julian_day().get_solar_day()
        expected = [
            date(first.get_year(), first.get_month(), first.get_day()).isoformat(),
            theirs.get_leap_month(),
            [month.get_day_count() for month in months],
        ]
        server = [lunar.new_year(year).isoformat(), lunar.leap_month(year), lunar.month_lengths(year)]
        assert server == expected
        assert ours[year - 1900] == expected
    assert ours[:200] == phone.ask("lunar.tyme4ts")


def test_the_lunar_table_is_the_committed_one():
    from portal import lunar_table

    assert list(lunar.YEARS) == lunar_table.years()


def test_every_day_goes_to_the_moon_and_back():
    day, last = date(1900, 1, 31), date(2101, 1, 20)
    while day < last:
        moon = lunar.from_solar(day)
        assert lunar.to_solar(moon.year, moon.month, moon.day, moon.leap) == day
        day += timedelta(days=1)
