"""Every page of the phone opens without a server: in both languages, every look, for every finger and reader.

One walk over all pages is read once (reader.py); each test is an agreement about what was read.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import PHONE, QUIET, ROOT, Phone, Server, chromium, free_port
from tests.e2e.keyboard import tabbed
from tests.e2e.latin_office import Book, book, furnish, live_in
from tests.e2e.planning import propose, registered, tables_are_here
from tests.e2e.reader import (
    AXE,
    LOOKS,
    NARROW,
    TALL,
    Reading,
    chinese_in_english,
    english_in_chinese,
    leaks,
    read,
    read_here,
)
from tests.people import PASSWORD

# One walk over all pages in both languages, before the first test.
pytestmark = pytest.mark.timeout(900)

ROUTES = (ROOT / "portal" / "static" / "js" / "offline" / "routes.js").read_text()
GETS = re.findall(r'\bget\(\s*"[^"]+",\s*"([^"]+)"', ROUTES)
LANGUAGES = ("zh-CN", "en")
PIN, WRONG_PIN = "240611", "111111"
# What has another status than 200, and why.
STATUS = {"/customers/nobody": 404, "/account": 503}
# What shows nothing of its own and leads on.
LEADING_ON = ["/analyses/:id/questions"]
POST = """async ([path, fields]) => {
  const response = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
}"""
# All that IndexedDB holds, as text.
EVERYTHING_KEPT = """async () => {
  const asked = (request) => new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    const db = await asked(indexedDB.open(name));
    for (const store of db.objectStoreNames)
      found.push(JSON.stringify(await asked(db.transaction(store).objectStore(store).getAll())));
    db.close();
  }
  return found;
}"""


def pattern_of(address: str, patterns: list[str]) -> str | None:
    """The route that answers an address: the first that fits, as on the phone."""
    path = address.partition("?")[0]
    return next((one for one in patterns if re.fullmatch(re.sub(r":\w+", "[^/]+", one), path)), None)


def unopened(patterns: list[str], addresses: list[str]) -> list[str]:
    """Routes that none of the addresses leads to."""
    opened = {pattern_of(address, patterns) for address in addresses}
    return [one for one in patterns if one not in opened]


@dataclass
class Walk:
    """A phone, its book, and what was read on it. What follows a comma in an address is the state of the page."""

    server: Server
    phone: Phone
    book: Book
    readings: list[Reading] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.phone.page

    def post(self, path: str, **fields: str) -> None:
        self.page.evaluate(POST, [path, fields])

    def speak(self, lang: str) -> None:
        self.post("/me/settings", language=lang)

    def read(self, *addresses: str) -> None:
        for address in addresses:
            self.readings.append(read(self.page, address))

    def read_after_submit(self, address: str, fields: dict[str, str], called: str) -> None:
        """The page that comes back when a form is not right."""
        self.page.goto(address)
        for name, value in fields.items():
            self.page.locator(f"main [name={name}]").first.fill(value)
        self.readings.append(read_here(self.page, called, *self.submitted()))

    def submitted(self) -> tuple[int, dict[str, str]]:
        """Send the form of this page; status and headers of the page after it."""
        with self.page.expect_navigation() as answered:
            self.page.locator("button[type=submit]:visible").last.click()
        return answered.value.status, answered.value.all_headers()

    def read_with_undo(self, address: str) -> None:
        """The page after a delete offers to take it back; that is done, too."""
        self.page.goto(address)
        answered = self.submitted()
        reading = read_here(self.page, "/customers, after a delete", *answered)
        assert any(text in reading.texts for text in ("撤销", "Undo")), reading.texts
        self.readings.append(reading)
        with self.page.expect_navigation():
            self.page.locator("form[action*='/undo'] button").click()

    def listen(self) -> None:
        self.page.on("pageerror", lambda error: self.errors.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._said)

    def _said(self, message) -> None:
        expected = re.search(r"status of (404|422|503)", message.text)
        if message.type in ("error", "warning") and not expected:
            self.errors.append(f"{self.page.url}: {message.text} {message.location}")


def addresses(walk: Walk) -> list[str]:
    """One address for every page, and some pages twice in another state."""
    ids, page = walk.book.ids, walk.page
    home = f"/customers/{ids['lin']}"
    page.goto("/outbox")
    entries = sorted({one.get_attribute("href") or "" for one in page.locator("main a[href^='/outbox/']").all()})
    refused = [href for href in entries if re.fullmatch(r"/outbox/\d+", href)]
    page.goto("/conflicts")
    disputes = {one.get_attribute("href") or "" for one in page.locator("main a[href^='/conflicts/']").all()}
    assert refused, entries
    assert disputes
    trees = [
        f"{home}/{room}/{part}"
        for room, name in (("relatives", "relative"), ("policies", "policy"), ("visits", "visit"))
        for part in ("new", ids[name], f"{ids[name]}/edit", f"{ids[name]}/delete")
    ]
    own = ("", "/menu", "/edit", "/delete", "/consents", "/consents/new", "/visits/plan", "/analyses")
    report, kept = f"/analyses/{ids['again']}", f"{ids['lin']}"
    one = f"{ids['spouse']}"
    questions = ["G01", "G02", "G03", "H02", "H01", f"M02:{one}", f"M03:{one}", f"M04:{one}", f"C01:{ids['relative']}",
                 "F01", "F03", "F07", "E01", "V01", "S02"]  # fmt: skip
    needs = [
        *(f"{report}/questions/{quote(key, safe='')}" for key in questions), f"{report}/review", report,
        f"{report}?member={kept}", f"{report}?member={ids['relative']}", f"{report}/lines/{one}/life", f"{report}/changes",
        f"{report}/lines/{ids['relative']}/education", f"/analyses/{ids['begun']}/review",
    ]  # fmt: skip
    draft, frozen = walk.book.ids["draft"], walk.book.ids["frozen"]
    page.goto(f"{draft}/edit")
    cover = page.locator("main .item[href*='/edit/c']").first.get_attribute("href")
    plans = [
        "/plans", f"/plans?customer={kept}", f"/plans?customer={ids['wang']}", f"{report}/plans", f"{report}/plans?why=budget",
        draft, f"{draft}/conditions", f"{draft}/edit", cover, f"{draft}/edit/new", f"{draft}/sums", f"{draft}/compare",
        f"{draft}/compare?set=1", f"{draft}/compare?with=held", f"{draft}/checks", frozen, f"{frozen}/sums",
    ]  # fmt: skip
    return [
        "/today", "/today/new", "/customers", "/customers?q=lin", "/customers?q=nobody", "/customers?filter=due",
        "/customers?filter=quiet", "/customers/more", "/customers/new", *(f"{home}{part}" for part in own), *trees,
        f"/customers/{ids['wang']}", f"/customers/{ids['long']}", f"/customers/{ids['bare']}",
        f"{home}/policies/{ids['lapsed']}", f"{home}/policies/{ids['car']}", f"{home}/relatives/{ids['father']}",
        f"{home}/visits/{ids['planned']}/edit", "/visits", "/visits/new", "/outbox", "/outbox/received", *refused,
        *(f"{href}/discard" for href in refused), "/conflicts", *sorted(disputes), "/me", "/me/devices", "/me/install",
        "/me/pin", "/me/help", "/me/sign-out", *needs, *plans, *STATUS,
    ]  # fmt: skip


def read_everything(walk: Walk, lang: str) -> None:
    """All pages in one language, also those of a phone with a PIN, a locked phone, and forms sent back."""
    walk.speak(lang)
    walk.read(*addresses(walk))
    home = f"/customers/{walk.book.ids['lin']}"
    walk.read_after_submit("/customers/new", {"name": "", "mobile": "138"}, "/customers/new, sent back")
    walk.read_after_submit(f"{home}/policies/new", {"premium_fen": "a lot"}, "/customers/:id/policies/new, sent back")
    walk.read_with_undo(f"/customers/{walk.book.ids['bare']}/delete")
    report = f"/analyses/{walk.book.ids['again']}"
    walk.read_after_submit(f"{report}/questions/F01", {"answer": "a lot"}, "/analyses/:id/questions/F01, sent back")
    walk.post(f"{report}/showings")
    walk.read(f"{report}/show", f"{report}/show?member={walk.book.ids['spouse']}")
    walk.post(f"{report}/returns")
    frozen, draft = walk.book.ids["frozen"], walk.book.ids["draft"]
    walk.post(f"{frozen}/showings")
    walk.read(f"{frozen}/show")
    walk.post(f"{frozen}/returns")
    walk.read_after_submit(f"{draft}/conditions", {"budget": "a lot"}, "/plans/:id/conditions, sent back")
    walk.post(f"{draft}/checks", **{f"R{number:02}": "11/25, 14:00" for number in range(1, 37)})
    walk.read(f"{draft}/freeze")
    walk.post("/me/pin", pin=PIN, again=PIN)
    walk.read("/me", "/me/pin", "/me/pin/removal")
    walk.post("/me/locks")
    walk.read("/me/unlock", "/me/pin/forgotten")
    walk.read_after_submit("/me/unlock", {"pin": WRONG_PIN}, "/me/unlock, sent back")
    walk.read_after_submit("/me/pin/forgotten", {"password": PASSWORD}, "/me/pin/forgotten, sent back")
    walk.post("/me/unlocks", pin=PIN)
    walk.post("/me/pin/removals", current=PIN)


@pytest.fixture(scope="module")
def house(office: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Book]]:
    """A server of its own for this file, with a Latin office."""
    folder = tmp_path_factory.mktemp("latin") / "server"
    shutil.copytree(office, folder)
    # What listens for changes tells the console when the server is gone; this walk is about the pages.
    server, made = Server(folder, free_port(), {"LIVE": "0"}), book()
    try:
        furnish(server, made)
        registered(server)
        server.start()
        yield server, made
    finally:
        server.kill()


@pytest.fixture(scope="module")
def server_pages(house, playwright) -> list[Reading]:
    """The server's own pages, read while there is a server and no worker in between; `/today` is the boot page then."""
    server, _ = house
    browser = playwright.chromium.launch(executable_path=chromium())
    readings = []
    for lang in LANGUAGES:
        context = browser.new_context(base_url=server.url, locale=lang, service_workers="block", is_mobile=True,
                                      viewport=PHONE, timezone_id="Asia/Shanghai")  # fmt: skip
        page = context.new_page()
        readings += [read(page, address) for address in ("/sign-in", "/sign-in/help", "/nowhere", "/today")]
        page.goto("/sign-in?next=/account")
        page.locator("#username").fill("ana")
        page.locator("#password").fill(PASSWORD)
        page.locator("#password").press("Enter")
        page.wait_for_url("**/account")
        device = server.book("ana")["device"][0]["id"]
        own = (
            "/account",
            "/account/password",
            f"/account/devices/{device}/revocations",
            "/imports",
            "/imports/new",
            "/exports/new",
        )
        readings += [read(page, address) for address in (*own, "/setup")]
        context.close()
    browser.close()
    return readings


@pytest.fixture(scope="module")
def empty_pages(house, playwright, tmp_path_factory: pytest.TempPathFactory) -> list[Reading]:
    """What Ben sees, who has no customer yet, and nothing to send."""
    server, made = house
    phone = Phone(playwright, tmp_path_factory.mktemp("empty") / "phone", server.url, "zh-CN")
    try:
        phone.sign_in("ben")
        phone.synced()
        walk = Walk(server, phone, made)
        for lang in LANGUAGES:
            walk.speak(lang)
            walk.read("/today", "/customers", "/visits/new", "/outbox", "/conflicts")
        return walk.readings
    finally:
        phone.close()


@pytest.fixture(scope="module")
def walk(house, server_pages, empty_pages, playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """A lived-in phone, every page of it read in both languages with no server anywhere."""
    server, made = house
    phone = Phone(playwright, tmp_path_factory.mktemp("walk") / "phone", server.url, "zh-CN")
    phone.context.add_init_script(AXE)
    try:
        made_walk = Walk(server, phone, made)
        phone.sign_in("ana")
        tables_are_here(phone)
        live_in(server, phone, made.ids)
        made.ids["frozen"] = propose(phone, made.ids["analysis"], freeze=True)
        made.ids["draft"] = propose(phone, made.ids["again"])
        made_walk.listen()
        for lang in LANGUAGES:
            read_everything(made_walk, lang)
        phone.page.set_viewport_size(PHONE)
        yield made_walk
    finally:
        phone.close()


def lines(found: Iterator[str] | list[str]) -> str:
    return "\n" + "\n".join(found)


def test_no_page_is_forgotten(walk):
    assert len(GETS) == len(re.findall(r"\bget\(", ROUTES)), "a route is written in a way that this file cannot read"
    for lang in LANGUAGES:
        # What was led elsewhere was not seen.
        seen = [one.address for one in walk.readings if one.lang == lang and one.path == one.address]
        assert unopened(GETS, seen) == LEADING_ON, f"pages that nobody opens here in {lang}"


def test_a_forgotten_page_is_found():
    assert unopened(["/plans/new", "/plans/:id"], ["/plans/new", "/today"]) == ["/plans/:id"]
    assert unopened(["/plans/new", "/plans/:id"], ["/plans/7?tab=1"]) == ["/plans/new"]


def test_every_page_is_answered_on_the_phone(walk):
    faults = [
        f"{one}: status {one.status}, by {one.headers.get('x-by')}, at {one.path}"
        for one in walk.readings
        if one.headers.get("x-by") != "sw"
        or one.status != (422 if one.address.endswith(", sent back") else STATUS.get(one.address, 200))
        or ("," not in one.address and one.path != one.address)
    ]
    assert faults == [], lines(faults)


def test_every_page_brings_the_content_policy(walk):
    wanted = {one.headers.get("content-security-policy", "") for one in walk.readings}
    assert len(wanted) == 1, wanted
    (policy,) = wanted
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_console_stays_silent(walk):
    assert walk.errors == [], lines(walk.errors)


@pytest.fixture(params=["phone", "empty phone", "server"])
def readings(request: pytest.FixtureRequest, walk: Walk, empty_pages, server_pages) -> list[Reading]:
    """The phone's pages, those without a customer, and the server's."""
    return {"phone": walk.readings, "empty phone": empty_pages, "server": server_pages}[request.param]


def test_every_page_has_a_title_and_one_heading(readings):
    faults = [f"{one}: {one.headings}" for one in readings if len(one.headings) != 1 or not one.titled]
    assert faults == [], lines(faults)


def test_nothing_is_wider_than_the_narrowest_phone(readings):
    faults = [f"{one}, {look}: {wide}" for one in readings for look, wide in one.wide.items()]
    assert faults == [], lines(faults)


def test_an_english_page_has_nothing_chinese(readings):
    english = [one for one in readings if one.lang == "en"]
    assert len(english) == len(readings) / 2
    faults = [f"{one}: {text}" for one in english for text in chinese_in_english([*one.texts, *one.words])]
    assert faults == [], lines(faults)


def test_a_chinese_page_has_nothing_english(readings, walk):
    chinese = [one for one in readings if one.lang == "zh-CN"]
    assert len(chinese) == len(readings) / 2
    faults = [f"{one}: {text}" for one in chinese for text in english_in_chinese(one.texts, walk.book.words)]
    assert faults == [], lines(faults)


def test_nothing_of_the_program_shows(readings):
    faults = [f"{one}: {text}" for one in readings for text in leaks(one.texts)]
    assert faults == [], lines(faults)


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(readings, look):
    faults = [f"{one}: {found}" for one in readings for found in one.axe[look]]
    assert faults == [], lines(faults)


def test_everything_to_tap_is_as_large_as_a_thumb(readings):
    faults = sorted({f"{small} in {one}" for one in readings for small in one.small})
    assert faults == [], lines(faults)


def test_dark_is_the_same_whether_the_phone_or_the_person_chose_it(walk):
    colours = """() => {
      const worn = getComputedStyle(document.documentElement);
      const names = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
        .filter((rule) => rule.selectorText === ":root").flatMap((rule) => [...rule.style])
        .filter((name) => name.startsWith("--"));
      return names.map((name) => `${name}: ${worn.getPropertyValue(name)}`);
    }"""
    page = walk.page
    page.goto("/today")
    light = page.evaluate(colours)
    page.emulate_media(color_scheme="dark")
    by_phone = page.evaluate(colours)
    page.emulate_media(color_scheme="light")
    walk.post("/me/settings", theme="dark")
    page.goto("/today")
    by_choice = page.evaluate(colours)
    walk.post("/me/settings", theme="system")
    assert by_choice == by_phone
    assert len([one for one in light if one not in by_choice]) > 20


def test_a_sheet_takes_the_focus_and_gives_it_back(walk):
    """The page behind "+" as a sheet: by keyboard alone, with nothing for axe to find."""
    page = walk.page
    page.goto("/today")
    opener = page.locator("a[href='/today/new']")
    opener.focus()
    page.keyboard.press("Enter")
    page.locator("dialog.sheet").wait_for()
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    assert (page.locator("dialog").get_attribute("aria-labelledby") or "") != ""
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    assert read_here(page, "/today, with a sheet").axe == {look: [] for look in LOOKS}
    page.keyboard.press("Escape")
    page.locator("dialog.sheet").wait_for(state="detached")
    assert opener.evaluate("(link) => link === document.activeElement")


@pytest.mark.parametrize("address", ["/today", "/customers", "/customers/new", "/me"])
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(walk, address):
    walk.page.set_viewport_size({"width": NARROW, "height": TALL})
    walk.page.goto(address)
    steps = tabbed(walk.page)
    assert steps.missed == [], lines(steps.missed)
    assert steps.backwards == [], lines(steps.backwards)
    assert steps.unmarked == [], lines(steps.unmarked)
    walk.page.set_viewport_size(PHONE)


def test_a_form_is_sent_by_enter(walk):
    page = walk.page
    page.goto("/customers/new")
    page.locator("[name=mobile]").fill("13800000009")
    page.locator("[name=name]").fill("Zhao Min")
    with page.expect_navigation():
        page.locator("[name=name]").press("Enter")
    assert page.locator("h1").inner_text() == "Zhao Min"

    page.goto("/customers")
    page.locator("#q").fill("zhao")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/customers?*q=zhao*")
    page.get_by_role("link", name="Zhao Min").first.wait_for()

    page.goto("/me/pin")
    page.locator("[name=pin]").fill(PIN)
    page.locator("[name=again]").fill(PIN)
    with page.expect_navigation():
        page.locator("[name=again]").press("Enter")
    assert page.url.endswith("/me")
    walk.post("/me/pin/removals", current=PIN)


def test_pages_work_as_html_where_their_scripts_do_not_run(walk, playwright):
    """The worker answers; the page itself is plain: links and forms."""
    walk.phone.close()
    plain = playwright.chromium.launch_persistent_context(
        str(walk.phone.profile),
        executable_path=chromium(),
        args=QUIET,
        viewport=PHONE,
        base_url=walk.server.url,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        java_script_enabled=False,
    )
    try:
        page = plain.pages[0]
        assert page.goto("/customers/new").headers["x-by"] == "sw"
        page.locator("[name=name]").fill("Qian Duo")
        with page.expect_navigation():
            page.locator("[name=name]").press("Enter")
        assert page.locator("h1").inner_text() == "Qian Duo"
        page.goto("/customers")
        page.locator("#q").fill("qian")
        with page.expect_navigation():
            page.locator("#q").press("Enter")
        with page.expect_navigation():
            page.get_by_role("link", name="Qian Duo").first.click()
        assert page.locator("h1").inner_text() == "Qian Duo"
        page.goto("/today")
        with page.expect_navigation():
            page.locator("a[href='/today/new']").click()
        assert page.locator("h1").count() == 1
    finally:
        plain.close()
        walk.phone.open()


def test_nothing_of_the_book_is_left_after_signing_out(walk):
    """The last page of all; without a server what was not sent is lost, which has to be said."""
    page = walk.page
    page.goto("/me/sign-out")
    with page.expect_navigation() as left:
        page.locator("form:has([name=lose]) button").click()
    reply = left.value
    farewell = read_here(page, "/me/sign-out, done", reply.status, reply.all_headers())
    assert (farewell.status, farewell.headers["x-by"], len(farewell.headings)) == (200, "sw", 1)
    assert [*farewell.wide.values(), *farewell.small, *leaks(farewell.texts)] == []
    assert chinese_in_english(farewell.texts) == []
    assert [found for look in LOOKS for found in farewell.axe[look]] == []
    text = "".join(page.evaluate(EVERYTHING_KEPT))
    assert "Xuemei" not in text
