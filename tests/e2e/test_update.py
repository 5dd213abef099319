"""A new version of the app: taken between two pages, never under a half-typed form."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error

from tests.e2e.between import Between
from tests.e2e.conftest import wait_for
from tests.e2e.test_thread import lin  # noqa: F401 (a fixture)

NEW = "0123456789ab"


@pytest.fixture
def between(server):
    made = Between(server.port)
    yield made
    made.close()


@pytest.fixture
def phone(phones, between, lin):  # noqa: F811
    made = phones(url=between.url)
    made.sign_in("ana")
    return made


def build_of(page) -> str:
    """The build that drew the page; nothing while the page is changing."""
    try:
        return page.evaluate("document.documentElement.dataset.build")
    except Error:
        return ""


def release(phone, between) -> str:
    """The server has another build from now on, and the phone has looked. Returns the old build's id."""
    old = build_of(phone.page)
    between.rewrite = lambda path, body: body.replace(old.encode(), NEW.encode()) if path == "/sw.js" else body
    phone.page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update())")
    return old


def test_between_two_pages_the_new_version_is_taken_at_once(phone, between):
    old = release(phone, between)

    def is_new() -> bool:
        phone.page.reload()
        if build_of(phone.page) == NEW:
            return True
        phone.page.wait_for_timeout(2_000)  # the page is asked whether anybody is typing; nobody leafs faster than that
        return False

    wait_for(is_new, "the new version answers", seconds=30)
    kept = phone.page.evaluate("caches.keys()")
    assert set(kept) == {"doorstep-data", f"doorstep-{NEW}"}, (old, kept)


def test_a_half_typed_form_keeps_its_version_and_its_text(phone, between, lin):  # noqa: F811
    page = phone.page
    page.goto(f"/customers/{lin}/edit")
    page.locator("[name=city]").fill("温州")
    old = release(phone, between)
    page.locator("update-notice").wait_for(state="visible")
    page.wait_for_timeout(2_500)
    assert build_of(page) == old
    assert page.locator("[name=city]").input_value() == "温州"

    page.locator("[data-update]").click()
    wait_for(lambda: build_of(page) == NEW, "the new version draws the form")
    page.locator("[data-restored]").wait_for()
    assert page.locator("[name=city]").input_value() == "温州"
    phone.save()
    page.goto(f"/customers/{lin}/edit")
    assert page.locator("[name=city]").input_value() == "温州"


def test_a_page_of_the_old_version_is_loaded_anew_instead_of_patched(phone, between, lin):  # noqa: F811
    page = phone.page
    page.goto("/customers")
    page.evaluate("document.documentElement.dataset.build = 'older'")
    page.locator("#q").fill("l")
    wait_for(lambda: build_of(page) not in ("", "older"), "the page was loaded anew")
