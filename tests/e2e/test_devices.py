"""One agent, several lives of a phone: copied, put back to yesterday, revoked, cleared by the browser, open in two tabs."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.columns import new_id
from tests.e2e.between import Between
from tests.e2e.conftest import Phone, Server, wait_for
from tests.people import PASSWORD

MOBILE, CORRECTED, CANARY = "13800000005", "13911112222", "金丝雀约在周五"


@pytest.fixture
def lin(server: Server) -> str:
    """A customer of Ana's, there before any phone signs in; the server runs."""
    row_id = new_id()
    fields = {"name": [None, "林雪梅"], "mobile": [None, MOBILE], "city": [None, "杭州"]}
    verdicts = server.write(server.people["ana"], [{"op": "create", "kind": "customer", "id": row_id, "set": fields}])
    assert [verdict["verdict"] for verdict in verdicts] == ["ok"]
    server.start()
    return row_id


@pytest.fixture
def put(playwright, server: Server) -> Iterator[Callable[[Path, Path], Phone]]:
    """Puts a copy of a profile somewhere and opens it: the same token, a second life."""
    made: list[Phone] = []

    def copy(profile: Path, to: Path) -> Phone:
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(profile, to, ignore=shutil.ignore_patterns("Singleton*"))
        made.append(Phone(playwright, to, server.url, "zh-CN"))
        return made[-1]

    yield copy
    for phone in made:
        phone.close()


def correct(phone: Phone, customer_id: str, field: str, value: str) -> None:
    """Change one field of the card, from the card."""
    phone.page.goto(f"/customers/{customer_id}/edit")
    phone.page.locator(f"[name={field}]").fill(value)
    phone.save()
    phone.page.wait_for_url(f"**/customers/{customer_id}")


def note_call(phone: Phone, customer_id: str, text: str) -> None:
    """A call that took place, as a note."""
    phone.page.goto(f"/customers/{customer_id}/visits/new")
    phone.page.locator("[name=note]").fill(text)
    phone.save()


def sync_now(phone: Phone) -> None:
    phone.page.goto("/outbox")
    phone.page.locator("form[action='/outbox/syncs'] button").click()
    phone.synced()


def notes(server: Server) -> list[str]:
    return sorted(row["note"] for row in server.book("ana").get("visit", []))


def live_devices(server: Server, label: str = "") -> int:
    """Phones the server still lets in; the test's own reader is none of them."""
    return sum(not row["revoked_at"] and row["label"] != "Reading" for row in server.book("ana")["device"])


def test_a_copied_phone_goes_on_as_a_second_one(server, phone, put, lin, tmp_path):
    phone.sign_in("ana")
    phone.synced()
    server.kill()
    note_call(phone, lin, "从前的一通电话")  # on both, numbered by both
    phone.page.goto("/outbox")
    phone.page.locator("form[action='/outbox/syncs'] button").click()
    phone.close()
    twin = put(phone.profile, tmp_path / "twin")
    phone.open()
    note_call(phone, lin, "原来的手机")
    correct(phone, lin, "mobile", CORRECTED)
    note_call(twin, lin, "另一台手机")
    correct(twin, lin, "city", "宁波")

    server.start()
    sync_now(phone)
    sync_now(twin)
    sync_now(phone)
    assert notes(server) == sorted(["从前的一通电话", "原来的手机", "另一台手机"])
    book = server.book("ana")
    (row,) = book["customer"]
    assert (row["mobile"], row["city"]) == (CORRECTED, "宁波")
    assert book.get("conflict", []) == []
    assert live_devices(server) == 2


def test_a_phone_put_back_to_yesterday_registers_anew_and_nothing_is_lost(server, phone, put, lin, tmp_path):
    phone.sign_in("ana")
    phone.synced()
    server.kill()
    note_call(phone, lin, "昨天的记录")
    phone.close()
    shutil.copytree(phone.profile, tmp_path / "yesterday", ignore=shutil.ignore_patterns("Singleton*"))
    server.start()
    phone.open()
    sync_now(phone)
    note_call(phone, lin, "今天早上")
    sync_now(phone)
    phone.close()

    again = put(tmp_path / "yesterday", tmp_path / "again")
    server.kill()
    note_call(again, lin, "恢复之后")
    server.start()
    sync_now(again)
    assert notes(server) == sorted(["昨天的记录", "今天早上", "恢复之后"])
    again.page.goto(f"/customers/{lin}")
    for text in ("昨天的记录", "今天早上", "恢复之后"):
        again.page.get_by_text(text).first.wait_for()


def test_a_revoked_phone_hands_in_and_is_empty_and_the_leader_takes_it_in(server, phone, phones, lin):
    phone.sign_in("ana")
    phone.synced()
    server.kill()
    correct(phone, lin, "mobile", CORRECTED)
    note_call(phone, lin, CANARY)
    phone.page.goto(f"/customers/{lin}/edit")
    phone.page.locator("draft-form[data-started]").wait_for(state="attached")
    phone.page.locator("[name=employer]").fill("填到一半")
    wait_for(lambda: phone.page.evaluate(DRAFTS, server.people["ana"]), "the draft is kept", seconds=30)
    phone.page.goto("about:blank")
    server.start()
    (device,) = [row["id"] for row in server.book("ana")["device"] if row["label"] != "Reading"]
    revoke(server, device)

    # At the next contact: told in a sentence, and nothing is left.
    phone.page.goto("/today")
    phone.page.get_by_role("heading", name="这部手机已被退出登录").wait_for()
    phone.page.get_by_text("没有发送的 2 条内容已交给您的主管").wait_for()
    phone.page.get_by_text("填了一半的 1 份表单").wait_for()
    wait_for(lambda: databases(phone) == ["doorstep"], "the book is deleted", seconds=30)
    settings = phone.page.evaluate(SETTINGS)
    assert sorted(set(settings) - {"language", "theme", "type"}) == ["revoked"]
    phone.page.goto(f"/customers/{lin}")
    phone.page.get_by_role("heading", name="这部手机已被退出登录").wait_for()
    # Deleted is not yet gone from disk: the last button has the browser clear its files.
    phone.page.get_by_role("button", name="去登录").click()
    phone.page.wait_for_url("**/sign-in")
    phone.close()
    kept = b"".join(files_of(phone.profile))
    for trace in (CANARY, CORRECTED, "林雪梅"):
        assert trace.encode("utf-16-le") not in kept, trace
        assert trace.encode() not in kept, trace

    # The leader looks, and takes in.
    leader = phones()
    page = leader.page
    page.goto("/sign-in?next=/team/escrow")
    page.locator("#username").fill("lin")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    page.wait_for_url("**/team/escrow")
    page.get_by_role("link", name="沈清越").click()
    page.get_by_text("修改：客户 林雪梅").wait_for()
    page.get_by_text("填了一半的表单：客户 林雪梅").wait_for()
    assert page.get_by_text(CORRECTED).count() == 0
    page.locator("#reason").fill("核对号码")
    page.get_by_role("button", name="显示隐去的资料").click()
    page.get_by_text(CORRECTED).wait_for()
    page.get_by_role("button", name="采用所选").click()
    page.get_by_text("已录入").first.wait_for()
    leader.close()

    # On the agent's new phone it is there, once.
    new = phones()
    new.sign_in("ana")
    new.page.goto(f"/customers/{lin}")
    new.page.locator(f"a[href='tel:{CORRECTED}']").first.wait_for()
    assert notes(server) == [CANARY]

    # Signing out tells the server.
    new.page.goto("/me/sign-out")
    new.page.locator("button[form=leave]").click()
    new.page.get_by_role("heading", name="已退出").wait_for()
    assert live_devices(server) == 0


def test_a_book_the_browser_threw_away_is_missed_aloud_on_the_first_pages(server, phone, lin):
    phone.sign_in("ana")
    note_call(phone, lin, "已经发送")
    sync_now(phone)
    phone.page.goto("/sign-in")
    phone.page.evaluate(DELETE_BOOK)
    phone.page.goto("/today")
    phone.page.locator("[data-go]").click()
    phone.page.wait_for_url("**/today")
    for path in ("/me", "/today"):
        phone.page.goto(path)
        phone.page.get_by_text("浏览器清空过这部手机").wait_for()
    phone.page.get_by_role("button", name="知道了").click()
    phone.page.wait_for_url("**/today")
    assert phone.page.get_by_text("浏览器清空过这部手机").count() == 0
    note_call(phone, lin, "之后的记录")
    sync_now(phone)
    assert notes(server) == sorted(["已经发送", "之后的记录"])
    assert live_devices(server) == 1


def test_two_tabs_sync_once_and_a_sleeping_one_stops_nobody(server, phones, lin):
    between = Between(server.port)
    phone = phones(url=between.url)
    phone.sign_in("ana")
    phone.synced()
    other = phone.context.new_page()
    other.goto(f"/customers/{lin}")
    between.seen.clear()
    correct(phone, lin, "mobile", CORRECTED)
    other.locator(f"a[href='tel:{CORRECTED}']").first.wait_for()
    phone.synced()
    assert between.seen.count("POST /sync/push") == 1

    # A page of an older build holds the lock, and is put to sleep.
    other.evaluate(HOLD, server.people["ana"])
    session = phone.context.new_cdp_session(other)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    note_call(phone, lin, "有人占着锁")
    phone.page.locator(".sync[data-state=waiting]").first.wait_for()
    phone.page.wait_for_timeout(1_000)
    assert notes(server) == []
    phone.page.evaluate(SILENT_SINCE, [server.people["ana"], 100_000])
    phone.page.goto("/today")
    phone.synced()
    assert notes(server) == ["有人占着锁"]

    # A worker that is killed in the middle of a sync holds nothing: the next one goes on.
    stop = phone.context.new_cdp_session(phone.page)
    stop.send("ServiceWorker.enable")
    between.cut = lambda path: 5 if path == "/sync/push" else None
    note_call(phone, lin, "回复丢了")
    wait_for(lambda: "回复丢了" in notes(server), "it was taken in")
    stop.send("ServiceWorker.stopAllWorkers")
    between.cut = lambda path: None
    phone.page.goto("/outbox")
    phone.synced()
    assert notes(server) == sorted(["有人占着锁", "回复丢了"])
    between.close()


def revoke(server: Server, device: str) -> None:
    """By the leader, as a program does it."""
    basic = base64.b64encode(f"lin:{PASSWORD}".encode()).decode()
    address = f"{server.url}/api/devices/{device}/revocations"
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(address, b"{}", headers), timeout=30) as reply:
        assert reply.status in (200, 201), json.loads(reply.read())


def databases(phone: Phone) -> list[str]:
    return phone.page.evaluate("indexedDB.databases().then((all) => all.map(({ name }) => name).sort())")


def files_of(profile: Path) -> Iterator[bytes]:
    """What the browser keeps of the pages' data."""
    for folder in ("IndexedDB", "Service Worker", "Local Storage", "Session Storage", "WebStorage"):
        for path in (profile / "Default" / folder).rglob("*"):
            with contextlib.suppress(OSError):
                if path.is_file():
                    yield path.read_bytes()


SETTINGS = """() => new Promise((resolve) => {
    const opening = indexedDB.open("doorstep");
    opening.onsuccess = () => {
        const keys = opening.result.transaction("settings").objectStore("settings").getAllKeys();
        keys.onsuccess = () => { opening.result.close(); resolve(keys.result); };
    };
})"""
DRAFTS = """(agent) => new Promise((resolve) => {
    const opening = indexedDB.open(`doorstep-${agent}`);
    opening.onsuccess = () => {
        const count = opening.result.transaction("drafts").objectStore("drafts").count();
        count.onsuccess = () => { opening.result.close(); resolve(count.result); };
    };
})"""
DELETE_BOOK = """async () => {
    const books = (await indexedDB.databases()).map(({ name }) => name).filter((name) => name !== "doorstep");
    await Promise.all(books.map((name) => new Promise((resolve) => {
        indexedDB.deleteDatabase(name).onsuccess = resolve;
    })));
}"""
HOLD = """(agent) => new Promise((held) => {
    navigator.locks.request(`doorstep-sync-${agent}`, () => { held(); return new Promise(() => {}); });
})"""
SILENT_SINCE = """([agent, ago]) => new Promise((resolve) => {
    const opening = indexedDB.open(`doorstep-${agent}`);
    opening.onsuccess = () => {
        const change = opening.result.transaction("meta", "readwrite");
        change.objectStore("meta").put(Date.now() - ago, "sync_beat");
        change.oncomplete = () => { opening.result.close(); resolve(); };
    };
})"""
