"""The leader's pages on the server: in both languages, every look, for every finger and reader; and for the keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import PHONE, Server, chromium
from tests.e2e.latin_office import Book
from tests.e2e.reader import LOOKS, Reading, chinese_in_english, english_in_chinese, leaks, read, read_here
from tests.e2e.test_every_page import LANGUAGES, house, lines  # noqa: F401  a fixture
from tests.people import PASSWORD


@pytest.fixture(scope="module")
def desk(house, playwright) -> Callable[[str], Page]:  # noqa: F811
    """Signs the leader in on a browser of this language."""
    server, _ = house
    browser = playwright.chromium.launch(executable_path=chromium())

    def sign_in(lang: str) -> Page:
        context = browser.new_context(base_url=server.url, locale=lang, service_workers="block", is_mobile=True,
                                      viewport=PHONE, timezone_id="Asia/Shanghai")  # fmt: skip
        page = context.new_page()
        page.goto("/sign-in?next=/team")
        page.locator("#username").fill("lin")
        page.locator("#password").fill(PASSWORD)
        page.locator("#password").press("Enter")
        page.wait_for_url("**/team")
        return page

    yield sign_in
    browser.close()


def walk(page: Page, server: Server, ids: dict[str, str]) -> list[Reading]:
    """Every page, some in two states; a customer goes to Ben and back."""
    device = server.book("ana")["device"][0]["id"]
    book = f"/team/customers/{server.people['ana']}"
    fixed = ("/team", "/team/customers", book, f"{book}?q=nobody", "/team/escrow")
    devices = ("/team/devices", f"/team/devices/{device}/revocations")
    readings = [read(page, address) for address in (*fixed, f"/team/customers/{server.people['ben']}", *devices)]
    page.goto(f"{book}/{ids['bare']}")
    with page.expect_navigation() as answered:
        page.locator(".foot button").click()
    readings.append(read_here(page, f"{book}/…, sent back", answered.value.status))
    page.locator("#to").select_option(server.people["ben"])
    page.locator(".foot button").click()
    page.wait_for_url("**/hand-overs/*")
    readings.append(read_here(page, "/team/hand-overs, done"))
    page.locator("form[action$='/undo'] button").click()
    page.locator("form[action$='/run'] button").wait_for()
    readings.append(read_here(page, "/team/hand-overs, asked"))
    page.locator("form[action$='/run'] button").click()
    page.locator(".banner.good").wait_for()
    readings.append(read(page, "/team/customers"))
    return readings


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_can_be_read_and_reached_by_everybody(house, desk, lang):  # noqa: F811
    server, made = house
    faults = [fault for one in walk(desk(lang), server, made.ids) for fault in found(one, made)]
    assert faults == [], lines(faults)


def found(one: Reading, made: Book) -> list[str]:
    """What is wrong with a page."""
    faults = [f"headings {one.headings}"] if len(one.headings) != 1 or not one.titled else []
    faults += [f"{look}: {wide} is wider than the phone" for look, wide in one.wide.items()]
    faults += [f"small: {target}" for target in one.small]
    faults += [f"{look}: {fault}" for look in LOOKS for fault in one.axe[look]]
    faults += [f"leaks: {text}" for text in leaks(one.texts)]
    if one.lang == "en":
        faults += [f"Chinese: {text}" for text in chinese_in_english([*one.texts, *one.words])]
    else:
        faults += [f"English: {text}" for text in english_in_chinese(one.texts, made.words)]
    return [f"{one}: {fault}" for fault in faults]


def test_all_but_one_are_chosen_with_the_keyboard(house, desk):  # noqa: F811
    server, _ = house
    page = desk("en")
    page.goto(f"/team/customers/{server.people['ana']}")
    page.locator("#q").fill("nobody")
    page.get_by_text("Nobody fits").wait_for()
    page.locator("#q").fill("")
    page.locator("[data-all]").wait_for()
    everybody = page.locator("input[name=customer]").count()
    page.locator("[data-all]").focus()
    page.keyboard.press("Space")
    assert page.locator("#picked").inner_text() == f"{everybody} chosen"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator("#picked").inner_text() == f"{everybody - 1} chosen"
    page.locator("#to").select_option(server.people["ben"])
    page.locator("#to").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hand-overs/*")
    page.get_by_role("button", name="Do not move anything").click()
    page.wait_for_url(f"**/team/customers/{server.people['ana']}")
