"""Rows become records: who is the same, what is new, what is wrong where. Without a database."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.customers.rules import RULES
from portal.imports.columns import guess
from portal.imports.plan import (
    ANOTHER_CUSTOMERS,
    CUSTOMER_FAULTY,
    NO_CUSTOMER,
    NO_LINE,
    NO_NAME,
    NO_RELATION,
    SEVERAL,
    TWICE_DIFFERENT,
    Known,
    Planner,
    record_id,
)
from portal.imports.rows import lines
from portal.spreadsheets import Book, Sheet
from tests.fixtures.make_books import CUSTOMER_HEAD, FAMILY_HEAD, POLICY_HEAD, id_number

JOB = "01a21300-0358-7795-b95e-23447a1ead33"
TODAY = date(2026, 11, 25)


def planned(sheets, known=None, when_there="skip", check=lambda kind, name, value: []):
    book = Book(
        "xlsx",
        [Sheet(name, [list(row) for row in rows], list(range(1, len(rows) + 1))) for name, rows in sheets.items()],
    )
    layouts = [guess(sheet) for sheet in book.sheets]
    planner = Planner(
        JOB, layouts, [sheet.name for sheet in book.sheets], known or Known(), when_there,
        lambda kind, new, old, lookup: RULES[kind](new, old, lookup), TODAY,
    )  # fmt: skip
    for line in lines(book, layouts, check, TODAY):
        planner.take(line)
    return planner.plan("2026-11-25T00:00:00.000Z")


def flat(*rows):
    return planned({"": rows})


def records(plan, kind):
    return [
        {name: new for name, (_, new) in edit["set"].items()} | {"id": edit["id"]}
        for tree in plan.edits
        for edit in tree
        if edit["kind"] == kind
    ]


def messages(plan):
    return [fault.message for fault in plan.faults]


# ── the same customer ────────────────────────────────────────────────────────

ONE = id_number("999999", date(1980, 1, 2), 11)
TWO = id_number("999999", date(1980, 1, 2), 13)


@pytest.mark.parametrize(
    "rows",
    [
        [["姓名", "证件号码", "险种"], ["甲一", ONE, "车险"], ["甲一", ONE, "意外险"]],
        [["姓名", "手机", "险种"], ["甲一", "13800000001", "车险"], ["甲一", "+86 138-0000-0001", "意外险"]],
        [["姓名", "生日", "险种"], ["甲一", "1980/1/2", "车险"], ["甲一", "1980-01-02", "意外险"]],
        [["姓名", "险种"], ["甲一", "车险"], ["甲一", "意外险"]],
        [["姓名", "险种"], ["甲一", "车险"], [None, "意外险"]],
    ],
)
def test_one_customer_in_several_rows(rows):
    plan = flat(*rows)
    assert [len(records(plan, kind)) for kind in ("customer", "policy")] == [1, 2]
    assert plan.faults == []


@pytest.mark.parametrize(
    "rows",
    [
        [["姓名", "证件号码"], ["甲一", ONE], ["甲一", TWO]],
        [["姓名", "证件号码", "手机"], ["甲一", ONE, "13800000001"], ["甲一", TWO, "13800000001"]],
        [["姓名", "手机"], ["甲一", "13800000001"], ["乙二", "13800000001"]],
        [["姓名", "生日"], ["甲一", "1980-01-02"], ["甲一", "1980-01-03"]],
    ],
)
def test_two_customers(rows):
    assert len(records(flat(*rows), "customer")) == 2


def test_later_rows_add_and_do_not_overwrite():
    plan = flat(["姓名", "手机", "城市"], ["甲一", "13800000001", "杭州"], ["甲一", "13800000001", "苏州"])
    assert records(plan, "customer")[0]["city"] == "杭州"
    assert messages(plan) == [TWICE_DIFFERENT]
    assert plan.faults[0].row == 3
    assert plan.faults[0].column == "城市"


def test_a_customer_of_the_book_is_there():
    known = Known(
        customers={"c1": {"name": "甲一", "id_number": ONE, "mobile": "13800000001", "birth_date": "1980-01-02"}}
    )
    for row in (["甲一", ONE, None], ["改名", ONE, None], ["甲一", None, "13800000001"]):
        plan = planned({"": [["姓名", "证件号码", "手机"], row]}, known)
        assert (plan.new["customer"], plan.there["customer"], plan.edits) == (0, 1, [])
    plan = planned({"": [["姓名", "证件号码", "手机"], ["甲一", TWO, "13800000001"]]}, known)
    assert plan.new["customer"] == 1


def test_new_family_and_policies_of_a_customer_who_is_there():
    known = Known(
        customers={"c1": {"name": "甲一", "mobile": "13800000001"}},
        relatives={"c1": [{"id": "r1", "name": "乙二", "relation": "spouse"}]},
        policies={"P1": "p1"},
        owners={"p1": "c1"},
    )
    head = ["姓名", "手机", "家属姓名", "与投保人关系", "被保险人", "险种", "保单号"]
    plan = planned(
        {
            "": [
                head,
                ["甲一", "13800000001", "乙二", "妻子", "乙二", "重疾险", "P1"],
                ["甲一", "13800000001", "丙三", "儿子", "乙二", "意外险", "P2"],
            ]
        },
        known,
    )
    assert (plan.new, plan.there) == (
        {"customer": 0, "relative": 1, "policy": 1},
        {"customer": 1, "relative": 1, "policy": 1},
    )
    assert records(plan, "policy")[0]["insured"] == {"kind": "relative", "id": "r1"}
    assert records(plan, "relative")[0]["customer_id"] == "c1"
    assert records(plan, "relative")[0]["gender"] == "male"


def test_two_of_a_family_with_one_name_are_two():
    known = Known(
        customers={"c1": {"name": "甲一", "mobile": "13800000001"}},
        relatives={"c1": [{"id": "r1", "name": "陈玉", "relation": "parent"}]},
    )
    head = ["姓名", "手机", "家属姓名", "与投保人关系"]
    rows = [["甲一", "13800000001", "陈玉", relation] for relation in ("母亲", "女儿", "母亲", "女儿")]
    plan = planned({"": [head, *rows]}, known)
    assert (plan.new["relative"], plan.there["relative"]) == (1, 1)


def test_updates_are_old_and_new_of_what_differs():
    row = {
        "id": "c1",
        "ver": 7,
        "name": "甲一",
        "mobile": "13800000001",
        "city": "杭州",
        "tags_need": ["养老"],
        "note": "旧",
    }
    known = Known(customers={"c1": row}, rows=lambda kind, ids: [row] if ids else [])
    data = {"": [["姓名", "手机", "城市", "需求", "备注", "邮箱"], ["甲一", "13800000001", "苏州", "教育", None, None]]}
    edit = planned(data, known, "update").edits[0][0]
    assert (edit["op"], edit["base"]) == ("update", 7)
    assert edit["set"] == {"city": ["杭州", "苏州"], "tags_need": [["养老"], ["养老", "教育"]]}


# ── families and policies in sheets of their own ─────────────────────────────


def three(family=(), policies=()):
    return {
        "客户": [
            ["序号", "姓名", "手机"],
            ["1", "甲一", "13800000001"],
            ["2", "乙二", "13800000002"],
            ["3", "乙二", "13800000003"],
        ],
        "家庭成员": [["客户姓名", "客户手机", "关系", "姓名"], *family],
        "保单": [["客户序号", "投保人", "险种", "保单号"], *policies],
    }


def test_families_find_their_customer_by_name_and_phone():
    plan = planned(three([["乙二", 13800000003, "妻子", "丁四"], ["甲一", None, "儿子", "戊五"]]))
    ids = {row["mobile"]: row["id"] for row in records(plan, "customer")}
    assert {row["name"]: row["customer_id"] for row in records(plan, "relative")} == {
        "丁四": ids["13800000003"],
        "戊五": ids["13800000001"],
    }


def test_policies_find_their_customer_by_number_in_the_file():
    plan = planned(three(policies=[["3", None, "车险", "P1"], ["1", "甲一", "车险", "P2"]]))
    ids = {row["mobile"]: row["id"] for row in records(plan, "customer")}
    assert {row["number"]: row["customer_id"] for row in records(plan, "policy")} == {
        "P1": ids["13800000003"],
        "P2": ids["13800000001"],
    }


@pytest.mark.parametrize(
    "row, message",
    [
        (["乙二", None, "妻子", "丁四"], SEVERAL),
        (["己六", 13800000009, "妻子", "丁四"], NO_CUSTOMER),
        ([None, None, "妻子", "丁四"], NO_CUSTOMER),
    ],
)
def test_a_customer_who_cannot_be_found(row, message):
    plan = planned(three([row]))
    assert messages(plan) == [message]
    assert plan.new == {"customer": 3, "relative": 0, "policy": 0}


def test_the_row_above_says_who():
    plan = planned(three([["甲一", "13800000001", "妻子", "丁四"], [None, None, "儿子", "戊五"]]))
    assert len({row["customer_id"] for row in records(plan, "relative")}) == 1


# ── faults ───────────────────────────────────────────────────────────────────


def test_a_bad_cell_is_named_and_the_rest_goes_on():
    plan = flat(
        ["姓名", "生日", "保额", "险种"],
        ["甲一", "哪天", "5", "车险"],
        ["乙二", "1980-1-2", "很多", "车险"],
        ["丙三", "1980-1-2", "5", "车险"],
    )
    assert [(fault.row, fault.column) for fault in plan.faults] == [(2, "生日"), (3, "保额")]
    assert [row["name"] for row in records(plan, "customer")] == ["乙二", "丙三"]
    assert len(records(plan, "policy")) == 1


def test_what_belongs_to_a_faulty_customer_is_said_to():
    sheets = three([["甲一", "13800000001", "妻子", "丁四"]])
    sheets["客户"][0].append("生日")
    sheets["客户"][1].append("哪天")
    plan = planned(sheets)
    assert CUSTOMER_FAULTY in messages(plan)
    assert plan.new["relative"] == 0


@pytest.mark.parametrize(
    "row, message",
    [
        ([None, "13800000001", None, None, None], NO_NAME),
        (["甲一", "1", "乙二", None, None], NO_RELATION),
        (["甲一", "1", None, None, "P1"], NO_LINE),
    ],
)
def test_what_is_missing(row, message):
    assert messages(flat(["姓名", "手机", "家属姓名", "与投保人关系", "保单号"], row)) == [message]


def test_rules_of_the_records_speak_by_row():
    plan = flat(["姓名", "证件号码", "生日"], ["甲一", ONE, "1981-01-02"], ["乙二", "110101199003071234", None])
    assert [(fault.row, fault.column) for fault in plan.faults] == [(2, "生日"), (3, "证件号码")]
    assert plan.new["customer"] == 0


def test_a_policy_number_of_somebody_else():
    plan = flat(["姓名", "手机", "险种", "保单号"], ["甲一", "1", "车险", "P1"], ["乙二", "2", "车险", "P1"])
    assert messages(plan) == [ANOTHER_CUSTOMERS]


def test_checks_of_fields_are_faults():
    check = lambda kind, name, value: ["No."] if name == "mobile" else []  # noqa: E731
    plan = planned({"": [["姓名", "手机"], ["甲一", "12"]]}, check=check)
    assert [(fault.row, fault.column, fault.message, fault.value) for fault in plan.faults] == [
        (2, "手机", "No.", "12")
    ]


# ── what follows from what stands there ──────────────────────────────────────


def test_an_id_number_tells_birth_and_sex():
    row = records(flat(["姓名", "证件号码"], ["甲一", ONE]), "customer")[0]
    assert (row["birth_date"], row["gender"], row["id_type"]) == ("1980-01-02", "male", "idcard")


def test_the_insured_are_the_customer_a_member_or_a_name():
    head = ["投保人", "家属姓名", "与投保人关系", "被保险人", "险种", "保单号"]
    plan = flat(
        head,
        ["甲一", "乙二", "妻子", "乙二", "车险", "P1"],
        ["甲一", None, None, "甲一", "车险", "P2"],
        ["甲一", None, None, "丙三", "车险", "P3"],
    )
    member = records(plan, "relative")[0]["id"]
    customer = records(plan, "customer")[0]["id"]
    found = {row["number"]: row for row in records(plan, "policy")}
    assert found["P1"]["insured"] == {"kind": "relative", "id": member}
    assert found["P2"]["insured"] == {"kind": "customer", "id": customer}
    assert found["P3"]["insured"] == {"name": "丙三"}
    assert found["P1"]["applicant"] == {"kind": "customer", "id": customer}


def test_the_insured_with_a_relation_becomes_a_member():
    plan = flat(
        ["投保人", "被保险人", "与投保人关系", "险种", "保单号"],
        ["甲一", "乙二", "儿子", "车险", "P1"],
        ["甲一", "甲一", "本人", "车险", "P2"],
    )
    assert [(row["name"], row["relation"]) for row in records(plan, "relative")] == [("乙二", "child")]
    assert [row["insured"]["kind"] for row in records(plan, "policy")] == ["relative", "customer"]


def test_a_spouse_by_the_heading():
    assert records(flat(["姓名", "配偶姓名"], ["甲一", "乙二"]), "relative")[0]["relation"] == "spouse"


def test_lunar_birthdays():
    plan = flat(["姓名", "生日", "农历生日"], ["甲一", "1960-10-05", "八月十五"], ["乙二", "农历1960年八月十五", None])
    first, second = records(plan, "customer")
    assert (first["birth_date"], first["birthday_calendar"], first["birthday_month"], first["birthday_day"]) == (
        "1960-10-05",
        "lunar",
        8,
        15,
    )
    assert (second["birth_date"], second["birthday_month"]) == ("1960-10-05", 8)


def test_a_products_name_in_the_column_of_lines_is_kept():
    rows = records(flat(["姓名", "险种"], ["甲一", "演示康佑终身重大疾病保险"], ["乙二", "重疾险"]), "policy")
    assert [(row["kind"], row.get("product_name")) for row in rows] == [
        ("ci", "演示康佑终身重大疾病保险"),
        ("ci", None),
    ]


# ── ids ──────────────────────────────────────────────────────────────────────


def test_ids_are_the_same_every_time_and_look_like_the_jobs():
    ids = {
        record_id(JOB, sheet, row, kind) for sheet in range(3) for row in range(500) for kind in ("customer", "policy")
    }
    assert len(ids) == 3_000
    assert record_id(JOB, 0, 2, "customer") == record_id(JOB, 0, 2, "customer")
    assert all(one[:13] == JOB[:13] and one[14] == "7" and one[19] in "89ab" and len(one) == 36 for one in ids)


def test_twice_planned_is_the_same():
    rows = three([["甲一", "13800000001", "妻子", "丁四"]], [["1", "甲一", "车险", "P1"]])
    assert planned(rows).edits == planned(rows).edits


# ── anything ─────────────────────────────────────────────────────────────────

CELL = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "甲一",
            "乙二",
            "13800000001",
            ONE,
            "本人",
            "妻子",
            "儿子",
            "车险",
            "P1",
            "年交",
            "50万",
            "终身",
            "农历八月十五",
        ]
    ),
    st.integers(-5, 10**18),
    st.dates(),
    st.text(max_size=6),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([*CUSTOMER_HEAD, *FAMILY_HEAD, *POLICY_HEAD, "序号", "?"]), min_size=1, max_size=8, unique=True
    ),
    st.lists(st.lists(CELL, min_size=8, max_size=8), min_size=1, max_size=6),
    st.sampled_from(["", "客户", "家庭成员", "保单"]),
    st.sampled_from(["skip", "update"]),
)
def test_any_table_gives_a_plan(head, rows, name, when_there):
    plan = planned({name: [head, *(row[: len(head)] for row in rows)]}, when_there=when_there)
    ids = [edit["id"] for tree in plan.edits for edit in tree]
    assert len(ids) == len(set(ids))
    assert all(fault.message for fault in plan.faults)
    made = set(ids)
    for edit in (edit for tree in plan.edits for edit in tree if edit["kind"] != "customer"):
        assert edit["set"]["customer_id"][1] in made
