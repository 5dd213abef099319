"""Cards of real address books: every version and character set, byte by byte, and what damage does to them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.imports.contacts import contact_of
from portal.imports.uploads import read_files
from portal.spreadsheets import Unreadable
from portal.vcards import read_cards
from tests.fixtures import real_files


def no_fault(_kind, _field, _value):
    return []


def contacts(data: bytes):
    cards = read_cards(data).cards
    return [contact_of(card, strict, str) for card in cards]


def strict(kind, field, value):
    from portal.customers.rules import CHECKS

    names = {"mobile": "mobile", "phone_home": "phone", "phone_work": "phone", "fax_work": "phone", "email": "email"}
    said = CHECKS[names[field]](value) if field in names else None
    return [said] if said else []


def card(*lines: str, version: str = "3.0") -> bytes:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""]).encode()


def one(*lines: str, version: str = "3.0"):
    return contacts(card(*lines, version=version))[0]


def test_an_iphone_says_more_than_names_and_numbers():
    lin, ouyang, garage, nobody = contacts(real_files.iphone())
    assert lin.values == {
        "name": "林雪梅", "mobile": "13805712046", "phone_home": "0571-8888 6666", "email": "xuemei.lin@example.com",
        "home_address": "浙江省杭州市文三路 1 号 310012", "city": "杭州市", "employer": "望江小学", "department": "教务处",
        "position": "老师", "birth_date": "1986-03-05", "note": "每年三月体检\n喜欢喝茶\nWeb page https://example.com",
    }  # fmt: skip
    assert lin.family == [("配偶", "陈志远"), ("女儿", "陈小朵")]
    assert (ouyang.values["name"], ouyang.values["birthday"]) == ("欧阳明", "8-15")
    assert "birth_date" not in ouyang.values
    assert ouyang.values["wechat_id"] == "ouyangming"
    assert ouyang.values["note"] == "Phone 13900000002"
    assert garage.values == {"name": "望江汽修厂", "employer": "望江汽修厂", "phone_home": "0571-87654321"}
    assert "name" not in nobody.values


def test_an_android_phone_folds_quoted_printable_as_it_likes():
    wang, hotline, zhao, zhou = contacts(real_files.android())
    assert wang.values["home_address"] == "北京市海淀区中关村大街 27 号中关村大厦十二层一二零一室"
    assert (wang.values["mobile"], wang.values["phone_work"]) == ("13800000101", "010-66668888 转801")
    assert wang.values["note"].split("\n") == [
        "第一行", "第二行：“百万医疗”明年到期", "Phone 13800000102", "Nickname 老王",
    ]  # fmt: skip
    assert wang.family == [("配偶", "刘敏")]
    assert hotline.values == {"name": "客服热线", "phone_home": "95511"}
    assert (zhao.values["name"], zhao.values["mobile"]) == ("赵小燕", "13800000104")
    assert (zhou.values["name"], zhou.values["mobile"], zhou.values["note"]) == (
        "周涛", "13800000105", "Phone 13800000106",
    )  # fmt: skip


def test_gbk_is_read_where_it_is_named_where_it_is_not_and_where_the_card_says_otherwise():
    found = contacts(real_files.old_phone_gbk())
    assert [each.values["name"] for each in found] == ["孙丽华", "一鸣", "钱多多"]
    # 一 in GBK happens to be a letter in UTF-8; the rest of the file decides.
    assert "一".encode("gbk").decode("utf-8") == "һ"


def test_outlook_writes_bare_bytes_and_its_own_properties():
    (li,) = contacts(real_files.outlook())
    assert li.values["name"] == "李国强"
    assert (li.values["employer"], li.values["department"], li.values["position"]) == (
        "望江贸易有限公司",
        "财务部",
        "经理",
    )
    assert (li.values["mobile"], li.values["phone_work"], li.values["fax_work"]) == (
        "13800000301", "0571-87654321", "0571-87654322",
    )  # fmt: skip
    assert li.values["work_address"] == "浙江杭州解放路 88 号 310001"
    assert li.values["note"].startswith("续保\n五月\n")
    assert li.family == [("配偶", "张静")]


def test_version_4():
    han, _group = contacts(real_files.version_4())
    assert (han.values["name"], han.values["gender"], han.values["birthday"]) == ("韩梅梅", "女", "8-15")
    assert (han.values["mobile"], han.values["phone_work"]) == ("13800000401", "0571-88880000 转12")
    assert han.values["note"].startswith("分号; 逗号, 换行\n完")
    assert han.family == [("配偶", "李雷")]


def test_a_damaged_file_gives_what_is_whole_and_names_what_is_not():
    upload = read_files([("a.vcf", real_files.broken())], no_fault, str)
    assert [row[0] for row in upload.book.sheets[0].rows[1:]] == ["马超", "黄蓉"]
    assert [(fault.row, fault.message) for fault in upload.faults] == [(3, "The file breaks off inside this card.")]
    assert len(upload.mended) == 1
    assert len(upload.aside) == 2


@pytest.mark.parametrize(
    ("lines", "field", "value"),
    [
        (["FN:李雷", "TEL;TYPE=CELL:+86 (138) 0000-0001"], "mobile", "13800000001"),
        (["FN:李雷", "TEL;TYPE=CELL:00852 9123 4567"], "mobile", "+85291234567"),
        (["FN:李雷", "TEL;TYPE=WORK:13800000001"], "mobile", "13800000001"),
        (["FN:李雷", "TEL;TYPE=CELL:010-66668888"], "phone_home", "010-66668888"),
        (["FN:李雷", "TEL;TYPE=WORK:021-6666 8888 转 12"], "phone_work", "021-6666 8888 转 12"),
        (["FN:李雷", "TEL:13800000001", "TEL;TYPE=pref:13800000002"], "mobile", "13800000002"),
        (["FN:李雷", "item1.TEL:13800000001", "item1.X-ABLabel:老家"], "mobile", "13800000001"),
        (["FN:Anna Li", "N:Li;Anna;;;"], "name", "Anna Li"),
        (["N:Li;Anna;;Dr.;"], "name", "Dr. Anna Li"),
        (["N:司马;光;;;", "FN:光 司马"], "name", "司马光"),
        (["N:李;雷;;;", "FN:李总"], "name", "李总"),
        (["NICKNAME:小李"], "name", "小李"),
        (["FN:李雷", "X-WECHAT:leili88"], "wechat_id", "leili88"),
        (["FN:李雷", "BDAY:19850305T000000Z"], "birth_date", "1985-03-05"),
        (["FN:李雷", "ORG:甲公司;乙部;丙组"], "department", "乙部 丙组"),
        (["FN:李雷", "NOTE:一行\\n二行\\, 三\\; 四\\\\n"], "note", "一行\n二行, 三; 四\\n"),
    ],
)
def test_a_line_and_what_it_becomes(lines, field, value):
    assert one(*lines).values[field] == value


def test_old_versions_keep_backslashes_that_mean_no_line_end():
    assert one("FN:A", "NOTE:C:\\new", version="2.1").values["note"] == "C:\\new"


def test_a_number_that_fits_nowhere_is_not_lost():
    made = one("FN:李雷", *[f"TEL;TYPE=CELL:1380000000{n}" for n in range(4)], "TEL;TYPE=CELL:*#06#")
    assert made.values["mobile"] == "13800000000"
    assert made.values["note"].split("\n") == [f"Phone 1380000000{n}" for n in (1, 2, 3)] + ["Phone *#06#"]


def test_an_address_that_is_no_email_stands_in_the_note():
    made = one("FN:李雷", "EMAIL:not an address")
    assert "email" not in made.values
    assert made.values["note"] == "E-mail not an address"


def test_pictures_cost_nothing_and_are_said():
    picture = "PHOTO;ENCODING=b;TYPE=JPEG:" + "/9j/" * 200_000
    upload = read_files([("a.vcf", card("FN:李雷", picture))], no_fault, str)
    assert [said.message for said in upload.aside] == ["Pictures and sounds are not kept."]


def test_several_files_are_one_import():
    book = [
        ("客户.csv", "客户序号,姓名,手机\r\n7,李雷,13800000001\r\n".encode()),
        ("家庭成员.csv", "客户序号,与客户关系,姓名\r\n7,配偶,韩梅梅\r\n".encode()),
        ("保单.csv", "客户序号,险种,保单号\r\n7,重疾,P1\r\n".encode("gb18030")),
        ("contacts.vcf", card("FN:王建国", "TEL:13800000002")),
    ]
    upload = read_files(book, no_fault, str)
    assert [layout.role for layout in upload.layouts] == ["customer", "relative", "policy", "customer"]
    assert [sheet.name for sheet in upload.book.sheets] == ["客户", "家庭成员", "保单", "contacts"]
    assert upload.cards == ["contacts"]
    assert upload.book.encoding == "UTF-8 · GB18030"


def test_two_files_of_one_name_are_told_apart():
    data = "姓名\r\n李雷\r\n".encode()
    upload = read_files([("a.csv", data), ("a.csv", data)], no_fault, str)
    assert [sheet.name for sheet in upload.book.sheets] == ["a", "a (2)"]


def test_which_file_is_wrong_is_said():
    with pytest.raises(Unreadable) as caught:
        read_files([("a.csv", "姓名\r\n李雷\r\n".encode()), ("b.pdf", b"%PDF-1.7")], no_fault, str)
    assert caught.value.params["file"] == "b.pdf"


@pytest.mark.parametrize(
    "data", [b"BEGIN:VCARD", b"BEGIN:VCARD\nEND:VCARD", b"BEGIN:VCARD\n" * 50, b"BEGIN:VCARD\n:\n;:\n=:="]
)
def test_next_to_nothing_is_no_fault_of_ours(data):
    upload = read_files([("a.vcf", data)], no_fault, str)
    assert len(upload.book.sheets) == 1


FILES = [file.make() for file in real_files.FILES if file.name.endswith(".vcf")]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_makes_the_reader_fall_over(data):
    """Bytes changed, cut out and put in: it gives cards, or says that it cannot; nothing else."""
    whole = bytearray(data.draw(st.sampled_from(FILES)))
    for _turn in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(whole) - 1))
        piece = data.draw(
            st.sampled_from([b"", b"\n", b":", b";", b"=", b"=\r\n", b"\x00", b"\xff", b'"', b"\\", b" "])
        )
        whole[at : at + data.draw(st.integers(0, 40))] = piece
        whole = whole or bytearray(b"x")
    try:
        upload = read_files([("a.vcf", bytes(whole))], no_fault, str)
    except Unreadable:
        return
    for sheet in upload.book.sheets:
        assert len(sheet.rows) == len(sheet.numbers)


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=80), st.sampled_from([20, 30, 75])
)
def test_a_fold_may_stand_anywhere(text, width):
    """Even inside a character: lines are put together before they become text."""
    line = b"NOTE:" + text.replace("\\", "").encode()
    pieces = [line[:width], *[b" " + line[at : at + width] for at in range(width, len(line), width)]]
    data = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\n" + b"\r\n".join(pieces) + b"\r\nEND:VCARD\r\n"
    (made,) = read_cards(data).cards
    assert made.first("NOTE") == text.replace("\\", "").strip()


def test_a_birth_date_is_a_day_of_the_calendar():
    assert date.fromisoformat(one("FN:A", "BDAY:2000-02-29").values["birth_date"])
