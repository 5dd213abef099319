"""The office in a real browser: what is corrected at the desk meets what was typed at a table, and every page reads well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.between import Between
from tests.e2e.conftest import PHONE, Server, chromium, wait_for
from tests.e2e.reader import Reading, read, read_here
from tests.e2e.test_every_page import LANGUAGES, house, lines  # noqa: F401  a fixture
from tests.e2e.test_team_pages import found
from tests.e2e.test_thread import customer
from tests.people import PASSWORD

# People whose names are Latin there, too.
NAMES = {"Manager", "Otherlead", "Stranger", "Office"}
DESK, OWN = "13900009921", "13800008812"


@pytest.fixture
def desks(playwright) -> Iterator[Callable[..., Page]]:
    """`desks(server, "office")`: that person's browser, on the pages of the office."""
    browser = playwright.chromium.launch(executable_path=chromium())

    def sign_in(server: Server, username: str, lang: str = "zh-CN") -> Page:
        context = browser.new_context(base_url=server.url, locale=lang, service_workers="block", is_mobile=True,
                                      viewport=PHONE, timezone_id="Asia/Shanghai")  # fmt: skip
        page = context.new_page()
        page.goto("/sign-in?next=/office")
        page.locator("#username").fill(username)
        page.locator("#password").fill(PASSWORD)
        page.locator("#password").press("Enter")
        page.wait_for_url("**/office")
        return page

    yield sign_in
    browser.close()


def find(page: Page, q: str) -> None:
    """Type, and open the first who fits."""
    page.goto("/office")
    page.locator("#q").fill(q)
    page.locator("#results a.item").first.click()
    page.wait_for_url("**/office/customers/*")


def test_what_the_desk_corrects_is_on_the_phone_and_a_conflict_names_the_colleague(server, phones, desks):
    edit = customer("林雪梅", mobile="13800007733", city="杭州")
    assert server.write(server.people["ana"], [edit])[0]["verdict"] == "ok"
    server.start()
    road = Between(server.port)
    phone = phones(url=road.url)
    phone.sign_in("ana")
    road.down = True
    phone.page.goto(f"/customers/{edit['id']}/edit")
    phone.page.locator("[name=mobile]").fill(OWN)
    phone.save()

    desk = desks(server, "office")
    find(desk, "lxm")
    desk.locator("main a[href$='/edit']").first.click()
    desk.locator("[name=mobile]").fill(DESK)
    desk.locator("[name=city]").fill("宁波")
    desk.locator(".foot button").click()
    desk.locator(".toast", has_text="已保存").wait_for()

    road.down = False
    phone.page.goto("/conflicts")
    phone.page.locator(".sync[data-state=conflict]").wait_for()
    phone.page.reload()
    phone.page.locator("main a[href^='/conflicts/']").first.click()
    phone.page.locator("h1", has_text="周内勤").wait_for()
    assert "周内勤" in phone.page.locator("main").inner_text()
    desk.reload()
    assert "沈清越在手机上决定" in desk.locator("main").inner_text()
    phone.page.locator("[name=resolution][value=theirs]").check(force=True)
    phone.save()
    wait_for(lambda: server.book("ana")["conflict"][0]["resolution"], "the decision is there")
    (row,) = server.book("ana")["customer"]
    assert (row["mobile"], row["city"]) == (DESK, "宁波")
    desk.reload()
    assert "在手机上决定" not in desk.locator("main").inner_text()


def walk(desks: Callable[..., Page], server: Server, lang: str, customer_id: str) -> list[Reading]:
    """Every page of the room, as staff, leader and compliance have them."""
    home = f"/office/customers/{customer_id}"
    staff = desks(server, "office", lang)
    pages = ("/office", home, f"{home}/edit", f"{home}/relatives/new", f"{home}/policies/new")
    readings = [read(staff, address) for address in pages]
    staff.goto(f"{home}/relatives/new")
    with staff.expect_navigation() as answered:
        staff.locator(".foot button").click()
    readings.append(read_here(staff, f"{home}/relatives, sent back", answered.value.status))
    staff.context.close()
    leader = desks(server, "lin" if lang == "en" else "manager", lang)
    readings += [read(leader, "/team"), read(leader, home)]
    leader.locator("form.section button").click()
    leader.locator("#reason-error").wait_for()
    readings.append(read_here(leader, f"{home}, without a reason"))
    leader.locator("#reason").fill("2046")
    leader.locator("form.section button").click()
    leader.locator("#reason").wait_for(state="detached")
    readings.append(read_here(leader, f"{home}, opened"))
    leader.context.close()
    compliance = desks(server, "compliance", lang)
    compliance.locator("#q").fill("no one at all")
    compliance.locator(".empty").wait_for()
    readings += [read_here(compliance, "/office, nobody found"), read(compliance, "/office/readings")]
    compliance.context.close()
    return readings


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_can_be_read_and_reached_by_everybody(house, desks, lang):  # noqa: F811
    server, made = house
    data: Any = SimpleNamespace(words=made.words | NAMES)
    faults = [fault for one in walk(desks, server, lang, made.ids["lin"]) for fault in found(one, data)]
    assert faults == [], lines(faults)
