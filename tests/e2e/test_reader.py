"""The readers of pages find what they are for: planted faults, and nothing where nothing is wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.keyboard import tabbed
from tests.e2e.reader import LOOKS, Reading, chinese_in_english, english_in_chinese, leaks, read_here, words_of

DATA = words_of(["Lin Xuemei", "Lotus Plus"])


def read_html(page: Page, body: str, lang: str = "en", looks: tuple[str, ...] = ()) -> Reading:
    page.set_content(
        f'<!doctype html><html lang="{lang}"><head><title>Page · Doorstep</title>'
        f'<meta name="viewport" content="width=device-width"></head><body><main>{body}</main></body></html>'
    )
    return read_here(page, "planted", looks=looks)


GOOD = """<h1>Lin Xuemei</h1><p>Her cover ends soon, <a href="/x">see why</a>.</p>
<button style="width: 60px; height: 44px">Go</button>"""


def test_a_good_page_is_left_alone(page):
    found = read_html(page, GOOD, looks=LOOKS)
    assert (found.headings, found.titled) == (["Lin Xuemei"], True)
    assert [chinese_in_english(found.texts), leaks(found.texts), found.small, found.wide] == [[], [], [], {}]
    assert found.axe == {"light": [], "dark": [], "type-large": []}


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Today</h1><p>保存</p>",
        "<h1>Today</h1><p hidden>保存</p>",
        "<h1>Today</h1><p>Kept here。</p>",
        '<h1>Today</h1><a href="/x" aria-label="更多">…</a>',
        '<h1>Today</h1><input title="姓名">',
        '<h1>Today</h1><input aria-label="Name" placeholder="姓名">',
        '<h1>Today</h1><img src="/x.png" alt="门">',
        '<h1>Today</h1><input type="submit" value="保存">',
    ],
)
def test_chinese_on_an_english_page_is_found(page, body):
    assert len(chinese_in_english(read_html(page, body).texts)) == 1


def test_words_that_an_element_says_later_are_read(page):
    found = read_html(page, '<h1>Today</h1><p data-left="还剩 5 秒"></p>')
    assert chinese_in_english(found.words) == ["还剩 5 秒"]


def test_the_name_of_the_other_language_is_no_fault(page):
    found = read_html(page, '<h1>Today</h1><button lang="zh-CN" aria-label="中文">中文</button>')
    assert chinese_in_english(found.texts) == []
    found = read_html(page, '<h1>今天</h1><button lang="en">English</button>', "zh-CN")
    assert english_in_chinese(found.texts, DATA) == ["Page · Doorstep"]


@pytest.mark.parametrize(
    "text",
    [
        "Save",
        "Customers",
        "3 waiting",
        "Offline, 10:20",
        "今天 Visit",
        "Please try again.",
        "Lin Xuemei的 mobile",
        "None",
    ],
)
def test_english_on_a_chinese_page_is_found(text):
    assert english_in_chinese([text], DATA) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "今天",
        "Lin Xuemei",
        "Lin Xuemei 的 Lotus Plus",
        "从 CSV 导入",
        "编号 0199c000-0000-7000-8000-00000000abcd",
        "12月8日",
        "…",
    ],
)
def test_data_and_words_that_chinese_borrows_are_no_fault(text):
    assert english_in_chinese([text], DATA) == []


@pytest.mark.parametrize("text", ["undefined", "3 of NaN", "[object Object]", "%(n)s waiting", "None", "{{ name }}"])
def test_the_program_showing_through_is_found(text):
    assert leaks([text]) == [text]


def test_the_word_none_in_a_sentence_is_no_leak():
    assert leaks(["None of them"]) == []


def test_a_button_without_a_name_is_found(page):
    found = read_html(page, '<h1>Today</h1><button style="width: 60px; height: 60px"></button>', looks=LOOKS)
    assert any(one.startswith("button-name") for one in found.axe["light"])


def test_pale_ink_is_found_in_the_look_that_has_it(page):
    style = "<style>html.dark p { color: #555; background: #333 }</style>"
    found = read_html(page, f"{style}<h1>Today</h1><p>Hardly to be read</p>", looks=LOOKS)
    assert found.axe["light"] == []
    assert found.axe["dark"][0].startswith("color-contrast")


def test_what_is_too_wide_is_found_in_the_look_that_has_it(page):
    style = "<style>html.type-large p { width: 500px }</style>"
    found = read_html(page, f"{style}<h1>Today</h1><p>Wide</p>", looks=LOOKS)
    assert list(found.wide) == ["type-large"]
    assert "<p>" in found.wide["type-large"]


def test_two_headings_and_none_are_seen(page):
    assert read_html(page, "<h1>One</h1><h1>Two</h1>").headings == ["One", "Two"]
    assert read_html(page, "<h1 hidden>One</h1><p>Nothing</p>").headings == []


@pytest.mark.parametrize(
    "body, small",
    [
        ('<a href="/x">More</a>', True),
        ('<button style="width: 44px; height: 30px">x</button>', True),
        ('<button style="width: 30px; height: 44px">x</button>', True),
        ("<label><input type='checkbox'></label>", True),
        ('<p>Read <a href="/x">the whole</a> of it.</p>', False),
        ('<button style="width: 44px; height: 44px">x</button>', False),
        ('<a href="/x" hidden>More</a>', False),
        (
            "<style>.big { position: relative; display: block; margin: 30px } "
            ".big::after { content: ''; position: absolute; inset: -20px }</style><a class='big' href='/x'>More</a>",
            False,
        ),
    ],
)
def test_small_targets_are_found(page, body, small):
    found = read_html(page, f"<h1>Today</h1>{body}").small
    assert bool(found) == small, found


def test_the_keyboard_walk_finds_what_is_out_of_order_unmarked_or_missed(page):
    page.set_content(
        "<a href='/1'>One</a><br><a href='/2'>Two</a><br><input type=radio name=a><input type=radio name=a>"
    )
    steps = tabbed(page)
    assert [steps.missed, steps.backwards, steps.unmarked] == [[], [], []]
    page.set_content(
        "<style>.dim:focus { outline: none }</style><a href='/1' class='dim'>Dim</a><br><p>…</p>"
        "<a href='/2' tabindex='-1'>Never</a><br><p>…</p><a href='/3' tabindex='1'>First</a>"
    )
    steps = tabbed(page)
    assert "Never" in steps.missed[0]
    assert "Dim" in steps.backwards[0]
    assert "Dim" in steps.unmarked[0]
