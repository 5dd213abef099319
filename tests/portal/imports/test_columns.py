"""What each column is: by its heading, by the headings around it, by what stands in it."""

from __future__ import annotations

from datetime import date

import pytest

from portal.imports.columns import BY_NAME, TARGETS, WORDS, guess, unit_of
from portal.spreadsheets import Sheet
from tests.fixtures.make_books import CUSTOMER_HEAD, FAMILY_HEAD, FLAT_HEAD, POLICY_HEAD


def sheet(*rows, name=""):
    return Sheet(name, [list(row) for row in rows], list(range(1, len(rows) + 1)))


def targets(*rows, name=""):
    return guess(sheet(*rows, name=name)).targets


def test_the_headings_of_a_list_of_customers():
    assert targets(CUSTOMER_HEAD, name="客户") == [
        f"customer.{name}"
        for name in [
            "name",
            "gender",
            "birth_date",
            "id_number",
            "mobile",
            "marital",
            "city",
            "home_address",
            "employer",
            "note",
        ]
    ]


def test_a_family_sheet_names_the_customer_and_the_member():
    assert targets(FAMILY_HEAD, name="家庭成员") == [
        "customer.name", "customer.mobile", "relative.relation", "relative.name", "relative.gender", "relative.birth_date",
    ]  # fmt: skip


def test_a_policy_sheet():
    found = targets(POLICY_HEAD, name="保单")
    assert found[:3] == ["customer.name", "customer.mobile", "policy.insured_name"]
    assert found[3:] == [
        f"policy.{name}"
        for name in [
            "kind",
            "insurer",
            "product_name",
            "number",
            "sum_assured_fen",
            "premium_fen",
            "pay_mode",
            "pay_years",
            "effective_date",
            "plate",
        ]
    ]


def test_one_sheet_for_all():
    found = targets(FLAT_HEAD)
    assert found[10:14] == ["relative.name", "relative.relation", "relative.gender", "relative.birth_date"]
    assert "" not in found
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_word_of_every_target_leads_to_it(target):
    for word in target.words:
        assert target in WORDS[word]
        found = guess(
            sheet([word, "x"], ["a", "b"], name={"relative": "家庭成员", "policy": "保单"}.get(target.kind, "客户"))
        )
        if target.name != "customer.no":
            assert found.targets[0].endswith(f".{target.field}"), word


@pytest.mark.parametrize(
    "heading, target",
    [
        ("手机号码 *", "customer.mobile"), ("手 机", "customer.mobile"), ("手机（必填）", "customer.mobile"), ("Mobile Phone", "customer.mobile"),
        ("E-mail", "customer.email"), ("身份证号", "customer.id_number"), ("客户手机", "customer.mobile"), ("投保人证件号", "customer.id_number"),
        ("被保人证件号码", "relative.id_number"), ("配偶姓名", "relative.name"), ("与投保人的关系", "relative.relation"), ("保额(万元)", "policy.sum_assured_fen"),
        ("年交保费（元）", "policy.premium_fen"), ("Policy No.", "policy.number"), ("保单生效日期", "policy.effective_date"), ("农历生日", "customer.birthday"),
        ("天气", ""), ("年收入", ""),
    ],
)  # fmt: skip
def test_headings(heading, target):
    assert targets(["姓名", heading], ["甲", "x"])[1] == target


def test_units():
    assert [unit_of(text) for text in ("保额(万元)", "保额（万）", "保额/万", "保额万元", "保费(元)", "保额")] == [
        10_000
    ] * 4 + [1, 1]


def test_a_second_phone_is_left_to_the_person():
    assert targets(["姓名", "手机", "联系电话"], ["甲", "1", "2"]) == ["customer.name", "customer.mobile", ""]


def test_the_same_word_after_the_family_columns_is_the_members():
    found = targets(["姓名", "性别", "手机", "家属姓名", "关系", "性别", "生日", "险种"], ["甲"] * 8)
    assert found[5:] == ["relative.gender", "relative.birth_date", "policy.kind"]


def test_titles_above_the_headings():
    layout = guess(
        sheet(
            ["2024年客户信息表"],
            ["制表：某某", None, "单位：万元"],
            ["姓名", "手机", "城市"],
            ["甲", "13800000001", "杭州"],
        )
    )
    assert layout.header == 2
    assert layout.targets == ["customer.name", "customer.mobile", "customer.city"]


def test_merged_group_headings():
    layout = guess(
        sheet(
            ["客户信息", None, None, "家庭成员", None, None, "保单信息", None],
            ["姓名", "性别", "手机", "姓名", "性别", "关系", "险种", "备注"],
            ["甲"] * 8,
        )
    )
    assert layout.header == 1
    assert layout.targets == [
        "customer.name", "customer.gender", "customer.mobile", "relative.name", "relative.gender", "relative.relation", "policy.kind",
        "policy.note",
    ]  # fmt: skip


def test_a_heading_merged_over_two_rows():
    layout = guess(sheet(["姓名", "联系方式", None], [None, "手机", "邮箱"], ["甲", "13800000001", "a@b.cn"]))
    assert layout.targets[1:] == ["customer.mobile", "customer.email"]
    assert layout.targets[0] == "customer.name"


def test_no_headings_at_all():
    rows = [
        ["林雪梅", "13800000001", "男", date(1980, 1, 2), "浙A12345"],
        ["周立新", "13800000002", "女", date(1981, 1, 2), "浙B12345"],
    ]
    layout = guess(sheet(*rows))
    assert layout.header == -1
    assert layout.targets == [
        "customer.name",
        "customer.mobile",
        "customer.gender",
        "customer.birth_date",
        "policy.plate",
    ]


def test_content_speaks_where_the_heading_is_empty():
    rows = [["姓名", None, "手机"], *[["甲", f"99999919800101{n:03}X", "1"] for n in range(5)]]
    assert targets(*rows)[1] == "customer.id_number"


def test_a_heading_nobody_knows_is_not_guessed_over():
    rows = [["姓名", "旧手机"], *[["甲", f"1380000000{n}"] for n in range(5)]]
    assert targets(*rows)[1] == ""


def test_a_number_of_policies_is_no_number_of_customers():
    assert targets(["序号", "投保人", "保单号"], ["1", "甲", "P1"], name="保单")[0] == ""
    assert targets(["客户序号", "保单号"], ["1", "P1"], name="保单")[0] == "customer.no"
    assert targets(["序号", "姓名"], ["1", "甲"], name="客户")[0] == "customer.no"


@pytest.mark.parametrize(
    "name, role",
    [
        ("客户", "customer"),
        ("家庭成员", "relative"),
        ("保单", "policy"),
        ("Policies", "policy"),
        ("Families", "relative"),
        ("Sheet1", "customer"),
        ("保单2", "policy"),
    ],
)
def test_roles_by_name(name, role):
    assert guess(sheet(["姓名"], ["甲"], name=name)).role == role


def test_targets_are_fields_of_the_records():
    from portal.customers import schemas

    known = {"customer": schemas.CustomerSchema, "relative": schemas.RelativeSchema, "policy": schemas.PolicySchema}
    helpers = {"customer.no", "policy.insured_name", "customer.birthday", "relative.birthday"}
    fields = {f"{kind}.{name}" for kind, schema in known.items() for name in schema().fields}
    assert BY_NAME.keys() - fields == helpers


def test_words_for_codes_are_the_records_codes():
    from portal.customers import schemas
    from portal.imports.previews import CODES
    from portal.imports.words import ENUMS, POLICY_KINDS

    for name, table in ENUMS.items():
        field = next(
            schema().fields[name]
            for schema in (schemas.CustomerSchema, schemas.RelativeSchema, schemas.PolicySchema)
            if name in schema().fields
        )
        assert set(table.values()) <= set(field.metadata["options"]), name
        assert set(CODES[name]) == set(field.metadata["options"]), name
    assert set(POLICY_KINDS.values()) == set(schemas.POLICY_KINDS)
