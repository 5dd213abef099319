"""One cell → one value, or a reason. Tables of what people really write."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.imports import cells
from portal.imports.cells import BadCell, convert
from portal.imports.columns import TARGETS


def value(kind, cell, field="x", **more):
    return convert(kind, field, cell, **more)


def refused(kind, cell, message, field="x", **more):
    with pytest.raises(BadCell) as failure:
        convert(kind, field, cell, **more)
    assert failure.value.message == message


# ── dates ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "cell",
    [
        date(2024, 3, 5),
        "2024-03-05", "2024-3-5", "2024/3/5", "2024/03/05", "2024.3.5", "2024年3月5日", "2024年03月05日", "2024 年 3 月 5 日",
        "2024年3月5号", "20240305", 20240305, "２０２４－０３－０５", "2024/3/5 0:00:00", "2024-03-05T00:00:00", "2024-03-05 08:30",
        "二〇二四年三月五日", "二零二四年三月五日", 45356, 45356.0, "45356", 45356.75, "5 Mar 2024",
        "Mar 5, 2024", "March 5, 2024", "5-Mar-2024", " 2024-03-05 ", "2024\\3\\5",
    ],
)  # fmt: skip
def test_dates_in_many_spellings(cell):
    assert value("date", cell) == "2024-03-05"


def test_han_numerals_above_ten():
    assert value("date", "一九八五年十二月二十三日") == "1985-12-23"
    assert value("date", "一九八五年十月三十一日") == "1985-10-31"
    assert value("date", "一九八五年一月十日") == "1985-01-10"


def test_the_day_count_of_old_macs():
    assert value("date", 43894, epoch_1904=True) == "2024-03-05"


def test_day_or_month_first_where_it_is_clear():
    assert value("date", "25/3/2024") == "2024-03-25"
    assert value("date", "3/25/2024") == "2024-03-25"
    assert value("date", "5/5/2024") == "2024-05-05"
    refused("date", "3/5/2024", cells.TWO_READINGS)


@pytest.mark.parametrize(
    "cell, message",
    [
        ("24/3/5", cells.SHORT_YEAR), ("90年3月5日", cells.SHORT_YEAR), ("2024", cells.ONLY_YEAR), (1990, cells.ONLY_YEAR),
        ("2024年3月", cells.ONLY_YEAR), ("2024-03", cells.ONLY_YEAR), (202403, cells.ONLY_YEAR), ("2024-02-30", cells.NOT_A_DATE),
        ("2024/13/1", cells.NOT_A_DATE), ("20241301", cells.NOT_A_DATE), ("明天", cells.NOT_A_DATE), (5, cells.NOT_A_DATE),
        (99999999, cells.NOT_A_DATE), ("1850-01-01", cells.OUT_OF_RANGE), (True, cells.NOT_A_DATE), ("#VALUE!", cells.FORMULA_ERROR),
        (1e300, cells.NOT_A_DATE), ("-3", cells.NOT_A_DATE),
    ],
)  # fmt: skip
def test_what_is_no_date(cell, message):
    refused("date", cell, message)


@pytest.mark.parametrize("cell", [None, "", " ", "-", "—", "/", "无", "不详", "N/A", "未知", "\u3000"])
def test_nothing_known(cell):
    assert value("date", cell) is None
    assert value("money", cell) is None
    assert value("phone", cell) is None
    assert value("id_number", cell) is None


def test_expiry_of_a_life_and_of_a_document():
    assert value("expiry", "终身") is None
    assert value("expiry", "2050-01-01") == "2050-01-01"
    assert value("id_expiry", "长期") == "long"
    assert value("id_expiry", "2030.01.02") == "2030-01-02"


# ── birthdays ────────────────────────────────────────────────────────────────


def lunar(month, day, leap=False, year=None):
    return {"calendar": "lunar", "year": year, "month": month, "day": day, "leap": leap}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("农历八月十五", lunar(8, 15)), ("阴历8月15", lunar(8, 15)), ("农历 8-15", lunar(8, 15)),
        ("正月初一", lunar(1, 1)), ("腊月廿三", lunar(12, 23)), ("冬月三十", lunar(11, 30)), ("闰四月初三", lunar(4, 3, True)),
        ("农历一九六〇年八月十五", lunar(8, 15, False, 1960)), ("农历1960年8月15日", lunar(8, 15, False, 1960)), ("十二月初八", lunar(12, 8)),
        ("lunar 8-15", lunar(8, 15)), ("农历十月初十", lunar(10, 10)), ("农历二月二十", lunar(2, 20)),
    ],
)  # fmt: skip
def test_birthdays_by_the_moon(text, expected):
    assert value("birthday", text) == expected


def test_a_heading_that_says_lunar():
    assert value("birthday", "8月15日", heading="农历生日") == lunar(8, 15)
    assert value("birthday", "八月十五", heading="农历生日") == lunar(8, 15)
    assert value("birthday", date(1960, 8, 15), heading="农历生日")["calendar"] == "lunar"
    assert value("birthday", "公历8月15日", heading="农历生日")["calendar"] == "solar"


def test_solar_birthdays():
    assert value("birthday", "8月15日") == {"calendar": "solar", "year": None, "month": 8, "day": 15, "leap": False}


@pytest.mark.parametrize("text", ["十三月初一", "农历八月", "秋天", "农历8月31", "0-0", "农历二月三十二"])
def test_no_such_birthday(text):
    refused("birthday", text, cells.NOT_A_BIRTHDAY)


def test_a_lunar_date_in_the_column_of_dates_is_understood():
    assert value("date", "农历1960年八月十五") == lunar(8, 15, False, 1960)


# ── numbers that are names ───────────────────────────────────────────────────

GOOD_ID = "11010119900307109X"


@pytest.mark.parametrize("kind", ["id_number", "phone", "policy_number", "plate", "key"])
@pytest.mark.parametrize(
    "cell",
    [
        110101199003071234,
        110101199003071000,
        1.1010119900307101e17,
        "1.10101E+17",
        "1.10101e+17",
        "1E+17",
        "1.1010119900307E17",
        10**15,
        0.5,
    ],
)
def test_a_rounded_number_is_an_error_and_never_a_value(kind, cell):
    refused(kind, cell, cells.ROUNDED)


def test_an_id_number_that_ends_in_rounding_zeros():
    refused("id_number", "110101199003071000", cells.ROUNDED)
    assert value("id_number", GOOD_ID) == GOOD_ID


@pytest.mark.parametrize(
    "cell",
    ["11010119900307109x", " 110101 19900307 109X ", "'11010119900307109X", "１１０１０１１９９００３０７１０９Ｘ"],
)
def test_id_numbers_are_folded(cell):
    assert value("id_number", cell) == GOOD_ID


@pytest.mark.parametrize(
    "cell",
    [13800000005, "13800000005", "138 0000 0005", "138-0000-0005", "+86 138 0000 0005", "+8613800000005", "8613800000005",
     "0086-13800000005", "１３８００００００05", "13800000005.0", "'13800000005", "138.0000.0005", "(86)13800000005"],
)  # fmt: skip
def test_mobiles(cell):
    assert value("phone", cell) == "13800000005"


def test_other_phones():
    assert value("phone", "+44 20 7946 0000") == "+442079460000"
    assert value("phone", "0571-88886666") == "0571-88886666"
    assert value("phone", "0571-88886666转801") == "0571-88886666转801"
    refused("phone", "13800000005/13900000006", cells.TWO_NUMBERS)
    refused("phone", date(2024, 3, 5), cells.A_DATE)


def test_policy_numbers_and_plates():
    assert value("policy_number", " P 0001 ") == "P0001"
    assert value("policy_number", 123456789012345) == "123456789012345"
    assert value("plate", "浙a·12345") == "浙A12345"
    assert value("plate", "浙A 12345") == "浙A12345"


# ── money ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "cell, unit, fen",
    [
        (50, 10_000, 50_000_000), ("50", 10_000, 50_000_000), ("50万", 1, 50_000_000), ("50万", 10_000, 50_000_000), ("50万元", 1, 50_000_000),
        (3650.5, 1, 365_050), ("¥3,650.50", 1, 365_050), ("￥3，650", 1, 365_000), ("3650元", 10_000, 365_000), ("1.5亿", 1, 15_000_000_000),
        ("RMB 100", 1, 10_000), ("0", 1, 0), (0.1, 1, 10), (1234.5678, 1, 123_457), ("2千", 1, 200_000), ("100元整", 1, 10_000),
        (0.29, 1, 29), ("1E+5", 1, 10_000_000), (1e5, 1, 10_000_000), ("12.5", 10_000, 12_500_000),
    ],
)  # fmt: skip
def test_money_is_fen(cell, unit, fen):
    assert value("money", cell, unit=unit) == fen


@pytest.mark.parametrize(
    "cell, message",
    [("很多", cells.NOT_MONEY), ("-5", cells.NEGATIVE), (-5, cells.NEGATIVE), (date(2024, 1, 1), cells.NOT_MONEY), ("$5", cells.NOT_MONEY),
     ("5-10万", cells.NOT_MONEY), ("1e400", cells.NOT_MONEY), (True, cells.NOT_MONEY), ("#REF!", cells.FORMULA_ERROR)],
)  # fmt: skip
def test_what_is_no_money(cell, message):
    refused("money", cell, message)


# ── words ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "field, word, code",
    [
        ("gender", "男", "male"), ("gender", "女士", "female"), ("gender", "F", "female"), ("gender", "Male", "male"), ("gender", "未知", None),
        ("marital", "已婚", "married"), ("marital", "未婚", "single"), ("marital", "离异", "divorced"), ("marital", "丧偶", "widowed"),
        ("pay_mode", "年交", "year"), ("pay_mode", "月缴", "month"), ("pay_mode", "趸交", "single"), ("pay_mode", "半年交", "half"),
        ("pay_mode", "季交", "quarter"), ("pay_mode", "20年交", "year"), ("pay_mode", "年交20年", "year"), ("pay_mode", "Annual", "year"),
        ("relation", "妻子", "spouse"), ("relation", "儿子", "child"), ("relation", "岳母", "parent_in_law"), ("relation", "本人", "self"),
        ("relation", "外婆", "grandparent"), ("relation", "哥哥", "sibling"), ("id_type", "身份证", "idcard"), ("id_type", "护照", "passport"),
        ("stage", "准客户", "prospect"), ("stage", "老客户", "client"), ("contact_permission", "请勿打扰", "none"), ("housing", "租房", "rented"),
        ("termination", "退保", "surrendered"), ("termination", "有效", None), ("preferred_channel", "微信", "message"),
    ],
)  # fmt: skip
def test_words_become_codes(field, word, code):
    assert value("enum", word, field) == code


@pytest.mark.parametrize(
    "field, word", [("gender", "中"), ("marital", "再看"), ("pay_mode", "随便"), ("relation", "同事甲"), ("stage", "x")]
)
def test_unknown_words_are_said(field, word):
    refused("enum", word, cells.NOT_KNOWN, field)


def test_lists_of_words():
    assert value("set", "职工医保、新农合", "social_insurance") == ["employee", "rural"]
    assert value("set", "有", "social_insurance") == ["employee"]
    assert value("set", "无", "social_insurance") == ["none"]
    assert value("set", "重疾，养老 教育;养老", "tags_need") == ["重疾", "养老", "教育"]
    refused("set", "什么", cells.NOT_KNOWN, "social_insurance")


def test_yes_and_no():
    assert [value("bool", cell) for cell in ("是", "Y", True, 1, "√", "有")] == [True] * 6
    assert [value("bool", cell) for cell in ("否", "no", False, 0, "无", "没有")] == [False] * 6
    refused("bool", "也许", cells.NOT_YES_NO)


def test_years_and_classes():
    assert [value("years", cell) for cell in (20, "20年", "20年交", "趸交", "20.0")] == [20, 20, 20, 1, 20]
    refused("years", "至60岁", cells.NOT_A_NUMBER)
    assert [value("class", cell) for cell in (3, "3类", "三类", "3")] == [3] * 4
    refused("class", 7, cells.NOT_A_CLASS)


def test_text_keeps_its_words():
    assert value("text", "一路\n二号") == "一路 二号"
    assert value("longtext", "一\r\n二") == "一\n二"
    assert value("longtext", "无") == "无"
    assert value("text", 123) == "123"
    assert value("text", "𠮷田 㛃") == "𠮷田 㛃"
    refused("text", "a\ud800", cells.NOT_TEXT)
    refused("text", "a\x07b", cells.NOT_TEXT)


SOME_CELL = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False), st.dates(), st.text(max_size=30),
    st.text("0123456789年月日-/.农历闰正初廿十一二三万元¥,+E ", max_size=14),
)  # fmt: skip


@settings(max_examples=1_500, deadline=None)
@given(st.sampled_from(TARGETS), SOME_CELL, st.booleans())
def test_any_cell_gives_a_value_or_a_reason(target, cell, epoch):
    try:
        found = convert(target.type, target.field, cell, heading=target.words[0], unit=10_000, epoch_1904=epoch)
    except BadCell as bad:
        found = bad.message
    assert found is None or isinstance(found, str | int | bool | list | dict)
