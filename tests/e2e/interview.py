"""A needs analysis as an agent taps it: the family of five of the demo, question by question."""

from __future__ import annotations

from urllib.parse import unquote

from playwright.sync_api import Page

# By question; what is not here is answered "not sure".
PEOPLE = [
    {"name": "王志刚", "relation": "spouse", "gender": "male", "birth_date": "1986-02-28"},
    {"name": "王小波", "relation": "child", "gender": "male", "birth_date": "2015-09-01"},
    {"name": "王小月", "relation": "child", "gender": "female", "birth_date": "2019-09-01"},
    {"name": "张桂兰", "relation": "parent", "gender": "female", "birth_date": "1955-01-01"},
]
TYPED = {"H01": "杭州", "F01": "12000", "F05": "200000", "F06": "100000", "F08": "6"}
CHOSEN = {"G01": "true", "G02": "true", "G03": "true", "H03": "married", "C01": "bachelor", "E02": "false"}
GROUPS = {
    "A01": {"tenure": "owned", "area_m2": "90", "contents_fen": "200000"},
    "S01": {"budget_fen": "20000", "mode": "year"},
    "F09": {"housing_fund_fen": "60,000"},
}
INCOMES = {"林雪梅": "180000", "王志刚": "300000"}


def question_of(page: Page) -> str:
    """Id of the question that is open: M04."""
    return key_of(page).split(":")[0]


def key_of(page: Page) -> str:
    """Key of the screen that is open: M04:0199…"""
    return unquote(page.url.rpartition("/questions/")[2])


def send(page: Page, button: str = ".foot button[type=submit]") -> None:
    """Tap a button of the question and wait for the page after it."""
    with page.expect_navigation():
        page.locator(button).click()


def tick(page: Page, name: str, value: str) -> None:
    """Choose one answer; unfold what it stands in."""
    control = page.locator(f"main [name='{name}'][value='{value}']")
    unfold(page, name)
    control.check()


def write(page: Page, name: str, text: str) -> None:
    unfold(page, name)
    page.locator(f"main [name='{name}']").first.fill(text)


def unfold(page: Page, name: str) -> None:
    page.locator(f"main [name='{name}']").first.evaluate("(one) => one.closest('details')?.setAttribute('open', '')")


def fill_entry(page: Page, at: str, values: dict[str, str]) -> None:
    """The fields of a group, or of one entry of a list."""
    for name, value in values.items():
        control = page.locator(f"main [name='{at}{name}']").first
        if control.get_attribute("type") == "radio":
            tick(page, f"{at}{name}", value)
        else:
            write(page, f"{at}{name}", value)


def tell_family(page: Page, people: list[dict[str, str]]) -> None:
    """The members, one after the other; the customer stands there already."""
    fill_entry(page, "0.", {"birth_date": "1988-03-05", "gender": "female"})
    for index, one in enumerate(people, start=1):
        send(page, "main button[name=_more]")
        fill_entry(page, f"{index}.", one)


def tell_mortgage(page: Page) -> None:
    fill_entry(page, "0.", {"balance_fen": "120 万", "monthly_fen": "6500", "years": "20"})
    shares = page.locator("main [name^='0.shares.']")
    for share, control in zip(("40", "60"), shares.all(), strict=True):
        control.fill(share)


def tell_policy(page: Page) -> None:
    tick(page, "0.kind", "term")
    page.locator("main [name='0.insured']").nth(1).check()
    fill_entry(page, "0.", {"sum_fen": "1,000,000", "yearly_fen": "1860"})


def unsure(page: Page) -> None:
    page.locator("main .unsure input").check()


def reply(page: Page) -> None:
    """Answer the question that is open; the page stays."""
    question = question_of(page)
    if question == "H02":
        tell_family(page, PEOPLE)
    elif question == "F03":
        tell_mortgage(page)
    elif question == "E01":
        tell_policy(page)
    elif question == "M04":
        heading = page.locator("h1").inner_text()
        income = next((income for name, income in INCOMES.items() if name in heading), None)
        if income:
            write(page, "answer", income)
        else:
            unsure(page)
    elif question in GROUPS:
        fill_entry(page, "", GROUPS[question])
    elif question in TYPED:
        write(page, "answer", TYPED[question])
    elif question in CHOSEN:
        if question == "G03":
            fill_entry(page, "", {"guardian": "林雪梅", "guardian_relation": "母亲"})
        tick(page, "answer", CHOSEN[question])
    elif page.locator("main [name=_none]").count():
        page.locator("main [name=_none]").check()
    else:
        unsure(page)


def go_on(page: Page, until: str = "") -> list[str]:
    """Answer one question after the other, to the review or to a question; returns what was answered."""
    answered = []
    while "/questions/" in page.url and question_of(page) != until:
        key = key_of(page)
        assert key not in answered, f"{key} comes back after {answered}: {page.locator('main').inner_text()}"
        answered.append(key)
        reply(page)
        send(page)
    return answered
