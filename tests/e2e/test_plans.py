"""From a gap to a frozen proposal with no server, and the server then has the same bytes."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

import pytest

from portal.needs.sample import FAMILY
from sync.columns import new_id
from tests.e2e.conftest import Phone, Server, wait_for
from tests.e2e.interview import send, write
from tests.e2e.latin_office import day, instant, result
from tests.e2e.planning import registered, tables_are_here

KIN = {"gang": "spouse", "bo": "child", "yue": "child", "lan": "parent"}
VERSIONS = {"questionnaire": "family@1", "assumptions": "CN-2026@1", "model": "household@1"}
REASON = "客户说：明年换工作，收入会增加；已当面确认 20 年都交得起。"


def edit(sort: str, key: str, **values: object) -> dict[str, Any]:
    """A record that somebody at a desk makes."""
    sets = {name: [None, value] for name, value in values.items()}
    return {"op": "create", "kind": sort, "id": key, "set": sets}


def told(ids: dict[str, str], **more: object) -> dict[str, Any]:
    """What the sample family answers, with real ids."""
    text = json.dumps(FAMILY, ensure_ascii=False)
    for short, key in ids.items():
        text = text.replace(f'"{short}"', f'"{key}"').replace(f":{short}", f":{key}")
    return {**json.loads(text), **more}


def family(server: Server, **more: object) -> dict[str, str]:
    """A family of five on Ana's phone, its consents, and a finished analysis; ids by short name."""
    ids = {short: new_id() for short in ("mei", *KIN)}
    people = {one["id"]: one for one in FAMILY["H02"]}
    mei = people["mei"]
    edits = [edit("customer", ids["mei"], **{name: mei[name] for name in ("name", "gender", "birth_date")})]
    for short, relation in KIN.items():
        one = people[short]
        edits.append(
            edit("relative", ids[short], customer_id=ids["mei"], relation=relation, name=one["name"],
                 gender=one["gender"], birth_date=one["birth_date"])
        )  # fmt: skip
    for purpose in ("data", "sensitive", "child"):
        guardian = {"by": "guardian", "guardian_name": "李雪梅"} if purpose == "child" else {"by": "self"}
        edits.append(
            edit("consent", new_id(), customer_id=ids["mei"], purpose=purpose, given=True, text_id="family@1#G01",
                 text_version="1", channel="visit", at=instant(-1), **guardian)
        )  # fmt: skip
    answers = told(ids, **more)
    ids["analysis"] = new_id()
    edits.append(
        edit("analysis", ids["analysis"], customer_id=ids["mei"], path="full", **VERSIONS, made_on=day(-1),
             answers=answers, result=result(answers, date.fromisoformat(day(-1))), completed_at=instant(-1))
    )  # fmt: skip
    verdicts = server.write(server.people["ana"], edits)
    assert [one["verdict"] for one in verdicts] == ["ok"] * len(edits), [one.get("error") for one in verdicts]
    return ids


@pytest.fixture
def ids(server: Server) -> dict[str, str]:
    made = family(server, S01={"budget_fen": 4_000_000})
    registered(server)
    server.start()
    return made


def ready(phone: Phone) -> None:
    """Signed in, with everything that plans are made of."""
    phone.sign_in("ana")
    phone.synced()
    tables_are_here(phone)


def frozen_here(phone: Phone) -> dict[str, Any]:
    """The proposal as this phone has it."""
    return phone.page.evaluate(
        """async () => {
          const names = (await indexedDB.databases()).map(({ name }) => name);
          const name = names.find((one) => /^doorstep-[0-9a-f]{8}-/.test(one));
          const db = await new Promise((done) => {
            indexedDB.open(name).onsuccess = ({ target }) => done(target.result);
          });
          const rows = await new Promise((done) => {
            const all = IDBKeyRange.bound(["proposal"], ["proposal", []]);
            db.transaction("rows").objectStore("rows").getAll(all).onsuccess = ({ target }) => done(target.result);
          });
          db.close();
          return rows.map(({ row }) => row).find((row) => row.frozen);
        }"""
    )


def plans(phone: Phone, ids: dict[str, str]) -> str:
    """One tap on the report; gives the address of the plans."""
    page = phone.page
    page.goto(f"/analyses/{ids['analysis']}")
    send(page, ".foot button[form=planning]")
    page.wait_for_url("**/plans/*")
    return page.url


def test_from_the_gap_to_a_frozen_proposal_without_a_server(server, phone, ids):
    ready(phone)
    server.kill()
    home = plans(phone, ids)
    page = phone.page
    cards = page.locator("article.plan")
    assert cards.count() == 3
    assert "占家庭收入" in cards.first.inner_text()
    assert page.locator(".closes .left").count() >= 3

    # The figure opens: rate, sum, factor.
    cards.nth(0).locator("a.price").click()
    page.locator("dialog .sum").wait_for()
    assert "每千元" in page.locator("dialog").inner_text()
    page.keyboard.press("Escape")

    # One cover is changed: the premium and the bars follow a finger, and a fault stands beside its field.
    cards.nth(1).locator("a.link").click()
    page.wait_for_url("**/edit?of=*")
    page.locator("main .item", has_text="定寿").first.click()
    page.wait_for_url("**/edit/c*")
    price, bars = page.locator("#p-result b"), page.locator("[data-live=bars]")
    before = price.inner_text(), bars.inner_text()
    page.locator("input[data-for=sum]").fill("1500000")
    wait_for(lambda: price.inner_text() != before[0] and bars.inner_text() != before[1], "the figures follow")
    assert page.locator("[name=sum]").input_value() == "1500000"
    write(page, "sum", "15")
    wait_for(lambda: "低于" in page.locator("#e-sum").inner_text(), "the fault is told")
    send(page)
    assert page.locator("[name=sum]").input_value() == "15"
    assert "低于" in page.locator("#e-sum").inner_text()

    # The browser dies with it; what was typed is there, and is put right.
    here = page.url
    phone.kill()
    phone.open()
    page = phone.page
    page.goto(here)
    wait_for(lambda: page.locator("[name=sum]").input_value() == "15", "what was typed is back")
    write(page, "sum", "1000000")
    send(page)
    page.wait_for_url("**/edit?of=*")
    assert "100 万" in page.locator("main").inner_text()

    # A cover is taken out and comes back.
    count = page.locator("main .item[href*='/edit/c']").count()
    send(page, "li:last-child form[action*=removals] button")
    assert page.locator("main .item[href*='/edit/c']").count() == count - 1
    with page.expect_navigation():
        page.locator("toast-note button").click()
    assert page.locator("main .item[href*='/edit/c']").count() == count

    # Side by side, also with what is held.
    page.goto(f"{home}/compare")
    assert page.locator("thead th").count() == 3
    rows = page.locator("tbody tr").count()
    page.locator("[name=differences]").uncheck()
    page.wait_for_url("**set=1*")
    assert page.locator("tbody tr").count() > rows
    assert "未约定" in page.locator("table").inner_text()

    # What the rules say: a reason as it was typed, kept through a kill.
    page.goto(f"{home}/checks")
    assert page.locator("main .banner.bad").count() == 0
    reasons = page.locator("main section .field textarea")
    assert reasons.count() >= 1
    send(page)
    assert "请写明理由" in page.locator("main").inner_text()
    for reason in reasons.all():
        reason.fill(REASON)
    send(page)
    page.wait_for_url("**/freeze")
    phone.kill()
    phone.open()
    page = phone.page
    page.goto(f"{home}/freeze")
    assert "不再变动" in page.locator("main").inner_text()
    send(page)
    page.wait_for_url(home)
    assert "等待发送" in page.locator("main").inner_text()
    assert "不构成保险合同" in page.locator("main").inner_text()
    mine = frozen_here(phone)
    assert hashlib.sha256(mine["frozen"].encode()).hexdigest() == mine["sha256"]

    # In the customer's hands: this proposal and nothing else.
    send(page)
    assert page.url.endswith("/show")
    for elsewhere in ("/today", "/plans", home):
        page.goto(elsewhere)
        assert page.url.endswith("/show"), elsewhere
    send(page, ".appbar button")
    assert page.url == home

    # Then the server has the same bytes.
    page.goto("/outbox")
    assert "建议书" in page.locator("main").inner_text()
    server.start()
    page.reload()
    phone.synced()
    (theirs,) = server.book("ana")["proposal"]
    assert theirs["sha256"] == mine["sha256"]
    assert theirs["frozen"] == mine["frozen"]
    found = json.loads(theirs["frozen"])
    assert REASON in [one["reason"] for one in found["checks"]]
    page.goto(home)
    assert "已核对一致" in page.locator("main").inner_text()
    phone.sign_in_again("ana")
    paper = page.request.get(page.locator("main a[href*='.pdf']").get_attribute("href") or "")
    assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf")

    # A new revision supersedes it.
    send(page, "form[action$=revisions] button")
    assert page.locator("h1").inner_text() == "做新版本"
    phone.synced()
    page.goto("/plans")
    assert page.locator("main .item").count() == 2


def test_a_short_one_in_english_that_nothing_can_be_made_of(server, phones, ids):
    phone = phones("en")
    ready(phone)
    server.kill()
    page = phone.page
    page.goto(f"/analyses/{ids['analysis']}/plans")
    write(page, "budget", "much")
    send(page)
    assert page.locator("[name=budget]").input_value() == "much"
    assert "This is not an amount." in page.locator("main").inner_text()
    write(page, "budget", "1")
    send(page)
    assert "within this budget" in page.locator("main").inner_text()
    write(page, "budget", "6000")
    send(page)
    page.wait_for_url("**/plans/*")
    home = page.url
    page.goto(f"{home}/edit/new")
    page.locator("[name=product]").select_option("DF-A1@1")
    wait_for(lambda: page.locator("[name=extras][type=checkbox]").count() > 0, "the questions of the product are asked")
    assert page.locator("[name=extras]:checked, [name=rider]:checked").count() == 0
    write(page, "sum", "200000")
    page.locator("[name=extras][type=checkbox]").first.check()
    wait_for(lambda: "¥176" in page.locator("#p-result").inner_text(), "the premium follows")
    send(page)
    assert "Your own plan" in page.locator("h1").inner_text()
    page.goto("/plans")
    assert "Draft" in page.locator("main").inner_text()
