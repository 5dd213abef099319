"""The database is lost and an older backup put in its place: the phones bring back what came after it, once."""

from __future__ import annotations

from tests.e2e.conftest import Phone, wait_for
from tests.e2e.test_thread import CORRECTED, lin  # noqa: F401 (a fixture)
from tests.people import PASSWORD

ALTER_ROW = """async ([agent, id]) => {
  const opening = indexedDB.open(`doorstep-${agent}`);
  const db = await new Promise((done) => (opening.onsuccess = () => done(opening.result)));
  const tx = db.transaction(["rows", "meta"], "readwrite");
  const rows = tx.objectStore("rows");
  const kept = rows.get(["customer", id]);
  kept.onsuccess = () => rows.put({ ...kept.result, row: { ...kept.result.row, name: "窜改", ver: 77 } });
  for (const key of ["checked_at", "check_tried_at"]) tx.objectStore("meta").delete(key);
  await new Promise((done) => (tx.oncomplete = done));
  db.close();
}"""


LOOKED_THROUGH = """async (agent) => {
  const opening = indexedDB.open(`doorstep-${agent}`);
  const db = await new Promise((done) => (opening.onsuccess = () => done(opening.result)));
  const asked = db.transaction(["meta"]).objectStore("meta").get("checked_at");
  await new Promise((done) => (asked.onsuccess = done));
  db.close();
  return Boolean(asked.result);
}"""


def edit(phone: Phone, customer_id: str, **fields: str) -> None:
    phone.page.goto(f"/customers/{customer_id}/edit")
    for name, value in fields.items():
        phone.page.locator(f"[name={name}]").fill(value)
    phone.save()
    phone.page.wait_for_url(f"**/customers/{customer_id}")


def visit(phone: Phone, customer_id: str, note: str) -> None:
    phone.page.goto(f"/customers/{customer_id}/visits/new")
    phone.page.locator("[name=note]").fill(note)
    phone.save()


def test_two_phones_bring_back_what_the_backup_lacks(server, phones, lin, tmp_path):  # noqa: F811
    """One phone was there before the backup, the other came after it: the server knows neither its token nor its edits."""
    first = phones()
    first.sign_in("ana")
    edit(first, lin, mobile=CORRECTED)
    first.synced()
    server.book("ana")  # the reader registers before the backup, too

    file = tmp_path / "one.backup"
    told = server.doorstep("backup", str(file))  # while the server works
    assert told["epoch"] == 1

    visit(first, lin, "备份之后的拜访")
    first.synced()
    second = phones()
    second.sign_in("ana")
    edit(second, lin, city="宁波")
    second.page.goto("/customers/new")
    second.page.locator("[name=name]").fill("罗晓梦")
    second.save()
    second.synced()
    visit(first, lin, "还有一次")
    first.synced()
    before = server.book("ana")
    server.kill()
    visit(first, lin, "没有信号时写的")

    server.doorstep("restore", str(file), "--force")
    server.start()
    lost = server.book("ana")
    assert (len(lost.get("visit", [])), len(lost["customer"])) == (0, len(before["customer"]) - 1)

    first.page.goto("/today")
    wait_for(lambda: len(server.book("ana").get("visit", [])) == 3, "the first phone sends again", seconds=30)
    second.page.goto("/today")
    second.page.locator(".sync[data-state=refused]").wait_for()
    assert "宁波" in card_of(second, lin), "nothing is gone from the phone before it is signed in"
    second.page.goto("/sign-in")
    second.page.locator("#username").fill("ana")
    second.page.locator("#password").fill(PASSWORD)
    second.page.locator("#password").press("Enter")
    second.page.wait_for_url("**/today")
    second.synced()

    book = server.book("ana")
    assert sorted(row["note"] for row in book["visit"]) == sorted(["备份之后的拜访", "还有一次", "没有信号时写的"])
    assert sorted(row["name"] for row in book["customer"]) == sorted(row["name"] for row in before["customer"])
    (found,) = [row for row in book["customer"] if row["id"] == lin]
    assert (found["mobile"], found["city"]) == (CORRECTED, "宁波")
    assert "conflict" not in book

    first.page.goto("/me")
    first.synced()
    said = first.page.locator("main").inner_text()
    assert "服务器已从备份恢复" in said
    assert "2 条内容重新发送" in said
    wait_for(lambda: "宁波" in card_of(first, lin), "the first phone has it all", seconds=40)

    # And what is wrong on a phone is put right by itself.
    agent = server.people["ana"]
    first.page.goto("/customers")
    wait_for(lambda: first.page.evaluate(LOOKED_THROUGH, agent), "the new book is looked through", seconds=60)
    first.page.evaluate(ALTER_ROW, [agent, lin])
    assert "窜改" in card_of(first, lin)
    wait_for(lambda: mended_by(server) == [1], "it is found, put right and reported", seconds=40)
    assert "林雪梅" in card_of(first, lin)
    first.page.goto("/me/devices")
    assert "已自动修正 1 条记录" in first.page.locator("main").inner_text()


def card_of(phone: Phone, customer_id: str) -> str:
    phone.page.goto(f"/customers/{customer_id}")
    return phone.page.locator("main").inner_text()


def mended_by(server) -> list[int]:
    return [row["mended"] for row in server.book("ana")["device"] if row.get("mended")]
