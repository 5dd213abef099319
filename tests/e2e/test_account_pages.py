"""The server's own pages of an account, in a real browser: both languages, every look, nothing for axe to find."""

from __future__ import annotations

import re

import pytest

from tests.e2e.conftest import ROOT
from tests.people import PASSWORD

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
HAN = re.compile(r"[\u4e00-\u9fff]")
LOOKS = ({}, {"theme": "dark"}, {"type": "large"})


def look(page, faults: list[str], lang: str) -> None:
    """Note what is wrong with this page: axe's findings, a sideways scroll, Han in English."""
    where = page.url.split("/", 3)[3]
    page.evaluate(AXE)
    found = page.evaluate("axe.run()")["violations"]
    faults += [f"{where}: {each['id']} {[node['target'] for node in each['nodes']]}" for each in found]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append(f"{where}: wider than the phone")
    # Names of people and units are data; the way back to Chinese is written in Chinese.
    text = re.sub("沈清越|望江二部|中文", "", page.locator("body").inner_text())
    if lang == "en" and HAN.search(text):
        faults.append(f"{where}: Han in English: {HAN.findall(text)}")


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_page_in_every_look(server, phones, lang):
    server.start()
    phone = phones(lang)
    page, faults = phone.page, []
    page.set_viewport_size({"width": 360, "height": 740})
    for looks in LOOKS:
        phone.context.clear_cookies()
        phone.context.add_cookies([{"name": k, "value": v, "url": server.url} for k, v in looks.items()])
        for path in ("/sign-in", "/sign-in/help"):
            page.goto(path)
            assert page.locator("html").get_attribute("lang") == lang
            look(page, faults, lang)
        page.goto("/sign-in?next=/account")
        page.locator("#username").fill("ana")
        page.locator("#password").fill("not it at all")
        page.locator("button[form=sign-in]").click()
        page.locator("[role=alert]").wait_for()
        assert page.locator("#username").input_value() == "ana"
        look(page, faults, lang)
        page.locator("#password").fill(PASSWORD)
        page.locator("button[form=sign-in]").click()
        page.wait_for_url("**/account")
        look(page, faults, lang)
        page.goto("/account/password")
        look(page, faults, lang)
        page.locator("#current").fill("not it at all")
        page.locator("#new").fill("another door, also softly")
        page.locator("button[form=change]").click()
        page.locator(".error").wait_for()
        look(page, faults, lang)
    assert faults == []


def test_the_language_is_switched_by_a_tap(server, phone):
    server.start()
    phone.page.goto("/sign-in?next=/account")
    phone.page.get_by_role("button", name="English").click()
    phone.page.get_by_role("button", name="中文").wait_for()
    assert phone.page.locator("html").get_attribute("lang") == "en"
    assert phone.page.url.endswith("/sign-in?next=/account")


def test_the_password_can_be_looked_at_and_is_hidden_before_it_leaves(server, phone):
    server.start()
    page = phone.page
    page.goto("/sign-in")
    page.locator("#password").fill("not it at all")
    page.get_by_role("button", name="显示密码").click()
    assert page.locator("#password").get_attribute("type") == "text"
    page.evaluate("document.forms['sign-in'].addEventListener('submit', e => e.preventDefault())")
    page.locator("#username").fill("ana")
    page.locator("button[form=sign-in]").click()
    assert page.locator("#password").get_attribute("type") == "password"
    assert page.get_by_role("button", name="显示密码").count() == 1


def test_a_lost_phone_is_revoked_from_another(server, phones):
    """Two phones of one person: the first is signed out for good by tapping on the second, and says so itself."""
    server.start()
    lost, kept = phones(), phones()
    lost.sign_in("ana")
    kept.sign_in("ana")
    kept.page.goto("/me/devices")
    kept.page.locator("a[href*='/revocations']").first.click()
    faults: list[str] = []
    look(kept.page, faults, "zh-CN")
    assert faults == []
    kept.page.get_by_role("button", name="收回这台设备").click()
    kept.page.wait_for_url("**/me/devices")
    lost.page.goto("/today")
    lost.page.get_by_role("heading", name="这部手机已被退出登录").wait_for()
    lost.page.get_by_role("button", name="去登录").click()
    lost.page.wait_for_url("**/sign-in")
