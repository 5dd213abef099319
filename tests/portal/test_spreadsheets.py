"""Bytes → sheets: every encoding and shape that Excel and WPS write, and every file that is not a table."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import spreadsheets as reading
from portal.spreadsheets import Book, Unreadable, read
from tests.fixtures.make_books import (
    STYLE_BUILTIN_HAN,
    STYLE_DATE,
    STYLE_HAN_DATE,
    Formula,
    Number,
    csv_bytes,
    excel,
    flat_rows,
    people,
    serial,
    three_sheets,
    wps,
    zipped,
)

ROWS = [["姓名", "备注"], ["林㛃", "一,二"], ["陈䶮", '引"号'], ["周𬭎", "两\n行"]]


def cells(data: bytes) -> list:
    return read(data).sheets[0].rows


# ── encodings ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_every_encoding_and_separator(encoding, separator):
    assert cells(csv_bytes(ROWS, encoding, separator)) == ROWS


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark(encoding):
    rows = [["姓名", "手机"], *[[f"林㛃{n}", f"1380000{n:04}"] for n in range(20)]]
    assert cells(csv_bytes(rows, encoding, "\t")) == rows


def test_utf16_be_with_a_mark():
    assert cells(b"\xfe\xff" + csv_bytes(ROWS, "utf-16-be")) == ROWS


def test_the_encoding_is_told():
    names = [read(csv_bytes(ROWS, encoding)).encoding for encoding in ("utf-8", "gb18030", "utf-16")]
    assert names == ["utf-8", "gb18030", "utf-16-le"]


def test_gbk_of_an_old_excel_is_read():
    assert cells("姓名,城市\r\n张三,杭州\r\n".encode("gbk"))[1] == ["张三", "杭州"]


def test_an_undecodable_byte_is_named_by_line_and_byte():
    data = "姓名\r\n张三\r\n".encode("gb18030") + b"\xff\xff\r\n"
    with pytest.raises(Unreadable) as failure:
        read(data)
    assert failure.value.params["line"] == 3
    assert failure.value.params["byte"] == len("姓名\r\n张三\r\n".encode("gb18030")) + 1


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfa\r\n\xff", b"\xff\xfea\x00\x00\xd8", "姓名\r\n".encode() + b"\x81", b"a\r\n\x80\x80"]
)
def test_nothing_is_ever_replaced(data):
    with pytest.raises(Unreadable):
        read(data)


@pytest.mark.parametrize("data", [b"a,b\nc\0,d\n", b"\xef\xbb\xbfa\0b"])
def test_nul_is_refused(data):
    with pytest.raises(Unreadable, match="NUL"):
        read(data)


# ── CSV shapes ───────────────────────────────────────────────────────────────


def test_row_numbers_are_the_spreadsheet_programs():
    sheet = read('姓名,备注\n\n甲,"一\n二"\n,\n乙,x\n'.encode()).sheets[0]
    assert list(zip(sheet.numbers, [row[0] for row in sheet.rows], strict=True)) == [(1, "姓名"), (3, "甲"), (5, "乙")]


def test_a_comma_inside_does_not_make_the_separator():
    assert cells("姓名;地址\n甲;一路,1号,2室\n乙;二路,3号,4室\n".encode())[1] == ["甲", "一路,1号,2室"]


def test_one_column_is_a_table():
    assert cells("姓名\n甲\n乙\n".encode()) == [["姓名"], ["甲"], ["乙"]]


@pytest.mark.parametrize("text", ['a,b\n"c,d\ne,f\n', 'a,b\n"c"x,d\n'])
def test_an_open_quotation_mark_is_said_with_its_line(text):
    with pytest.raises(Unreadable) as failure:
        read(text.encode())
    assert failure.value.params["line"] == 2


def test_old_mac_line_ends():
    assert cells("姓名,城市\r甲,杭州\r".encode()) == [["姓名", "城市"], ["甲", "杭州"]]


# ── XLSX ─────────────────────────────────────────────────────────────────────

DAY = date(2024, 3, 5)


@pytest.mark.parametrize("style", [STYLE_DATE, STYLE_HAN_DATE])
@pytest.mark.parametrize("epoch", [False, True])
def test_dates_by_their_style(style, epoch):
    data = excel({"客户": [["姓名", "生日"], ["甲", DAY]]}, date_style=style, epoch_1904=epoch)
    assert cells(data)[1] == ["甲", DAY]


def test_the_chinese_built_in_style_arrives_as_a_day_number():
    data = excel({"客户": [["姓名", "生日"], ["甲", DAY]]}, date_style=STYLE_BUILTIN_HAN)
    assert cells(data)[1] in (["甲", DAY], ["甲", serial(DAY)])


def test_the_workbooks_epoch_is_told():
    assert read(excel({"a": [["x"]]}, epoch_1904=True)).epoch_1904
    assert not read(excel({"a": [["x"]]})).epoch_1904


def test_formulas_give_what_they_last_showed():
    assert cells(excel({"a": [[Formula("1+1", "2"), Formula("A1", "#N/A"), "x"]]})) == [[2, "#N/A", "x"]]


def test_numbers_stay_numbers_and_long_ones_are_not_trusted():
    row = [Number("13800000005"), Number("1.38E+10"), Number("110101199003071234"), Number("0.5"), Number("9" * 40)]
    found = cells(excel({"a": [row]}))[0]
    assert found[:2] == [13800000005, 13800000000]
    assert abs(found[2]) > 10**15
    assert found[3] == 0.5
    assert isinstance(found[4], float)


def test_shared_strings_with_rich_runs_and_phonetic_guides():
    texts = [[f"文本{n}"] for n in range(160)]
    assert cells(excel({"a": texts})) == texts


def test_inline_strings_and_a_dimension_of_the_whole_sheet():
    assert cells(wps({"客户": ROWS})) == ROWS


def test_both_programs_write_the_same_book():
    sheets = three_sheets(people(40))
    assert read(excel(sheets)).sheets == read(wps(sheets)).sheets
    assert [sheet.name for sheet in read(wps(sheets)).sheets] == ["客户", "家庭成员", "保单"]


def test_hidden_and_empty_sheets_are_left_out():
    data = excel({"客户": [["姓名"], ["甲"]], "字典": [["男"]], "空": [[None]]}, hidden=("字典",))
    assert [sheet.name for sheet in read(data).sheets] == ["客户"]


def test_gaps_between_rows_keep_the_numbers():
    sheet = read(excel({"a": [["x"], [None], [None], ["y"]]})).sheets[0]
    assert sheet.numbers == [1, 4]


def test_merged_cells_speak_once():
    data = excel({"a": [["姓名", "城市"], ["甲", "杭州"], [None, "苏州"]]}, merged=("A2:A3",))
    assert cells(data)[2] == [None, "苏州"]


def test_truth_cells():
    assert cells(excel({"a": [[True, False, "x"]]})) == [[True, False, "x"]]


def test_a_book_survives_being_kept():
    book = read(excel(three_sheets(people(20))))
    assert Book.from_json(book.as_json()) == book


# ── limits and strangers ─────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500,
        b"%PDF-1.4\n...",
        b"\x89PNG\r\n\x1a\n",
        b"Rar!\x1a\x07",
        b"7z\xbc\xaf\x27\x1c",
        b"\x1f\x8b\x08",
        b"<html><table><tr><td>x</td></tr></table>",
        b"\xef\xbb\xbf<table>",
        b"<?xml version='1.0'?><Workbook/>",
        zipped({"a.txt": b"x"}),
        zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<x/>"}),
        zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"}),
        zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<broken"}),
        b"PK\x03\x04" + b"\0" * 100,
        b"\n\n,,,\n",
        excel({"a": [[None]]}),
    ],
    ids=range(17),
)
def test_what_is_not_a_table_is_refused_in_words(data):
    with pytest.raises(Unreadable) as failure:
        read(data)
    assert failure.value.message.endswith(".")


def test_too_large():
    with pytest.raises(Unreadable, match="10 MB"):
        read(b"a" * (reading.MAX_BYTES + 1))


def test_too_many_rows(monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 50)
    assert len(cells(b"a\n" * 51)) == 51  # the heading does not count
    for data in (b"a\n" * 52, excel({"a": [["x"]] * 52}), excel({"a": [["x"]] * 30, "b": [["x"]] * 30})):
        with pytest.raises(Unreadable, match="50 rows"):
            read(data)


def test_too_wide_and_too_long():
    with pytest.raises(Unreadable, match="columns"):
        read(b",".join([b"x"] * 201))
    with pytest.raises(Unreadable, match="characters"):
        read(b"x" * 4_001)


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = io.BytesIO(excel({"a": [["x"]]}))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"xl/media/{number}.bin", b"\0" * (40 * 2**20))
    assert len(bomb.getvalue()) < 2**20
    with pytest.raises(Unreadable, match="unpacked"):
        read(bomb.getvalue())


def test_one_long_text_named_by_every_cell_does_not_fill_the_memory(monkeypatch):
    """A workbook keeps each text once: a hundred kilobytes can stand for gigabytes of cells."""
    row = ["长" * 4_000] * 100
    data = excel({"a": [row] * 60, "b": [row] * 60})
    assert len(data) < 200_000
    monkeypatch.setattr(reading, "MAX_TEXT", 30_000_000)
    with pytest.raises(Unreadable, match="unpacked"):
        read(data)
    monkeypatch.setattr(reading, "MAX_TEXT", 60_000_000)
    monkeypatch.setattr(reading, "MAX_CELLS", 10_000)
    with pytest.raises(Unreadable, match="unpacked"):
        read(data)


def test_too_many_parts():
    parts = {f"xl/{n}.xml": b"<x/>" for n in range(1_001)}
    with pytest.raises(Unreadable, match="unpacked"):
        read(zipped({"[Content_Types].xml": b"<Types/>", **parts}))


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_entities_are_refused(part):
    with zipfile.ZipFile(io.BytesIO(excel({"a": [["x"]]}))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files[part] = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + files[part].split(b"?>", 1)[1]
    )
    with pytest.raises(Unreadable, match="instructions"):
        read(zipped(files))


def test_openpyxl_reads_xml_through_defusedxml():
    import openpyxl

    assert openpyxl.DEFUSEDXML


def test_a_row_number_beyond_every_sheet_does_not_hang():
    with zipfile.ZipFile(io.BytesIO(excel({"a": [["x"]]}))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    files[sheet] = files[sheet].replace(b'<row r="1"', b'<row r="99999999999"')
    with pytest.raises(Unreadable):
        read(zipped(files))


# ── junk ─────────────────────────────────────────────────────────────────────

SMALL_EXCEL = excel({"客户": ROWS})
SMALL_CSV = csv_bytes(flat_rows(people(3)), "gb18030")


def tried(data: bytes) -> None:
    try:
        book = read(data)
    except Unreadable:
        return
    assert Book.from_json(book.as_json()).sheets


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_junk_raises_only_the_named_error(data):
    tried(data)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xd0\xcf\x11\xe0"]),
    st.binary(max_size=300),
)
def test_junk_behind_a_known_beginning(head, tail):
    tried(head + tail)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_file(data):
    whole = bytearray(data.draw(st.sampled_from([SMALL_EXCEL, SMALL_CSV])))
    for _turn in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    tried(bytes(whole[: data.draw(st.integers(1, len(whole)))]) if data.draw(st.booleans()) else bytes(whole))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_in_any_part_of_a_workbook(text):
    with zipfile.ZipFile(io.BytesIO(SMALL_EXCEL)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for part in ("xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"):
        body = files[part]
        middle = len(body) // 2
        tried(zipped({**files, part: body[:middle] + text.encode("utf-8", "replace") + body[middle:]}))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=";"), min_size=1, max_size=8), min_size=2, max_size=5), min_size=1, max_size=8),
       st.sampled_from(["utf-8-sig", "gb18030", "utf-16"]))  # fmt: skip
def test_what_was_written_is_read(rows, encoding):
    width = max(map(len, rows))
    rows = [[f"x{cell}" for cell in row] + ["x"] * (width - len(row)) for row in rows]
    assert cells(csv_bytes(rows, encoding)) == rows
