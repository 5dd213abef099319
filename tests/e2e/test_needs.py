"""Needs analysis: a family of five, from an empty card to a report, with no server; then the server reckons the same."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Phone, Server, wait_for
from tests.e2e.interview import go_on, key_of, question_of, reply, send, unsure, write
from tests.e2e.test_thread import customer

PIN = "240611"


@pytest.fixture
def lin(server: Server) -> str:
    """Of Ana's customer only the name is known."""
    edit = customer("林雪梅")
    assert [one["verdict"] for one in server.write(server.people["ana"], [edit])] == ["ok"]
    server.start()
    return edit["id"]


def begin(phone: Phone, customer_id: str, path: str) -> None:
    """From the card to the first question."""
    page = phone.page
    page.goto(f"/customers/{customer_id}")
    page.locator(f"main a[href='/customers/{customer_id}/analyses']").click()
    page.wait_for_url("**/analyses")
    send(page, f".foot button[value={path}]")


def only_analysis(server: Server) -> dict:
    (row,) = server.book("ana")["analysis"]
    return row


def test_a_family_of_five_from_an_empty_card_to_the_report_without_a_server(server, phone, lin):
    phone.sign_in("ana")
    phone.synced()
    server.kill()
    begin(phone, lin, "full")
    page = phone.page
    answered = go_on(page, until="F03")
    assert len(answered) > 15

    # A bad answer: told beside the field, and nothing is lost.
    write(page, "0.balance_fen", "many")
    write(page, "0.years", "20")
    send(page)
    assert page.locator("[name='0.balance_fen']").input_value() == "many"
    assert page.locator("[name='0.years']").input_value() == "20"
    assert page.locator("[aria-invalid=true] ~ *, .error").count()

    # The browser dies: the same question, with what was typed, and what was answered before.
    key = key_of(page)
    phone.kill()
    phone.open()
    page = phone.page
    page.goto(f"/customers/{lin}/analyses")
    page.locator("main a[href$='/questions']").click()
    page.wait_for_url("**/questions/**")
    assert key_of(page) == key
    assert page.locator("[name='0.years']").input_value() == "20"
    page.locator(".foot a.btn").click()
    page.wait_for_function("(key) => !location.pathname.endsWith(key)", arg=key)
    assert page.locator("main :checked, main input[value='70']").count()
    send(page)
    assert key_of(page) == key

    go_on(page)
    assert page.url.endswith("/review")
    assert "王小月" in page.locator("fieldset.section").inner_text()
    send(page)
    report = page.url
    family = page.locator("main").inner_text()
    assert "还差" in family
    assert "1981" not in family

    # Every figure opens; a slider works it out anew, and the report remembers.
    page.locator("main .segmented a").nth(2).click()
    page.wait_for_url("**member=*")
    page.locator("main a.gap[href$='/life']").click()
    result = page.locator("dialog .result b")
    before = result.inner_text()
    page.locator("dialog input[name='moved.final_fen']").fill("20000000")
    wait_for(lambda: result.inner_text() != before, "the sum follows the finger")
    moved = result.inner_text()
    page.locator("dialog [data-close]").click()
    wait_for(lambda: moved in page.locator("main").inner_text(), "the report says the same")

    # In the customer's hands: this report, and nothing else until the PIN.
    page.evaluate("(pin) => fetch('/me/pin', { method: 'POST', body: new URLSearchParams({ pin, again: pin }) })", PIN)
    page.goto(report)
    send(page, ".foot button[form=showing]")
    shown = page.url
    for elsewhere in (f"/customers/{lin}", "/today", "/me/pin/forgotten", "/conflicts", "/team", report):
        page.goto(elsewhere)
        assert page.url.startswith(shown), elsewhere
    send(page, ".appbar button")
    page.wait_for_url("**/me/unlock")
    page.goto(f"/customers/{lin}")
    page.wait_for_url("**/me/unlock")
    page.locator("[name=pin]").fill(PIN)
    phone.save()
    assert page.url == report
    assert "发送以后，就可以生成 PDF" in page.locator("main").inner_text()

    # The way there is in the outbox in words; then the server has it all, and reckons the same.
    page.goto("/outbox")
    assert "林雪梅的保障分析" in page.locator("main").inner_text()
    server.start()
    page.reload()
    phone.synced()
    row = only_analysis(server)
    assert row["agrees"] is True, (row["result"], row["result_server"])
    assert row["moved"] == {"final_fen": 20_000_000}
    page.goto(report)
    paper = page.locator("main a[href^='/reports/']").get_attribute("href")
    phone.sign_in_again("ana")
    printed = page.request.get(paper or "")
    assert (printed.status, printed.headers["content-type"]) == (200, "application/pdf")
    book = server.book("ana")
    assert sorted(one["name"] for one in book["relative"]) == ["张桂兰", "王小月", "王小波", "王志刚"]
    assert sorted(one["purpose"] for one in book["consent"]) == ["child", "data", "sensitive"]
    assert next(one for one in book["customer"] if one["id"] == lin)["annual_income_fen"] == 18_000_000


def test_a_short_one_in_english_with_incomes_as_bands(server, phones, lin):
    phone = phones("en")
    phone.sign_in("ana")
    phone.synced()
    server.kill()
    begin(phone, lin, "quick")
    page = phone.page
    reply(page)
    send(page)
    assert question_of(page) == "G02"
    page.locator("main [name=answer][value=false]").check()
    send(page)
    page.locator("main [name='0.birth_date']").fill("1988-03-05")
    send(page)
    assert question_of(page) == "M04"
    send(page)
    assert "Please answer" in page.locator("main").inner_text()
    page.locator("main [name=answer]").nth(2).check()
    send(page)
    while "/questions/" in page.url:
        if question_of(page) == "S01":
            write(page, "budget_fen", "1000000")
            send(page)
            assert (
                "Please look again" in page.locator("main").inner_text()
                or "income" in page.locator("main").inner_text()
            )
        elif question_of(page) == "F01":
            write(page, "answer", "6000")
        else:
            unsure(page)
        send(page)
    send(page)
    assert "ranges" in page.locator("main").inner_text()
    server.start()
    page.reload()
    phone.synced()
    row = only_analysis(server)
    assert row["agrees"] is True
    assert row["path"] == "quick"
    assert {one["purpose"]: one["given"] for one in server.book("ana")["consent"]} == {"data": True, "sensitive": False}
