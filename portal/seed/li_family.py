"""The Li family (李家) of the demo: 林雪梅, her husband, two children and his father, with cover that has holes in it."""

from __future__ import annotations

from datetime import date, timedelta

from portal.seed.families import WAN, YUAN, Book, Record, Tree
from portal.seed.names import Person


def li_family(book: Book) -> Tree:
    """The tree of 林雪梅. Ages are kept by moving the years along with the book's today."""
    today, tree = book.today, Tree()

    def born(age: int, month: int, day: int) -> date:
        had_birthday = (today.month, today.day) >= (month, day)
        return date(today.year - age - (0 if had_birthday else 1), month, day)

    book.add(tree, "customer", {
        "name": "林雪梅", "gender": "female", "birth_date": born(40, 3, 18).isoformat(), "mobile": "13800007733",
        "marital": "married", "education": "本科", "employer": "启明小学", "position": "小学教师", "occupation_class": 1,
        "city": "杭州", "home_address": "杭州云栖里 3 栋 1202", "housing": "owned", "has_car": True, "hobbies": "羽毛球",
        "social_insurance": ["employee"], "source": "转介绍", "stage": "loyal", "contact_permission": "any",
        "tags_value": ["白金"], "tags_need": ["孩子医疗"], "preferred_channel": "visit", "best_contact_time": "下午两点后",
    })  # fmt: skip
    for purpose in ("data", "sensitive", "child", "marketing"):
        book.add(tree, "consent", {
            "customer_id": tree.id, "purpose": purpose, "given": True, "text_id": purpose, "text_version": "1",
            "by": "self", "channel": "visit", "at": book.at(-400, 14, 6),
        })  # fmt: skip

    def relative(name: str, gender: str, relation: str, birth: date, **more) -> Record:
        fields = {"customer_id": tree.id, "relation": relation, "name": name, "gender": gender}
        return book.add(tree, "relative", {**fields, "birth_date": birth.isoformat(), **more})

    husband = relative("李建国", "male", "spouse", born(40, 6, 2), mobile="13800007734", lives_with=True, occupation_class=1,
                       annual_income_fen=28 * WAN)  # fmt: skip
    son = relative("李思源", "male", "child", born(9, 5, 20), dependent=True, lives_with=True)
    relative("李思齐", "female", "child", born(4, 9, 9), dependent=True, lives_with=True)
    father = relative("李国栋", "male", "parent_in_law", born(69, 1, 15), lives_with=True)

    def cover(insured: Record, kind: str, sum_wan: int, premium_yuan: int, due_in: int, years: int = 1, **more) -> None:
        due = today + timedelta(days=due_in)
        effective = date(due.year - years, due.month, min(due.day, 28))
        person = ("customer", tree.id, Person("林雪梅", "female", today, ""))
        other = (insured.kind, insured.id, person[2])
        given = {
            "sum_assured_fen": sum_wan * WAN, "premium_fen": premium_yuan * YUAN, "next_due_date": due.isoformat(),
            "effective_date": effective.isoformat(), "insurer": "晨渡人寿（演示）",
            "expiry_date": (due - timedelta(days=1)).isoformat() if years == 1 else None,
        }  # fmt: skip
        book.add(tree, "policy", book.policy(tree.id, person, other, kind, **{**given, **more}))

    cover(husband, "term", 100, 1860, 150, 6, pay_years=20)
    cover(husband, "ci", 50, 8200, 96, 5, pay_years=20)
    cover(husband, "medical", 600, 458, 15, guaranteed_until=book.day(3 * 365))
    cover(husband, "accident", 100, 580, 318)
    cover(tree.customer, "term", 60, 640, 150, 6, pay_years=20)
    cover(tree.customer, "ci", 30, 4650, 96, 5, pay_years=20)
    cover(tree.customer, "accident", 50, 290, 318)
    cover(son, "ci", 50, 2480, 201, 4, pay_years=20)
    cover(son, "medical", 200, 298, 201)
    cover(son, "accident", 20, 66, 201)
    cover(father, "accident", 10, 158, 60)

    for visit in (
        {"channel": "visit", "planned_at": book.at(0, 14), "purpose": "保障分析", "note": "答应带两份重疾对比；不提老人住院"},
        {"channel": "call", "started_at": book.at(-4, 10, 20), "minutes": 6, "outcome": "considering",
         "note": "二宝上幼儿园，想先看孩子的医疗和重疾"},
        {"channel": "visit", "started_at": book.at(-46, 15), "minutes": 40, "purpose": "意外险续保",
         "note": "建国 100 万、雪梅 50 万，年交 870 元"},
        {"channel": "message", "started_at": book.at(-56, 19, 30), "note": "介绍了同事罗晓梦，已道谢"},
    ):  # fmt: skip
        book.add(tree, "visit", {"customer_id": tree.id, **visit})
    # Five years of acquaintance: 23 entries in all.
    for number in range(19):
        channel, purpose, note = EARLIER[number % len(EARLIER)]
        started = book.at(-100 - 102 * number, 10 + number % 8, 10 * (number % 6))
        fields = {"channel": channel, "purpose": purpose, "note": note, "started_at": started, "minutes": 5 + number}
        book.add(tree, "visit", {"customer_id": tree.id, **fields})
    return tree


EARLIER = (
    ("call", "续期提醒", "已提醒，到期前会存够"),
    ("visit", "保单检视", "把全家的保单理了一遍，建国的重疾想加"),
    ("message", "问候", "思源生日，发了祝福"),
    ("call", "理赔协助", "思源门诊理赔的材料已说明"),
    ("visit", "保障分析", "聊了房贷和孩子上学的安排"),
)
