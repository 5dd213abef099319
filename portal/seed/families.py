"""Whole trees of a fictional book: a customer, the family, the policies, the visits. Pure: a generator and a day go in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.seed.names import CITIES, EMPLOYERS, ESTATES, HOBBIES, JOBS, Person, Town, id_number

SHANGHAI = ZoneInfo("Asia/Shanghai")
INSURERS = ("晨渡人寿（演示）", "山海人寿（演示）", "万象健康（演示）", "平川财险（演示）")
SOURCES = ("转介绍", "陌生拜访", "老客户", "社区活动", "亲友", "网络咨询")
PRODUCTS = {
    "term": "守家定期寿险（演示产品）",
    "whole_life": "长岁终身寿险（演示产品）",
    "increasing_whole_life": "增益终身寿险（演示产品）",
    "ci": "安康重大疾病保险（演示产品）",
    "medical": "百万医疗险（演示产品）",
    "accident": "出行意外险（演示产品）",
    "annuity": "颐年养老年金（演示产品）",
    "education": "书香教育金（演示产品）",
    "motor": "机动车综合险（演示产品）",
}
YUAN = 100
WAN = 10_000 * YUAN


@dataclass
class Record:
    """One record to be made: kind, id and the fields that are set."""

    kind: str
    id: str
    fields: dict[str, Any]


@dataclass
class Tree:
    """A customer with all that belongs to it, in an order in which parents come first."""

    records: list[Record] = field(default_factory=list)

    @property
    def customer(self) -> Record:
        return self.records[0]

    @property
    def id(self) -> str:
        return self.customer.id


class Book:
    """Makes the trees of one agent's book."""

    def __init__(self, random: Random, today: date):
        self.random = random
        self.today = today
        self.town = Town(random, today)
        self._made = 0

    def trees(self, count: int, visits: int | None = None) -> Iterator[Tree]:
        """`count` families, each with a handful of policies and `visits` visits (random when None)."""
        for _ in range(count):
            yield self.family(visits)

    def new_id(self) -> str:
        """A UUIDv7 with a deterministic tail, so that one seed makes one book."""
        self._made += 1
        milliseconds = int(datetime.combine(self.today, time(8), SHANGHAI).timestamp() * 1000) - 90 * 86_400_000
        number = (milliseconds + self._made) << 80 | 0x7 << 76 | self.random.getrandbits(12) << 64
        return str(UUID(int=number | 0b10 << 62 | self.random.getrandbits(62)))

    def family(self, visits: int | None = None) -> Tree:
        """A family as they come: two in three are married, most of those have children."""
        random = self.random
        head = self.town.person(min(78, max(22, int(random.gauss(42, 11)))))
        tree = Tree()
        married = random.random() < 0.68
        self.add(tree, "customer", self._customer(head, married))
        relatives = list(self._relatives(head, married))
        members = [("customer", tree.id, head)]
        for relation, person in relatives:
            record = self.add(tree, "relative", self._relative(tree.id, relation, person))
            members.append(("relative", record.id, person))
        for policy in self._policies(tree.id, members):
            self.add(tree, "policy", policy)
        for visit in self._visits(tree.id, visits):
            self.add(tree, "visit", visit)
        return tree

    def add(self, tree: Tree, kind: str, fields: dict[str, Any]) -> Record:
        record = Record(kind, self.new_id(), {name: value for name, value in fields.items() if value is not None})
        tree.records.append(record)
        return record

    def at(self, days: int, hour: int = 10, minute: int = 0) -> str:
        """The instant `days` from today at a time of day in Shanghai, as on the wire."""
        moment = datetime.combine(self.today + timedelta(days=days), time(hour, minute), SHANGHAI)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def day(self, days: int) -> str:
        return (self.today + timedelta(days=days)).isoformat()

    def _customer(self, person: Person, married: bool) -> dict[str, Any]:
        random = self.random
        job, job_class = random.choice(JOBS)
        known = random.random() < 0.7
        lunar = random.random() < 0.12
        city = random.choice(CITIES)
        return {
            "name": person.name,
            "gender": person.gender,
            "birth_date": person.born.isoformat() if known else None,
            "birthday_calendar": "lunar" if lunar else None,
            "birthday_month": random.randint(1, 12) if lunar else None,
            "birthday_day": random.randint(1, 29) if lunar else None,
            "id_type": "idcard" if known else None,
            "id_number": id_number(person, random) if known and random.random() < 0.6 else None,
            "mobile": person.mobile,
            "marital": "married" if married else random.choice(("single", "single", "divorced")),
            "employer": random.choice(EMPLOYERS) if random.random() < 0.6 else None,
            "position": job,
            "occupation_class": job_class,
            "city": city,
            "home_address": f"{city}{random.choice(ESTATES)} {random.randint(1, 28)} 栋 {random.randint(1, 18)}0{random.randint(1, 4)}",
            "housing": random.choice(("owned", "owned", "rented", "family")),
            "has_car": random.random() < 0.5,
            "hobbies": random.choice(HOBBIES) if random.random() < 0.4 else None,
            "social_insurance": [random.choice(("employee", "resident"))] if random.random() < 0.7 else None,
            "source": random.choice(SOURCES),
            "stage": random.choice(("potential", "target", "prospect", "client", "client", "client", "loyal")),
            "contact_permission": random.choices(("any", "service", "none"), (94, 5, 1))[0],
            "tags_value": ["金"] if random.random() < 0.12 else None,
        }

    def _relatives(self, head: Person, married: bool) -> Iterator[tuple[str, Person]]:
        random, age = self.random, self.today.year - head.born.year
        if married:
            yield (
                "spouse",
                self.town.person(max(22, age + random.randint(-3, 3)), "female" if head.gender == "male" else "male"),
            )
            for _ in range(random.choices((0, 1, 2), (25, 50, 25))[0]):
                child_age = age - random.randint(24, 34)
                if child_age >= 0:
                    yield "child", self.town.person(child_age, surname=head.name[:1])
        if age < 50 and random.random() < 0.3:
            yield "parent", self.town.person(age + random.randint(23, 30), surname=head.name[:1])

    def _relative(self, customer_id: str, relation: str, person: Person) -> dict[str, Any]:
        return {
            "customer_id": customer_id,
            "relation": relation,
            "name": person.name,
            "gender": person.gender,
            "birth_date": person.born.isoformat() if self.random.random() < 0.85 else None,
            "mobile": person.mobile if person.born.year < self.today.year - 16 and self.random.random() < 0.4 else None,
            "dependent": True if relation == "child" else None,
            "lives_with": self.random.random() < 0.8 if relation in {"spouse", "child"} else None,
        }

    def _policies(self, customer_id: str, members: list[tuple[str, str, Person]]) -> Iterator[dict[str, Any]]:
        for _ in range(self.random.choices((0, 1, 2, 3, 4, 5), (15, 25, 25, 18, 10, 7))[0]):
            yield self.policy(customer_id, members[0], self.random.choice(members), self.random.choice(list(PRODUCTS)))

    def policy(
        self,
        customer_id: str,
        applicant: tuple[str, str, Person],
        insured: tuple[str, str, Person],
        kind: str,
        **given: Any,
    ) -> dict[str, Any]:
        """The fields of a policy of `kind`; `given` overrides what would be made up."""
        random = self.random
        # Most premiums are paid on time: a few are overdue, a few come due in the next weeks.
        due_in = random.randint(40, 344) if random.random() < 0.94 else random.randint(-2, 39)
        short = kind in {"medical", "accident", "motor"}
        started = self.today + timedelta(days=due_in) - timedelta(days=365 * (1 if short else random.randint(1, 12)))
        effective = date(started.year, started.month, min(started.day, 28))
        due = date(self.today.year + (1 if due_in > 300 else 0), effective.month, effective.day)
        if due < self.today - timedelta(days=25):
            due = due.replace(year=due.year + 1)
        premium = (
            random.choice((870, 1200, 2400, 3600, 6420, 8800, 12_000))
            if not short
            else random.choice((358, 870, 1260, 3980))
        )
        letters = "".join(random.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(2))
        made = {
            "customer_id": customer_id,
            "kind": kind,
            "insurer": random.choice(INSURERS),
            "product_name": PRODUCTS[kind],
            "number": f"{letters}{effective:%Y%m%d}{random.randint(0, 9999):04d}",
            "applicant": {"kind": applicant[0], "id": applicant[1]},
            "insured": {"kind": insured[0], "id": insured[1]},
            "sum_assured_fen": random.choice((10, 20, 30, 50, 100)) * WAN if kind != "motor" else 200 * WAN,
            "premium_fen": premium * YUAN,
            "pay_mode": "year",
            "pay_years": None if short else random.choice((10, 20, 30)),
            "effective_date": effective.isoformat(),
            "expiry_date": (due - timedelta(days=1)).isoformat() if short else None,
            "next_due_date": due.isoformat(),
            "cooling_off_days": None if short else 15,
            "plate": f"浙A{random.choice('ABCDEFGH')}{random.randint(1000, 9999)}" if kind == "motor" else None,
        }
        return {**made, **given}

    def _visits(self, customer_id: str, count: int | None) -> Iterator[dict[str, Any]]:
        random = self.random
        for _ in range(random.choices((0, 1, 2, 4, 7), (10, 25, 30, 25, 10))[0] if count is None else count):
            channel = random.choices(("visit", "call", "message", "meeting"), (3, 5, 3, 1))[0]
            days = -random.randint(1, 700)
            follow = random.random() < 0.2 and days > -30
            yield {
                "customer_id": customer_id,
                "channel": channel,
                "started_at": self.at(days, random.randint(9, 19), random.choice((0, 10, 20, 30, 40, 50))),
                "minutes": random.choice((5, 6, 10, 15, 30, 45, 60)),
                "purpose": random.choice(("保障分析", "续期提醒", "送保单", "问候", "理赔协助")),
                "outcome": random.choice(OUTCOMES),
                "note": random.choice(NOTES),
                "next_step": random.choice(NEXT_STEPS) if follow else None,
                "next_date": self.day(random.randint(0, 20)) if follow else None,
            }


#: The codes that one tap records (the phone has their labels).
OUTCOMES = ("wants_proposal", "considering", "not_met", "no_need")
NEXT_STEPS = ("proposal", "call", "visit")
NOTES = (
    "想先看孩子的医疗和重疾",
    "在忙，约下周再谈",
    "对养老年金有兴趣，要和家里商量",
    "问了理赔要带哪些材料",
    "换了工作，社保断了两个月",
    "老人住院，先不谈新的",
    "续期已提醒，会按时交",
    "希望看两家公司的对比",
)
