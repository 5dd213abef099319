"""A working day: the book on the phone, the server gone, every kind of entry, the browser killed, everything there once."""

from __future__ import annotations

import time

import pytest

from tests.e2e.conftest import Phone, Server, wait_for
from tests.e2e.test_thread import lin  # noqa: F401 (a fixture)

UNDO_SECONDS = 10


@pytest.fixture
def at_the_door(server: Server, phone: Phone, lin: str) -> Phone:  # noqa: F811
    """Ana's phone has her book, and there is no server any more."""
    phone.sign_in("ana")
    server.kill()
    return phone


def follow(phone: Phone, href: str) -> None:
    """Tap the link to `href` on this page and wait for its page."""
    phone.page.locator(f"a[href='{href}']:visible").first.click()
    phone.page.wait_for_url(f"**{href}")


def test_a_working_day_without_the_server(server, at_the_door, lin):  # noqa: F811
    phone, page, home = at_the_door, at_the_door.page, f"/customers/{lin}"

    page.goto("/customers")
    page.locator("#q").press_sequentially("lxm")
    wait_for(lambda: page.locator("#results a[href^='/customers/0']").count() == 1, "one customer is left")
    page.locator(f"#results a[href='{home}']").first.click()
    page.wait_for_url(f"**{home}")

    page.goto(f"{home}/menu")
    follow(phone, f"{home}/relatives/new")
    page.locator("[name=name]").fill("李思源")
    page.locator("select[name=relation]").select_option("child")
    page.locator("[name=birth_date]").fill("2017-03-04")
    phone.save()

    page.goto(f"{home}/menu")
    follow(phone, f"{home}/policies/new")
    page.locator("select[name=kind]").select_option("medical")
    page.locator("[name=product_name]").fill("演示医疗险")
    page.locator("[name=number]").fill("P2026 0001")
    page.locator("[name=premium_fen]").fill("1,280.50")
    page.locator("[name=next_due_date]").fill("2027-01-15")
    phone.save()

    page.goto(f"{home}/visits/new")
    page.locator("[name=note]").fill("雪梅想先看孩子的医疗。\n爷爷的意外一起办。")
    phone.save()

    page.goto(f"{home}/edit")
    page.locator("[name=mobile]").fill("139 1111 2222")
    phone.save()

    page.goto("/customers/new")
    page.locator("[name=name]").fill("罗晓梦")
    phone.save()

    phone.kill()
    phone.open()
    page = phone.page
    page.goto(home)
    card = page.locator("main").inner_text()
    assert "李思源" in card
    assert "演示医疗险" in card
    assert "雪梅想先看孩子的医疗" in card
    page.goto("/outbox")
    assert "5" in page.locator(".sync").first.inner_text()

    server.start()
    page.reload()
    phone.synced()
    book = server.book("ana")
    assert sorted(row["name"] for row in book["customer"]) == ["单雄信", "林雪梅", "王芳", "罗晓梦"]
    (family,) = [(row["name"], row["relation"], row["birth_date"], row["customer_id"]) for row in book["relative"]]
    assert family == ("李思源", "child", "2017-03-04", lin)
    (policy,) = [(row["kind"], row["number"], row["premium_fen"], row["next_due_date"]) for row in book["policy"]]
    assert policy == ("medical", "P20260001", 128_050, "2027-01-15")
    (visit,) = [(row["note"], row["customer_id"]) for row in book["visit"]]
    assert visit == ("雪梅想先看孩子的医疗。\n爷爷的意外一起办。", lin)
    assert next(row["mobile"] for row in book["customer"] if row["id"] == lin) == "13911112222"


def test_a_delete_can_be_taken_back_for_ten_seconds(server, at_the_door, lin):  # noqa: F811
    phone, page, home = at_the_door, at_the_door.page, f"/customers/{lin}"
    server.start()
    page.goto(f"{home}/delete")
    phone.save()
    assert page.locator(f"a[href='{home}']").count() == 0
    with page.expect_navigation():
        page.locator("form[action*='/undo'] button").click()
    page.goto(home)
    assert "林雪梅" in page.locator("main").inner_text()
    assert "林雪梅" in {row["name"] for row in server.book("ana")["customer"]}

    page.goto(f"{home}/delete")
    began = time.monotonic()
    phone.save()
    wait_for(lambda: lin not in {row["id"] for row in server.book("ana")["customer"]}, "the delete is sent", seconds=30)
    assert time.monotonic() - began >= UNDO_SECONDS - 1


def test_what_the_server_refuses_is_shown_corrected_and_sent_again(server, phones, lin):  # noqa: F811
    phone = phones()
    phone.sign_in("ana")
    server.kill()
    # The phone knows the rules; to be refused, it takes a rule that changed: an edit made before the rule.
    phone.page.goto(f"/customers/{lin}/edit")
    phone.page.locator("[name=city]").fill("宁波")
    phone.save()
    phone.page.evaluate(
        """async (agent) => {
          const db = await new Promise((done) => {
            const asked = indexedDB.open(`doorstep-${agent}`);
            asked.onsuccess = () => done(asked.result);
          });
          const outbox = db.transaction("outbox", "readwrite").objectStore("outbox");
          await new Promise((done) => {
            outbox.openCursor().onsuccess = ({ target }) => {
              const edit = target.result.value;
              edit.set.mobile = ["13800000005", "139"];
              target.result.update(edit).onsuccess = done;
            };
          });
          db.close();
        }""",
        server.people["ana"],
    )
    server.start()
    phone.page.goto("/outbox")
    phone.page.locator(".sync[data-state=refused]").wait_for()
    phone.page.goto("/outbox")
    phone.page.locator("main a[href^='/outbox/']").first.click()
    phone.page.wait_for_url("**/outbox/*")
    phone.page.locator("[name=mobile]").fill("13955556666")
    phone.save()
    phone.page.goto("/today")
    phone.synced()
    (found,) = [row for row in server.book("ana")["customer"] if row["id"] == lin]
    assert (found["city"], found["mobile"]) == ("宁波", "13955556666")
