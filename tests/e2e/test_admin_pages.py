"""The administrator's day in a real browser: a team, somebody new with a one-time code, a leader with an authenticator."""

from __future__ import annotations

import re

import pyotp
import pytest

from tests.e2e.conftest import ROOT
from tests.people import PASSWORD

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
LOOKS = {
    "zh-CN": ({"width": 360, "height": 740}, {"type": "large"}),
    "en": ({"width": 1366, "height": 768}, {"theme": "dark"}),
}
NEW = "a lamp in the stairwell"


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_office_is_kept(server, phones, lang):
    """In every page axe finds nothing, nothing is wider than the screen, and every icon is there."""
    server.start()
    size, looks = LOOKS[lang]
    admin, new = phones(lang), phones(lang)
    faults: list[str] = []
    for phone in (admin, new):
        phone.page.set_viewport_size(size)
        phone.context.add_cookies([{"name": key, "value": value, "url": server.url} for key, value in looks.items()])

    def look(page) -> None:
        where = page.url.split("/", 3)[3]
        page.evaluate(AXE)
        found = page.evaluate("axe.run()")["violations"]
        faults.extend(f"{where}: {each['id']} {[node['target'] for node in each['nodes']]}" for each in found)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{where}: wider than the screen")
        sprite = page.evaluate("fetch(document.querySelector('use').href.baseVal.split('#')[0]).then(r => r.text())")
        used = page.evaluate("[...document.querySelectorAll('use')].map(use => use.href.baseVal.split('#')[1])")
        faults.extend(f"{where}: no icon {name}" for name in set(used) if f'id="{name}"' not in sprite)

    def sign_in(page, username: str, password: str, wanted: str = "/account") -> None:
        page.goto(f"/sign-in?next={wanted}")
        page.locator("#username").fill(username)
        page.locator("#password").fill(password)
        page.locator("button[form=sign-in]").click()

    def send(page) -> None:
        with page.expect_navigation():
            page.locator(".foot button[type=submit], .foot button.btn").first.click()

    page = admin.page
    sign_in(page, "admin", PASSWORD, "/admin")
    page.wait_for_url("**/admin")
    look(page)

    # 1. A unit, and somebody new in it.
    page.goto("/admin/units/new")
    look(page)
    page.locator("#name").fill("晨星小组")
    page.locator("#parent").select_option(index=1)
    send(page)
    look(page)
    unit = page.url
    page.goto("/admin/units")
    look(page)
    page.goto(f"{unit}/edit")
    look(page)
    page.goto(f"/admin/people/new?unit={unit.rsplit('/', 1)[1]}")
    look(page)
    page.locator("#username").fill("xinyue")
    page.locator("#name").fill("新晓月")
    send(page)
    look(page)
    send(page)
    code = page.locator(".secret").inner_text()
    look(page)

    # 2. Who is new signs in with the code and chooses a password.
    sign_in(new.page, "xinyue", code)
    new.page.wait_for_url("**/new-password")
    look(new.page)
    new.page.locator("#new").fill(NEW)
    send(new.page)
    new.page.wait_for_url("**/account")

    # 3. Everything else is looked at; the search asks by itself.
    page.goto("/admin/people")
    page.locator("#q").fill("新晓")
    page.locator("#results li").nth(1).wait_for(state="detached")
    assert page.locator("#results").inner_text().count("xinyue") == 1
    look(page)
    page.locator("#results a").first.click()
    page.locator("dl.facts").wait_for()
    look(page)
    person = page.url.split("?")[0]
    for path in (
        f"{person}/edit",
        f"{person}/disablings",
        "/admin/devices",
        "/admin/settings",
        "/admin/settings/two_step",
    ):
        page.goto(path)
        look(page)
    page.goto("/admin/log")
    look(page)
    assert page.locator("main ol li").count() >= 4
    page.goto("/admin/settings/two_step")
    page.locator("label.chip").last.click()
    send(page)
    look(page)

    # 4. From now on everybody here sets up the second step before anything else, the administrator too.
    assert page.url.endswith("/account/two-step")
    admin.context.clear_cookies(name="doorstep")
    sign_in(page, "lin", PASSWORD, "/team")
    page.wait_for_url("**/account/two-step")
    page.locator("#current").fill(PASSWORD)
    send(page)
    look(page)
    secret = re.search(r"secret=([A-Z2-7]+)", page.locator("a[href^=otpauth]").get_attribute("href") or "")
    assert secret
    page.locator("#code").fill(pyotp.TOTP(secret.group(1)).now())
    send(page)
    look(page)
    recovery = page.locator(".codes li").first.inner_text()
    page.goto("/account/two-step")
    look(page)
    admin.context.clear_cookies(name="doorstep")
    sign_in(page, "lin", PASSWORD, "/team")
    page.wait_for_url("**/sign-in/code")
    look(page)
    page.locator("#code").fill("000000")
    send(page)
    look(page)
    page.locator("#code").fill(recovery)
    send(page)
    page.wait_for_url("**/team")
    assert faults == []
