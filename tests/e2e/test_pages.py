"""Every page of the phone, opened without a server, in both languages: drawn, accessible, and in one language only."""

from __future__ import annotations

import re

import pytest

from sync.columns import new_id
from tests.e2e.conftest import PHONE, ROOT, Phone, Server, wait_for
from tests.e2e.test_thread import customer

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
ROUTES = (ROOT / "portal" / "static" / "js" / "offline" / "routes.js").read_text()
PATTERNS = re.findall(r'get\("[^"]+", "([^"]+)"', ROUTES)
HAN = re.compile(r"[\u3400-\u9fff]+")
# What is data (a name, its first letter on the round picture), and the name of the other language.
DATA = ("沈清越", "望江二部", "周内勤", "中文", "沈")
TEXTS = """() => [document.title, document.body.innerText,
  ...[...document.querySelectorAll("[aria-label], [placeholder], [title], [alt]")].flatMap((element) =>
    ["aria-label", "placeholder", "title", "alt"].map((name) => element.getAttribute(name) ?? ""))].join("\\n")"""
SPOIL = """async (agent) => {
  const db = await new Promise((done) => {
    const asked = indexedDB.open(`doorstep-${agent}`);
    asked.onsuccess = () => done(asked.result);
  });
  const outbox = db.transaction("outbox", "readwrite").objectStore("outbox");
  await new Promise((done) => {
    outbox.openCursor(null, "prev").onsuccess = ({ target }) => {
      const edit = target.result.value;
      edit.set.mobile = [null, "139"];
      target.result.update(edit).onsuccess = done;
    };
  });
  db.close();
}"""


def child(of: str, customer_id: str, **fields: object) -> dict:
    """An edit that makes a record of a customer's tree."""
    wanted = {"customer_id": customer_id, **fields}
    sets = {field: [None, value] for field, value in wanted.items()}
    return {"op": "create", "kind": of, "id": new_id(), "set": sets}


@pytest.fixture
def full_book(server: Server) -> dict[str, str]:
    """A family with one of everything, written in Latin letters; ids by name."""
    lin = customer("Lin Xuemei", mobile="13800000005", city="Hangzhou", birth_date="1986-12-01", stage="potential")
    relative = child("relative", lin["id"], name="Li Siyuan", relation="child", birth_date="2017-11-30")
    policy = child(
        "policy", lin["id"], kind="medical", product_name="Demo medical", number="P20260001", premium_fen=128_050,
        effective_date="2025-12-08", next_due_date="2026-12-08", expiry_date="2027-12-07",
    )  # fmt: skip
    visit = child("visit", lin["id"], channel="call", started_at="2026-11-20T02:00:00.000Z", minutes=6, note="Wants it")
    planned = child("visit", lin["id"], channel="visit", planned_at="2026-11-30T06:00:00.000Z", purpose="Analysis")
    consent = child("consent", lin["id"], purpose="sensitive", given=True, by="self", at="2026-11-20T02:00:00.000Z")
    edits = [lin, relative, policy, visit, planned, consent, customer("Wang Fang"), customer("Luo Xiaomeng")]
    verdicts = server.write(server.people["ana"], edits)
    assert [verdict["verdict"] for verdict in verdicts] == ["ok"] * len(edits), verdicts
    server.start()
    names = ("lin", "relative", "policy", "visit", "planned", "consent", "wang")
    return {name: edit["id"] for name, edit in zip(names, edits, strict=False)}


def correct(phone: Phone, customer_id: str, field: str, value: str) -> None:
    phone.page.goto(f"/customers/{customer_id}/edit")
    phone.page.locator(f"[name={field}]").fill(value)
    phone.save()


@pytest.fixture
def lived_in(server: Server, phone: Phone, full_book: dict[str, str]) -> Phone:
    """A phone with a conflict, something refused, something received and something waiting; the server is gone."""
    ana, lin, wang = server.people["ana"], full_book["lin"], full_book["wang"]
    phone.sign_in("ana")
    server.kill()
    correct(phone, lin, "mobile", "13911112222")
    correct(phone, wang, "city", "Ningbo")
    phone.page.evaluate(SPOIL, ana)
    theirs = {
        "op": "update",
        "kind": "customer",
        "id": lin,
        "base": 1,
        "set": {"mobile": ["13800000005", "13733334444"]},
    }
    assert server.write(ana, [theirs])[0]["verdict"] == "ok"
    server.start()
    phone.page.goto("/today")
    phone.page.locator(".sync[data-state=refused]").wait_for()
    server.kill()
    correct(phone, full_book["wang"], "city", "Wenzhou")
    return phone


def addresses(phone: Phone, ids: dict[str, str]) -> list[str]:
    """One address for every page, and some pages twice in another state."""
    home = f"/customers/{ids['lin']}"
    phone.page.goto("/outbox")
    items = {link.get_attribute("href") for link in phone.page.locator("main a[href^='/outbox/']").all()}
    entries = sorted(href for href in items if href and re.fullmatch(r"/outbox/\d+", href))
    assert entries, items
    phone.page.goto("/conflicts")
    (conflict,) = {link.get_attribute("href") for link in phone.page.locator("main a[href^='/conflicts/']").all()}
    trees = [
        f"{home}/{room}/{part}"
        for room, name in (("relatives", "relative"), ("policies", "policy"), ("visits", "visit"))
        for part in ("new", ids[name], f"{ids[name]}/edit", f"{ids[name]}/delete")
    ]
    own = ("", "/menu", "/edit", "/delete", "/consents", "/consents/new", "/visits/plan")
    return [
        "/today", "/today/new", "/customers", "/customers?q=lxm", "/customers?q=nobody", "/customers/more",
        "/customers/new", *(f"{home}{part}" for part in own), *trees, f"/customers/{ids['wang']}",
        f"{home}/visits/{ids['planned']}/edit", "/visits", "/visits/new", "/outbox", "/outbox/received", *entries,
        *(f"{entry}/discard" for entry in entries), "/conflicts", conflict, "/me", "/me/devices", "/me/install",
        "/me/pin", "/me/pin/removal", "/me/help", "/me/unlock", "/me/pin/forgotten", "/me/sign-out", "/customers/nobody",
    ]  # fmt: skip


def faults_of(phone: Phone, address: str, lang: str) -> list[str]:
    """What is wrong with a page: not ours, not drawn, not accessible, or in the other language."""
    page = phone.page
    page.set_viewport_size(PHONE)
    response = page.goto(address)
    assert response
    if response.headers.get("x-by") != "sw" or response.status not in (200, 404):
        return [f"{lang} {address}: status {response.status}, by {response.headers.get('x-by')}"]
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": PHONE["width"], "height": max(PHONE["height"], height)})
    page.evaluate(AXE)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    faults = [
        f"{lang} {address}: {rule['id']} at {node['target']}: {node['html'][:120]}"
        for rule in found
        for node in rule["nodes"][:3]
    ]
    text = page.evaluate(TEXTS)
    if lang == "en":
        for known in DATA:
            text = text.replace(known, "")
        faults += [f"en {address}: {found}" for found in set(HAN.findall(text))]
    return faults


def test_every_page_opens_without_a_server_in_both_languages(lived_in, full_book):
    phone, page = lived_in, lived_in.page
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    wanted = addresses(phone, full_book)
    visited = [re.sub(r"\?.*", "", address) for address in wanted]
    missing = [
        pattern
        for pattern in PATTERNS
        if not any(re.fullmatch(re.sub(r":\w+", "[^/]+", pattern), address) for address in visited)
    ]
    assert missing == [], "pages that no test opens"

    faults = [fault for address in wanted for fault in faults_of(phone, address, "zh-CN")]
    page.goto("/me")
    page.set_viewport_size(PHONE)
    with page.expect_navigation():
        page.locator("input[name=language][value=en]").check(force=True)
    wait_for(lambda: page.locator("html").get_attribute("lang") == "en", "the page is English")
    faults += [fault for address in wanted for fault in faults_of(phone, address, "en")]
    assert faults + errors == [], "\n" + "\n".join(faults + errors)
