"""The browser dies between the tap and the answer, at named failpoints that are seen to fire: every entry is made once."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Phone, Server, wait_for
from tests.e2e.test_thread import lin  # noqa: F401 (a fixture)

NOTE = "雪梅想先看孩子的医疗"
SETTINGS = """async ([name, value]) => {
  const db = await new Promise((done) => {
    const asked = indexedDB.open("doorstep");
    asked.onsuccess = () => done(asked.result);
  });
  const store = db.transaction("settings", value ? "readwrite" : "readonly").objectStore("settings");
  const asked = value ? store.put(value, name) : store.get(name);
  const found = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  db.close();
  return found ?? null;
}"""


def die_at(phone: Phone, failpoint: str, customer_id: str) -> None:
    """Write a note of a visit, tap save, and kill the browser where the worker has stopped."""
    # A page that waits for its answer answers no questions either: another one looks at the settings.
    beside = phone.context.new_page()
    beside.goto("/me/help")
    beside.evaluate(SETTINGS, ["failpoint", failpoint])
    phone.page.goto(f"/customers/{customer_id}/visits/new")
    phone.page.locator("[name=note]").fill(NOTE)
    phone.page.wait_for_timeout(600)
    phone.page.locator("button[type=submit]:visible").last.click(no_wait_after=True)
    wait_for(lambda: beside.evaluate(SETTINGS, ["failpoint_fired", None]) == failpoint, f"{failpoint} fires")
    phone.kill()
    phone.open()


def visits(server: Server) -> list[str]:
    return [row["note"] for row in server.book("ana").get("visit", [])]


@pytest.fixture
def at_the_door(server: Server, phone: Phone, lin: str) -> Phone:  # noqa: F811
    phone.sign_in("ana")
    server.kill()
    return phone


def test_killed_after_the_commit_it_is_kept_and_not_asked_for_again(server, at_the_door, lin):  # noqa: F811
    phone = at_the_door
    die_at(phone, "after-commit-before-answer", lin)
    phone.page.goto(f"/customers/{lin}")
    assert phone.page.locator("main").inner_text().count(NOTE) == 1
    phone.page.goto(f"/customers/{lin}/visits/new")
    phone.page.wait_for_timeout(500)
    assert phone.page.locator("[name=note]").input_value() == ""

    server.start()
    phone.page.goto("/today")
    phone.synced()
    assert visits(server) == [NOTE]


def test_killed_before_the_commit_the_form_still_has_it(server, at_the_door, lin):  # noqa: F811
    phone = at_the_door
    die_at(phone, "before-commit", lin)
    phone.page.goto(f"/customers/{lin}")
    assert NOTE not in phone.page.locator("main").inner_text()
    phone.page.goto(f"/customers/{lin}/visits/new")
    phone.page.locator("[data-restored]").wait_for()
    assert phone.page.locator("[name=note]").input_value() == NOTE
    phone.save()

    server.start()
    phone.page.goto("/today")
    phone.synced()
    assert visits(server) == [NOTE]
