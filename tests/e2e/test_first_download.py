"""The first download: shown with a true count, interrupted, gone on with; and a book that the browser threw away."""

from __future__ import annotations

import pytest

from tests.e2e.between import Between
from tests.e2e.conftest import wait_for
from tests.e2e.test_thread import customer

MANY = 1_200


@pytest.fixture
def between(server):
    made = Between(server.port)
    yield made
    made.close()


@pytest.fixture
def big_book(server) -> None:
    ana = server.people["ana"]
    verdicts = server.write(ana, [customer(f"客户{number}", mobile=f"138{number:08}") for number in range(MANY)])
    assert {verdict["verdict"] for verdict in verdicts} == {"ok"}
    server.start()


def sign_in(page) -> None:
    page.goto("/today")
    page.locator("#username").fill("ana")
    page.locator("#password").fill("a door opens softly")
    page.locator("#password").press("Enter")


def test_an_interrupted_download_goes_on_where_it_stopped(server, between, phones, big_book):
    phone = phones(url=between.url)
    between.cut = lambda path: 400_000 if path == "/sync/snapshot" else None
    sign_in(phone.page)
    phone.page.locator("[data-go]").wait_for()
    done = int(phone.page.locator("[data-done]").inner_text().replace(",", ""))
    total = int(phone.page.locator("[data-total]").inner_text().replace(",", ""))
    assert 0 < done < total
    assert total >= MANY
    phone.page.wait_for_url("**/today")
    assert any("/sync/snapshot?after=" in seen for seen in between.seen)

    server.kill()
    phone.page.goto("/customers")
    assert phone.page.locator("#results").inner_text().count("客户") > 0
    assert str(MANY) in phone.page.locator("#results").inner_text().replace(",", "")


def test_while_it_loads_there_is_something_to_see_and_nothing_to_change(server, between, phones, big_book):
    phone = phones(url=between.url)
    between.cut = lambda path: 400_000 if path.startswith("/sync/snapshot") else None
    sign_in(phone.page)
    phone.page.locator("[data-go]").click()
    phone.page.goto("/customers")
    assert phone.page.locator(".sync[data-state=loading]").is_visible()
    first = phone.page.locator("#results a[href^='/customers/0']").first.get_attribute("href")
    phone.page.goto(f"{first}/edit")
    assert phone.page.locator("button[type=submit]:visible").last.is_disabled()

    between.cut = lambda path: None
    phone.page.goto("/customers")
    wait_for(lambda: phone.page.locator(".sync[data-state=synced]").count(), "the rest has come", seconds=20)


def test_a_book_that_the_browser_threw_away_is_missed_aloud(server, phone, big_book):
    phone.sign_in("ana")
    # What a browser does when it needs room: everything of this origin goes, cookies stay.
    session = phone.context.new_cdp_session(phone.page)
    phone.page.goto("about:blank")
    session.send(
        "Storage.clearDataForOrigin", {"origin": server.url, "storageTypes": "indexeddb,cache_storage,service_workers"}
    )
    phone.page.goto("/today")
    phone.page.locator("[data-say=evicted]").wait_for(state="visible")
    phone.page.locator("[data-go]").click()
    phone.page.wait_for_url("**/today")
