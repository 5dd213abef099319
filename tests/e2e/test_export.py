"""An address book comes in on the phone, the book goes out in one tap, and the import is taken back."""

from __future__ import annotations

import io
from pathlib import Path

from openpyxl import load_workbook

from tests.e2e.conftest import Phone, Server
from tests.e2e.test_import import bring_in, finish, press_import, stored
from tests.fixtures.real_files import android, iphone


def names(path: Path) -> set[str]:
    book = load_workbook(io.BytesIO(path.read_bytes()))
    return {str(row[1].value) for row in book.worksheets[0].iter_rows(min_row=2)}


def test_a_phone_s_contacts_in_the_book_out_and_back(server: Server, phone: Phone, tmp_path: Path):
    page = phone.page
    files = [tmp_path / "iphone.vcf", tmp_path / "android.vcf"]
    files[0].write_bytes(iphone())
    files[1].write_bytes(android())
    server.start()
    phone.sign_in("ana")
    bring_in(phone, files)
    press_import(phone)
    finish(phone)
    assert stored(server) == (7, 3, 0)
    report = page.url

    # One tap from the list's menu and one from /me, past the worker of the phone.
    for where in ("/customers/more", "/me"):
        page.goto(where)
        with page.expect_download() as taken:
            page.locator("form[action='/exports'] button").click()
        file = tmp_path / f"{where.strip('/').replace('/', '-')}.xlsx"
        taken.value.save_as(file)
        assert {"林雪梅", "欧阳明", "王建国"} <= names(file)

    page.goto("/exports/new")
    page.locator("input[value=vcf]").check()
    with page.expect_download() as taken:
        page.locator("button[form=export]").click()
    taken.value.save_as(tmp_path / "out.vcf")
    assert "FN:林雪梅" in (tmp_path / "out.vcf").read_text()

    page.goto(f"{report}/undo")
    page.locator(".foot button.danger").click()
    finish(phone)
    assert stored(server) == (0, 0, 0)

    # Without a network the pages say so.
    server.kill()
    page.goto("/me")
    page.locator("form[action='/exports'] button").click()
    page.get_by_role("heading").first.wait_for()
    assert "/exports" in page.url
