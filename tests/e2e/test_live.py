"""Live in real browsers: what one phone does is on the other without a touch, and nobody is disturbed by it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Phone, Server
from tests.e2e.test_thread import MOBILE, is_called, lin  # noqa: F401 (a fixture)

HOLDS = (
    "navigator.locks.query().then(({ held }) => held.some((lock) => lock.name === 'doorstep-live' && lock.clientId))"
)
HIDE = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def server(server: Server) -> Server:
    """As it is delivered: it tells at once."""
    server.settings["LIVE"] = "1"
    return server


def opened(phone: Phone, path: str) -> list[str]:
    """Show a page and note the streams that it opens."""
    streams: list[str] = []
    phone.page.on("request", lambda request: streams.append(request.url) if "/sync/live" in request.url else None)
    phone.page.goto(path)
    return streams


def eventually(phone: Phone, holds: Callable[[], object], what: str) -> None:
    """Ask until it holds, and let the browser tell what happened meanwhile."""
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until, f"waited in vain until {what}"
        phone.page.wait_for_timeout(50)


def save_number(phone: Phone, customer: str, number: str) -> None:
    phone.page.goto(f"/customers/{customer}/edit")
    phone.page.locator("[name=mobile]").fill(number)
    phone.page.locator("button[type=submit]:visible").last.click(no_wait_after=True)


def shows(phone: Phone, number: str) -> float:
    """Wait, without a touch, until the open card calls this number; how long that took."""
    began = time.monotonic()
    phone.page.locator(f"a[href='tel:{number}']").first.wait_for(timeout=30_000)
    return time.monotonic() - began


def test_an_edit_is_on_the_other_phone_without_a_touch(server: Server, phones, lin):  # noqa: F811
    writing, looking = phones(), phones()
    for each in (writing, looking):
        each.sign_in("ana")
    card = f"/customers/{lin}"
    streams = opened(looking, card)
    assert is_called(looking, MOBILE)
    eventually(looking, lambda: streams, "the open card listens")
    looking.page.wait_for_timeout(1_000)
    took = []
    for at in range(5):
        save_number(writing, lin, f"1391111000{at}")
        took.append(shows(looking, f"1391111000{at}"))
    print(f"\nfrom the tap on one phone to the other's screen: {', '.join(f'{each * 1000:.0f} ms' for each in took)}")

    # Half a form: what is typed stays, and so does the page behind it.
    looking.page.goto(f"{card}/edit")
    looking.page.locator("[name=city]").fill("宁波")
    before = looking.page.locator("#main").inner_html()
    save_number(writing, lin, "13922220001")
    looking.page.wait_for_timeout(3_000)
    assert looking.page.locator("[name=city]").input_value() == "宁波"
    assert looking.page.locator("#main").inner_html() == before

    # An open sheet: nothing moves until it is closed; then the card is fresh, and the keyboard where it was.
    looking.page.goto(card)
    shows(looking, "13922220001")
    looking.page.locator("sheet-link a[href$='/visits/new'], .quick sheet-link a").first.click()
    looking.page.locator("dialog[open]").wait_for()
    save_number(writing, lin, "13922220002")
    looking.page.wait_for_timeout(3_000)
    assert is_called(looking, "13922220001")
    looking.page.keyboard.press("Escape")
    shows(looking, "13922220002")
    assert looking.page.evaluate("document.activeElement.closest('.quick') !== null")

    # What is taken away at a desk leaves the screen.
    ana = server.people["ana"]
    [other] = [row for row in server.book("ana")["customer"] if row["name"] == "王芳"]
    looking.page.goto(f"/customers/{other['id']}")
    looking.page.get_by_role("heading", name="王芳").wait_for()
    server.write(ana, [{"op": "delete", "kind": "customer", "id": other["id"], "base": other["ver"]}])
    looking.page.get_by_role("heading", name="王芳").wait_for(state="detached")

    # The server goes and comes back: the line comes back by itself.
    count = len(streams)
    looking.page.goto(card)
    eventually(looking, lambda: len(streams) > count, "it listens")
    server.kill()
    looking.page.wait_for_timeout(500)
    count = len(streams)
    server.start()
    eventually(looking, lambda: len(streams) > count, "it listens again")
    looking.page.wait_for_timeout(1_000)
    save_number(writing, lin, "13922220003")
    shows(looking, "13922220003")


def test_one_visible_page_listens_and_a_hidden_one_never(server: Server, phone: Phone, lin):  # noqa: F811
    phone.sign_in("ana")
    first = phone.page
    streams = opened(phone, f"/customers/{lin}")
    eventually(phone, lambda: streams, "the first page listens")
    second, others = phone.context.new_page(), []
    second.on("request", lambda request: others.append(request.url) if "/sync/live" in request.url else None)
    second.goto("/customers")
    second.wait_for_timeout(2_000)
    assert (len(streams), len(others)) == (1, 0)

    first.evaluate(HIDE, "hidden")
    eventually(phone, lambda: others, "the other page listens in its place")
    second.evaluate(HIDE, "hidden")
    eventually(phone, lambda: not second.evaluate(HOLDS), "nobody listens")
    second.wait_for_timeout(2_000)
    assert (len(streams), len(others)) == (1, 1)

    second.evaluate(HIDE, "visible")
    eventually(phone, lambda: len(others) == 2, "who is looked at listens again")


def test_where_nothing_is_held_phones_ask_each_minute_and_say_nothing(server: Server, phones, lin):  # noqa: F811
    server.kill()
    server.start(LIVE="0")
    writing, looking = phones(), phones()
    for each in (writing, looking):
        each.sign_in("ana")
    faults: list[str] = []
    looking.page.on("pageerror", lambda error: faults.append(str(error)))
    looking.page.clock.install()
    streams = opened(looking, f"/customers/{lin}")
    save_number(writing, lin, "13922220004")
    writing.page.wait_for_url(f"**/customers/{lin}")
    writing.synced()
    assert is_called(looking, MOBILE)
    looking.page.clock.run_for(95_000)
    shows(looking, "13922220004")
    assert streams == []
    assert faults == []
