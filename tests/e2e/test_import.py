"""A real book on the first day: imported on the server's pages, carried to the phone, worked on alone, and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Phone, Server, wait_for
from tests.e2e.test_account_pages import AXE, HAN, LOOKS
from tests.fixtures.make_books import Person, csv_bytes, excel, flat_rows, people, three_sheets

NEW_MOBILE = "13911112222"


def bring_in(phone: Phone, file: Path | list[Path]) -> None:
    """Choose a file and look at what it would do."""
    phone.page.goto("/imports/new")
    phone.page.locator("#file").set_input_files(file)
    phone.page.locator("button[form=upload]").click()
    phone.page.wait_for_url(re.compile(r"/imports/[0-9a-f-]{36}$"))


def press_import(phone: Phone) -> None:
    phone.page.locator(".foot button.primary").click()


def finish(phone: Phone, seconds: int = 120) -> None:
    phone.page.locator(".foot a[href='/customers']").wait_for(timeout=seconds * 1_000)


def sizes(book: list[Person]) -> tuple[int, int, int]:
    return len(book), sum(len(one.family) for one in book), sum(len(one.policies) for one in book)


def stored(server: Server) -> tuple[int, int, int]:
    found = server.book("ana")
    return len(found.get("customer", [])), len(found.get("relative", [])), len(found.get("policy", []))


def finds(phone: Phone, person: Person) -> bool:
    """Whether the phone's own search knows the customer by number."""
    phone.page.goto(f"/customers?q={person.mobile}")
    return phone.page.get_by_role("link", name=person.name).count() > 0


@pytest.mark.parametrize(
    "name, dress",
    [
        ("book.xlsx", lambda book: excel(three_sheets(book))),
        ("book.csv", lambda book: csv_bytes(flat_rows(book), "gb18030")),
    ],
    ids=["xlsx", "gb18030"],
)
def test_a_book_of_two_thousand_is_imported_carried_worked_on_alone_and_back(
    server: Server, phone: Phone, tmp_path: Path, name: str, dress: Callable[[list[Person]], bytes]
):
    book = people(2_000)
    file = tmp_path / name
    file.write_bytes(dress(book))
    server.start()
    phone.sign_in("ana")
    bring_in(phone, file)
    press_import(phone)
    finish(phone)
    assert stored(server) == sizes(book)

    # The phone fetches the whole book; then the server is gone.
    person, last = book[1_234], book[-1]
    wait_for(lambda: finds(phone, last) and finds(phone, person), "the book is on the phone", seconds=90)
    server.kill()
    assert finds(phone, person)
    phone.page.get_by_role("link", name=person.name).first.click()
    phone.page.wait_for_url(re.compile(r"/customers/[0-9a-f-]{36}$"))
    card = phone.page.url
    assert phone.page.locator(f"a[href='tel:{person.mobile}']").count() > 0
    phone.page.goto(f"{card}/edit")
    phone.page.locator("[name=mobile]").fill(NEW_MOBILE)
    phone.save()

    server.start()
    phone.page.reload()
    phone.synced()
    found = [row for row in server.book("ana")["customer"] if row["id_number"] == person.id_number]
    assert [(row["mobile"], row["ver"]) for row in found] == [(NEW_MOBILE, 2)]
    assert stored(server) == sizes(book)


def test_the_server_dies_in_the_middle_of_an_import(server: Server, phone: Phone, tmp_path: Path):
    book = people(200)
    file = tmp_path / "book.xlsx"
    file.write_bytes(excel(three_sheets(book)))
    server.start(DOORSTEP_FAILPOINTS="import-applied-before-noted=kill")
    phone.sign_in("ana")
    bring_in(phone, file)
    press_import(phone)
    wait_for(lambda: server.fired("import-applied-before-noted"), "the failpoint fires")
    server.kill()
    server.start()
    phone.page.reload()
    finish(phone)
    assert stored(server) == sizes(book)


def look(phone: Phone, faults: list[str], lang: str, data: list[str]) -> None:
    """Note what is wrong with this page: axe's findings, a sideways scroll, Han in English that is not the file's."""
    where = phone.page.url.split("/", 3)[3]
    phone.page.evaluate(AXE)
    found = phone.page.evaluate("axe.run()")["violations"]
    faults += [f"{where}: {each['id']} {[node['target'] for node in each['nodes']]}" for each in found]
    if phone.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append(f"{where}: wider than the phone")
    text = phone.page.locator("body").inner_text()
    for word in sorted(data, key=len, reverse=True):
        text = text.replace(word, "")
    if lang == "en" and HAN.search(text):
        faults.append(f"{where}: Han in English: {HAN.findall(text)}")


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_page_in_every_look(server: Server, phones, tmp_path: Path, lang: str):
    sheets = three_sheets(people(8))
    sheets["客户"][3][2] = "2024年13月40日"
    file, junk = tmp_path / "book.xlsx", tmp_path / "book.pdf"
    file.write_bytes(excel(sheets))
    junk.write_bytes(b"%PDF-1.7")
    words = {cell for rows in sheets.values() for row in rows for cell in row if isinstance(cell, str)}
    names = [*sheets, *words, *(part for word in words for part in word.split())]
    server.start()
    phone, faults = phones(lang), []
    phone.page.set_viewport_size({"width": 360, "height": 740})
    phone.sign_in("ana")
    for looks in LOOKS:
        cookies = [{"name": name, "value": looks.get(name, ""), "url": server.url} for name in ("theme", "type")]
        phone.context.add_cookies(cookies)
        phone.page.goto("/imports/new")
        look(phone, faults, lang, names)
        phone.page.locator("#file").set_input_files(junk)
        phone.page.locator("button[form=upload]").click()
        phone.page.locator("[role=alert]").wait_for()
        look(phone, faults, lang, names)
        bring_in(phone, file)
        phone.page.locator("summary").first.click()
        look(phone, faults, lang, names)
    press_import(phone)
    finish(phone)
    look(phone, faults, lang, names)
    assert faults == []
