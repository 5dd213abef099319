"""A customer goes to another agent while the old one is on the road with unsent work: nothing stays, nothing is lost."""

from __future__ import annotations

import pytest

from tests.e2e.between import Between
from tests.e2e.conftest import Phone, Server, wait_for
from tests.e2e.test_thread import CORRECTED, MOBILE, correct_phone, customer, is_called
from tests.people import PASSWORD

NAME, NOTE, OTHER = "林雪梅", "在楼道里谈了教育金", "单雄信"
LATE = "晚到，来自沈清越"

# All that a book's database holds, as text.
READ = """(name) => new Promise((done, failed) => {
  const opening = indexedDB.open(name);
  opening.onerror = () => failed(opening.error);
  opening.onsuccess = async () => {
    const db = opening.result, all = {};
    for (const store of db.objectStoreNames)
      all[store] = await new Promise((got) => {
        const asked = db.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => got(asked.result);
      });
    db.close();
    const words = new TextDecoder();
    done(JSON.stringify(all, (_key, value) =>
      value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? words.decode(value) : value));
  };
})"""


@pytest.fixture
def lin(server: Server) -> str:
    """The id of a customer of Ana's, one of two; who has a policy too."""
    edits = [customer(NAME, mobile=MOBILE, city="杭州"), customer(OTHER)]
    assert [verdict["verdict"] for verdict in server.write(server.people["ana"], edits)] == ["ok"] * 2
    server.start()
    return edits[0]["id"]


def held(phone: Phone, agent_id: str) -> str:
    return phone.page.evaluate(READ, f"doorstep-{agent_id}")


def hand_over(desk: Phone) -> None:
    """What the leader does: whose, who, to whom, a second look, done."""
    page = desk.page
    page.goto("/sign-in?next=/team/customers")
    page.locator("#username").fill("lin")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    page.get_by_role("link", name="沈清越").click()
    page.locator("#q").fill("lxm")
    page.locator("#results", has_text="找到").get_by_role("checkbox", name=NAME).check()
    assert page.locator("#picked").inner_text() == "已选 1 位"
    page.locator("#to").select_option(label="顾以宁，0 位客户")
    desk.save()
    assert NAME in page.locator(".names").inner_text()
    desk.save()
    page.locator("h1", has_text="1 位客户已移交给顾以宁").wait_for()


def test_the_old_phone_lets_go_and_its_late_work_reaches_the_new_owner(server, phones, lin):
    ana = server.people["ana"]
    road = Between(server.port)
    old, new, desk = phones(url=road.url), phones(), phones()
    old.sign_in("ana")
    new.sign_in("ben")

    road.down = True
    correct_phone(old, lin)
    old.page.goto(f"/customers/{lin}/visits/new")
    old.page.locator("[name=note]").fill(NOTE)
    old.save()
    old.page.locator(".sync[data-state=waiting]").first.wait_for()

    hand_over(desk)
    new.page.goto("/customers")
    new.page.get_by_role("link", name=NAME).first.wait_for()
    new.page.goto(f"/customers/{lin}")
    assert is_called(new, MOBILE)
    assert NAME in held(old, ana)

    road.down = False
    old.page.goto("/customers")
    old.page.get_by_role("link", name=OTHER).first.wait_for()
    wait_for(lambda: len(server.book("ben").get("visit", [])) == 1, "the late visit is there", seconds=30)
    wait_for(lambda: NAME not in held(old, ana), "the old phone has let go", seconds=30)
    kept = held(old, ana)
    for gone in (NAME, MOBILE, CORRECTED, NOTE, lin):
        assert gone not in kept, f"{gone} is still on the phone"
    assert OTHER in kept
    old.page.goto("/customers?q=lxm")
    assert NAME not in old.page.locator("main").inner_text()
    old.page.goto(f"/customers/{lin}")
    assert NAME not in old.page.content()

    book = server.book("ben")
    (visit,) = book["visit"]
    assert (visit["note"], visit["late_from"], visit["customer_id"]) == (NOTE, ana, lin)
    (conflict,) = [row for row in book["conflict"] if row["field"] == "mobile"]
    assert (conflict["author"], conflict["mine"], conflict["theirs"]) == (ana, CORRECTED, MOBILE)
    assert [row["mobile"] for row in book["customer"]] == [MOBILE]

    new.page.goto(f"/customers/{lin}")
    new.page.get_by_text(NOTE).first.wait_for()
    assert LATE in new.page.locator("main").inner_text()
    new.page.goto(f"/conflicts/{conflict['id']}")
    said = new.page.locator("main").inner_text()
    assert "沈清越" in said
    assert "林雪梅的手机号" in said
    assert CORRECTED[-4:] in said
    road.close()
