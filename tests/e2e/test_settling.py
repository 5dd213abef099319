"""What is decided, sent back, locked and left: outbox, decisions and "me" in a real browser, the server gone or there."""

from __future__ import annotations

import re

import pytest

from tests.e2e.conftest import Phone, Server, wait_for
from tests.e2e.test_thread import customer
from tests.people import PASSWORD

PIN = "240611"
OFFICE = "13900009921"
OWN = "13800008812"


@pytest.fixture
def lin(server: Server) -> str:
    """The id of a customer of Ana's."""
    edit = customer("林雪梅", mobile="13800007733", city="杭州")
    assert server.write(server.people["ana"], [edit])[0]["verdict"] == "ok"
    server.start()
    return edit["id"]


def heading(phone: Phone, text: str) -> None:
    """Wait for a page with this in its first heading."""
    phone.page.locator("h1", has_text=text).first.wait_for()


def correct(phone: Phone, customer_id: str, field: str, value: str) -> None:
    phone.page.goto(f"/customers/{customer_id}/edit")
    phone.page.locator(f"[name={field}]").fill(value)
    phone.save()


def at_the_desk(server: Server, customer_id: str, old: str, new: str) -> None:
    """The office corrects the mobile number."""
    edit = {"op": "update", "kind": "customer", "id": customer_id, "set": {"mobile": [old, new]}}
    row = next(row for row in server.book("ana")["customer"] if row["id"] == customer_id)
    assert server.write(server.people["ana"], [{**edit, "base": row["ver"]}])[0]["verdict"] == "ok"


def disputed(server: Server, phone: Phone, lin: str) -> str:
    """The phone and the office change the number; the id of the conflict, which the phone knows."""
    phone.sign_in("ana")
    server.kill()
    correct(phone, lin, "mobile", OWN)
    server.start()
    at_the_desk(server, lin, "13800007733", OFFICE)
    phone.page.goto("/conflicts")
    phone.page.locator(".sync[data-state=conflict]").wait_for()
    (conflict,) = [row for row in server.book("ana")["conflict"] if not row["resolution"]]
    return conflict["id"]


def test_sync_now_says_how_it_went(server, phone, lin):
    phone.sign_in("ana")
    server.kill()
    correct(phone, lin, "city", "宁波")
    phone.page.goto("/outbox")
    heading(phone, "1 条还在手机里")
    assert "林雪梅的城市" in phone.page.locator("main").inner_text()
    phone.save()
    assert "连接不上" in phone.page.locator(".toast[role=status]").first.inner_text()
    heading(phone, "1 条还在手机里")

    server.start()
    phone.page.goto("/outbox")
    phone.save()
    phone.page.goto("/outbox")
    heading(phone, "都发出去了")
    assert "林雪梅的城市" in phone.page.locator("main").inner_text()


def test_a_decision_is_a_sentence_and_is_made_without_the_server(server, phone, lin):
    conflict = disputed(server, phone, lin)
    server.kill()
    phone.page.goto(f"/conflicts/{conflict}")
    text = phone.page.locator("main").inner_text()
    assert "林雪梅的手机号" in text
    assert "原来是 138 0000 7733。" in text
    keep = phone.page.locator(".keep")
    assert keep.inner_text() == "留下选中的"
    phone.page.locator("[name=resolution][value=mine]").check(force=True)
    assert keep.inner_text() == "留下 …8812"
    phone.save()
    phone.page.goto(f"/conflicts/{conflict}")
    assert "有信号就发出" in phone.page.locator("main").inner_text()

    server.start()
    phone.page.reload()
    phone.synced()
    (row,) = [row for row in server.book("ana")["customer"] if row["id"] == lin]
    assert row["mobile"] == OWN


def test_another_value_is_judged_like_any(server, phone, lin):
    conflict = disputed(server, phone, lin)
    phone.page.goto(f"/conflicts/{conflict}")
    phone.page.locator("[name=resolution][value=other]").check(force=True)
    phone.page.locator("#value").fill("138")
    phone.save()
    assert "11 位" in phone.page.locator("#value-error").inner_text()
    phone.page.locator("#value").fill("137 0000 0001")
    phone.save()
    phone.page.goto("/conflicts")
    phone.synced()
    wait_for(
        lambda: [row["mobile"] for row in server.book("ana")["customer"] if row["id"] == lin] == ["13700000001"],
        "the third value is there",
    )


def test_a_decision_that_had_not_seen_the_newest_value_is_asked_again(server, phone, lin):
    conflict = disputed(server, phone, lin)
    server.kill()
    phone.page.goto(f"/conflicts/{conflict}")
    phone.page.locator("[name=resolution][value=mine]").check(force=True)
    phone.save()
    server.start()
    at_the_desk(server, lin, OFFICE, "13600000002")
    phone.page.goto("/today")
    phone.page.locator(".sync[data-state=conflict]").wait_for()
    phone.page.goto(f"/conflicts/{conflict}")
    text = phone.page.locator("main").inner_text()
    assert "没有生效" in text
    assert "136 0000 0002" in text


def test_the_pin_locks_and_opens_without_the_server(server, phone, lin):
    phone.sign_in("ana")
    server.kill()
    phone.page.goto("/me/pin")
    phone.page.locator("[name=pin]").fill(PIN)
    phone.page.locator("[name=again]").fill(PIN)
    phone.save()
    phone.page.wait_for_url("**/me")
    with phone.page.expect_navigation():
        phone.page.get_by_role("button", name=re.compile("现在上锁")).click()
    heading(phone, "已上锁")

    # Nothing of the book is shown until the PIN is right, whatever address is asked for.
    phone.page.goto(f"/customers/{lin}")
    heading(phone, "已上锁")
    phone.kill()
    phone.open()
    phone.page.goto("/today")
    heading(phone, "已上锁")
    phone.page.locator("[name=pin]").fill("111111")
    phone.save()
    assert "还可以试 4 次" in phone.page.locator("#s-pin-error").inner_text()
    phone.page.locator("[name=pin]").fill(PIN)
    phone.save()
    phone.page.wait_for_url("**/today")


def test_after_five_wrong_tries_only_the_password_opens(server, phone, lin):
    phone.sign_in("ana")
    phone.page.goto("/me/pin")
    phone.page.locator("[name=pin]").fill(PIN)
    phone.page.locator("[name=again]").fill(PIN)
    phone.save()
    phone.page.goto("/me")
    with phone.page.expect_navigation():
        phone.page.get_by_role("button", name=re.compile("现在上锁")).click()
    for _ in range(5):
        phone.page.locator("[name=pin]").fill("000000")
        phone.save()
    phone.page.wait_for_url("**/me/pin/forgotten")
    server.kill()
    phone.page.locator("[name=password]").fill(PASSWORD)
    phone.save()
    assert "没有网络" in phone.page.locator("#s-password-error").inner_text()
    server.start()
    phone.page.locator("[name=password]").fill("not it")
    phone.save()
    assert "密码不对" in phone.page.locator("#s-password-error").inner_text()
    phone.page.locator("[name=password]").fill(PASSWORD)
    phone.save()
    phone.page.wait_for_url("**/me/pin")
    heading(phone, "设应用密码")


def test_looks_are_taken_at_once_and_the_server_knows_them(server, phone, lin):
    phone.sign_in("ana")
    phone.page.goto("/me")
    for name, value in (("type", "large"), ("theme", "dark"), ("language", "en")):
        with phone.page.expect_navigation():
            phone.page.locator(f"[name={name}][value={value}]").check(force=True)
    heading(phone, "Me")
    html = phone.page.locator("html")
    assert html.get_attribute("lang") == "en"
    assert set((html.get_attribute("class") or "").split()) == {"dark", "type-large"}
    phone.page.goto("/account/password")
    assert phone.page.locator("html").get_attribute("lang") == "en"
    assert "dark" in (phone.page.locator("html").get_attribute("class") or "")


def test_signing_out_asks_about_what_was_not_sent(server, phone, lin):
    phone.sign_in("ana")
    server.kill()
    correct(phone, lin, "city", "宁波")
    phone.page.goto("/me/sign-out")
    assert "1 条待发" in phone.page.locator(".banner").inner_text()
    phone.save()
    heading(phone, "在这部手机上退出登录吗")

    server.start()
    phone.page.goto("/me/sign-out")
    phone.save()
    heading(phone, "已退出登录")
    (row,) = [row for row in server.book("ana")["customer"] if row["id"] == lin]
    assert row["city"] == "宁波"
