"""The thin thread: sign in, carry the book, lose the server, work, get it back, and find everything there, once."""

from __future__ import annotations

import pytest

from sync.columns import new_id
from tests.e2e.conftest import Phone, Server, wait_for

MOBILE, CORRECTED = "13800000005", "13911112222"


def customer(name: str, **fields: object) -> dict:
    """An edit that makes a customer."""
    wanted = {"name": name, **fields}
    return {
        "op": "create",
        "kind": "customer",
        "id": new_id(),
        "set": {field: [None, value] for field, value in wanted.items()},
    }


@pytest.fixture
def lin(server: Server) -> str:
    """The id of a customer of Ana's, one of three."""
    ana = server.people["ana"]
    edits = [customer("林雪梅", mobile=MOBILE, city="杭州"), customer("单雄信"), customer("王芳")]
    assert [verdict["verdict"] for verdict in server.write(ana, edits)] == ["ok"] * 3
    server.start()
    return edits[0]["id"]


def correct_phone(phone: Phone, customer_id: str) -> None:
    """Open the card from the list, correct the mobile number, and be back on the card."""
    phone.page.goto("/customers")
    phone.page.get_by_role("link", name="林雪梅").first.click()
    phone.page.wait_for_url(f"**/customers/{customer_id}")
    phone.page.goto(f"/customers/{customer_id}/edit")
    phone.page.locator("[name=mobile]").fill(CORRECTED)
    phone.save()
    phone.page.wait_for_url(f"**/customers/{customer_id}")


def is_called(phone: Phone, number: str) -> bool:
    """Whether the card on the screen calls this number."""
    return phone.page.locator(f"a[href='tel:{number}']").count() > 0


def test_work_goes_on_without_the_server_and_is_all_there_once(server, phone, lin):
    phone.sign_in("ana")
    server.kill()

    correct_phone(phone, lin)
    assert is_called(phone, CORRECTED)
    phone.page.reload()
    assert is_called(phone, CORRECTED)

    phone.kill()
    phone.open()
    phone.page.goto(f"/customers/{lin}")
    assert is_called(phone, CORRECTED)
    assert phone.page.locator(".sync[data-state=waiting]").is_visible()

    server.start()
    phone.page.reload()
    phone.synced()
    found = [row for row in server.book("ana")["customer"] if row["name"] == "林雪梅"]
    assert [(row["mobile"], row["city"], row["ver"]) for row in found] == [(CORRECTED, "杭州", 2)]


def test_killed_between_commit_and_reply_counts_once(server, phone, lin):
    phone.sign_in("ana")
    server.kill()
    correct_phone(phone, lin)

    # What answers the phone dies right after the commit; the reply is lost.
    server.start(DOORSTEP_FAILPOINTS="after-commit-before-reply=kill")
    phone.page.reload()
    wait_for(lambda: server.fired("after-commit-before-reply"), "the failpoint fires")

    phone.page.reload()
    phone.synced()
    (found,) = [row for row in server.book("ana")["customer"] if row["id"] == lin]
    assert (found["mobile"], found["ver"]) == (CORRECTED, 2)


def test_a_killed_browser_keeps_the_half_typed_form(server, phone, lin):
    phone.sign_in("ana")
    server.kill()
    phone.page.goto(f"/customers/{lin}/edit")
    phone.page.locator("[name=mobile]").fill("13922")
    phone.page.wait_for_timeout(600)

    phone.kill()
    phone.open()
    phone.page.goto(f"/customers/{lin}/edit")
    phone.page.locator("[data-restored]").wait_for()
    assert phone.page.locator("[name=mobile]").input_value() == "13922"


def test_wrong_input_comes_back_with_the_message_and_the_text(server, phone, lin):
    phone.sign_in("ana")
    server.kill()
    phone.page.goto(f"/customers/{lin}/edit")
    phone.page.locator("[name=mobile]").fill("139")
    phone.save()
    assert phone.page.locator("[name=mobile]").input_value() == "139"
    assert phone.page.locator("[name=mobile]").get_attribute("aria-invalid") == "true"

    phone.page.locator("[name=mobile]").fill(CORRECTED)
    phone.save()
    assert is_called(phone, CORRECTED)
    server.start()
    phone.page.reload()
    phone.synced()
    (found,) = [row for row in server.book("ana")["customer"] if row["id"] == lin]
    assert found["mobile"] == CORRECTED


def test_two_phones_change_two_fields_and_both_stay(server, phones, lin):
    first, second = phones(), phones()
    first.sign_in("ana")
    second.sign_in("ana")
    server.kill()
    correct_phone(first, lin)
    second.page.goto(f"/customers/{lin}/edit")
    second.page.locator("[name=city]").fill("宁波")
    second.save()

    server.start()
    for phone in (first, second):
        phone.page.reload()
        phone.synced()
    (found,) = [row for row in server.book("ana")["customer"] if row["id"] == lin]
    assert (found["mobile"], found["city"]) == (CORRECTED, "宁波")


def test_two_phones_change_one_field_and_a_person_decides_on_the_other(server, phones, lin):
    first, second = phones(), phones()
    first.sign_in("ana")
    second.sign_in("ana")
    server.kill()
    correct_phone(first, lin)
    second.page.goto(f"/customers/{lin}/edit")
    second.page.locator("[name=mobile]").fill("13733334444")
    second.save()

    server.start()
    first.page.reload()
    first.synced()
    second.page.reload()
    second.page.locator(".sync[data-state=conflict]").wait_for()

    # The first phone learns of it and settles it: the second phone's number stays.
    first.page.goto("/conflicts")
    first.page.reload()
    first.page.locator(".sync[data-state=conflict]").wait_for()
    (conflict,) = [row for row in server.book("ana")["conflict"] if not row["resolution"]]
    first.page.goto(f"/conflicts/{conflict['id']}")
    first.page.get_by_role("radio", name="137").first.check(force=True)
    first.save()
    first.page.goto("/customers")
    first.synced()
    book = server.book("ana")
    (found,) = [row for row in book["customer"] if row["id"] == lin]
    assert found["mobile"] == "13733334444"
    assert [row["resolution"] for row in book["conflict"]] == ["mine"]


RENAME = """
from portal.accounts.models import Unit
from sync.database import write
with write() as session:
    for unit in session.query(Unit):
        unit.name += "（新）"
"""
# As if half a day had passed since the card was asked for.
LATER = """() => new Promise((resolve) => {
    const opening = indexedDB.open("doorstep");
    opening.onsuccess = () => {
        const change = opening.result.transaction("settings", "readwrite");
        change.objectStore("settings").delete("card_asked_at");
        change.oncomplete = () => { opening.result.close(); resolve(); };
    };
})"""


def test_a_new_name_of_the_unit_reaches_the_phone(server, phone, lin):
    phone.sign_in("ana")
    server.python(RENAME)
    phone.page.evaluate(LATER)

    def told() -> bool:
        phone.page.goto("/me")
        return phone.page.get_by_text("（新）").count() > 0

    wait_for(told, "the phone shows the unit's new name", seconds=20)
