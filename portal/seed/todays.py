"""The people of today's list in the demo: an overdue premium, a birthday, a call at half past four, a review soon."""

from __future__ import annotations

from datetime import date, timedelta

from portal.seed.families import WAN, YUAN, Book, Tree
from portal.seed.names import Person


def todays_people(book: Book) -> list[Tree]:
    """Five trees whose dates stand around the book's today."""
    today = book.today
    zhou = _person(book, "周玉兰", "female", _birthday(today, 68, -100), "望江名邸", stage="client")
    _policy(book, zhou, "whole_life", 20, 6420, -1)
    wu = _person(book, "吴晓燕", "female", _birthday(today, 42, 0), "秋涛苑", stage="client")
    _visit(book, wu, channel="call", started_at=book.at(-41, 11), minutes=8, note="女儿考上了高中，替她高兴")
    chen = _person(book, "陈立新", "male", _birthday(today, 51, 160), "橡树湾", stage="client")
    _policy(book, chen, "medical", 200, 1260, 15)
    _visit(book, chen, channel="call", planned_at=book.at(0, 16, 30), purpose="续期提醒")
    sun = _person(book, "孙浩然", "male", _birthday(today, 47, 7), "丹枫里", stage="loyal")
    luo = _person(book, "罗晓梦", "female", _birthday(today, 29, 200), "四季花城", stage="potential", source="转介绍")
    _visit(book, luo, channel="message", started_at=book.at(-5, 20), note="林雪梅介绍，先加了微信", next_step="call",
           next_date=book.day(2))  # fmt: skip
    return [zhou, wu, chen, sun, luo]


def _birthday(today: date, age: int, in_days: int) -> date:
    day = today + timedelta(days=in_days)
    return date(today.year - age - (1 if in_days > 0 else 0) + (day.year - today.year), day.month, min(day.day, 28))


def _person(book: Book, name: str, gender: str, born: date, estate: str, **more) -> Tree:
    tree = Tree()
    book.add(tree, "customer", {
        "name": name, "gender": gender, "birth_date": born.isoformat(), "mobile": book.town.mobile(), "city": "杭州",
        "home_address": f"杭州{estate} 5 栋 602", "contact_permission": "any", **more,
    })  # fmt: skip
    return tree


def _policy(book: Book, tree: Tree, kind: str, sum_wan: int, premium_yuan: int, due_in: int) -> None:
    due = book.today + timedelta(days=due_in)
    years = 1 if kind == "medical" else 8
    person = ("customer", tree.id, Person(tree.customer.fields["name"], "female", book.today, ""))
    given = {
        "sum_assured_fen": sum_wan * WAN, "premium_fen": premium_yuan * YUAN, "next_due_date": due.isoformat(),
        "effective_date": date(due.year - years, due.month, min(due.day, 28)).isoformat(), "pay_years": 20 if years > 1 else None,
        "expiry_date": (due - timedelta(days=1)).isoformat() if years == 1 else None,
    }  # fmt: skip
    book.add(tree, "policy", book.policy(tree.id, person, person, kind, **given))


def _visit(book: Book, tree: Tree, **fields) -> None:
    book.add(tree, "visit", {"customer_id": tree.id, **fields})
