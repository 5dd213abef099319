"""Ana's office and book without one Chinese letter: whatever is Chinese on an English page is then ours to translate."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from portal.needs.gap import analyse
from portal.needs.household import values_of
from portal.needs.questions import counted
from sync.columns import new_id
from tests.e2e.conftest import Phone, Server
from tests.e2e.reader import words_of
from tests.portal.needs.families import ASSUMPTIONS, MODEL, QUESTIONS

PEOPLE = {"ana": "Shen Qingyue", "ben": "Gu Yining", "lin": "Lin Zhiyuan"}
TEAM = "Riverside Two"
# What is typed on the phone later, who writes at the desk, and how devices are called.
OTHERS = ("Ningbo", "Wenzhou", "nobody", "office", "Reading", "Linux", "Android", "Chromium")
# The newest edit is changed to one that the server will refuse, as if a rule had changed since.
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


@dataclass
class Book:
    """The edits that made the book, and the ids of the records by what they are called here."""

    edits: list[dict[str, Any]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def add(self, called: str, sort: str, of: str | None = None, /, **values: object) -> None:
        """One record more; `of` is the customer it belongs to."""
        wanted = values if of is None else {"customer_id": self.ids[of], **values}
        sets = {name: [None, value] for name, value in wanted.items()}
        self.ids[called] = new_id()
        self.edits.append({"op": "create", "kind": sort, "id": self.ids[called], "set": sets})

    @property
    def words(self) -> set[str]:
        """Every Latin word of the data, and the names of the office and of this browser."""
        values = [value for edit in self.edits for _, value in edit["set"].values()]
        flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
        return words_of([*flat, *PEOPLE.values(), TEAM, *OTHERS])


def day(days: int) -> str:
    """A civil date so many days from today in China."""
    return (datetime.now(UTC) + timedelta(hours=8, days=days)).strftime("%Y-%m-%d")


def instant(days: int, hour: int = 2) -> str:
    return f"{day(days)}T{hour:02}:00:00.000Z"


def book() -> Book:
    """A family with one of everything, and others for the lists; something for every part of today's page."""
    made = Book()
    made.add(
        "lin", "customer", name="Lin Xuemei", gender="female", mobile="13800000005", city="Hangzhou",
        birth_date=f"1984{day(2)[4:]}", birthday_calendar="solar",
        marital="married", education="Zhejiang U", email="xuemei.lin@riverside.example", employer="Westlake Silk",
        position="Buyer", work_address="1 Silk Rd", home_address="Lane 9, Gate 4", housing="owned", has_car=True,
        hobbies="tea, hiking", best_contact_time="after dinner", preferred_channel="call", source="Wang Fang",
        stage="potential", contact_permission="service", tags_risk=["gout"], tags_value=["thrift"],
        tags_need=["schooling"], note="Likes jasmine tea.", smoker=False, social_insurance=["employee"],
        occupation_class=2,
    )  # fmt: skip
    made.add("given", "consent", "lin", purpose="sensitive", given=True, by="self", at=instant(-9), channel="paper")
    made.add("data", "consent", "lin", purpose="data", given=True, by="self", at=instant(-9))
    made.add("child_ok", "consent", "lin", purpose="child", given=True, by="guardian", guardian_name="Lin Xuemei",
             at=instant(-8))  # fmt: skip
    made.add("withdrawn", "consent", "lin", purpose="marketing", given=False, by="self", at=instant(-8))
    made.add("relative", "relative", "lin", name="Li Siyuan", relation="child", birth_date="2017-11-30",
             dependent=True, lives_with=True)  # fmt: skip
    made.add("spouse", "relative", "lin", name="Li Jianguo", relation="spouse", birth_date="1984-05-17")
    made.add("father", "relative", "lin", name="Lin Defu", relation="parent", birthday_calendar="lunar",
             birthday_month=8, birthday_day=15)  # fmt: skip
    made.add(
        "policy", "policy", "lin", kind="medical", insurer="Lakeside Mutual", product_name="Lotus Plus",
        number="P20260001", applicant={"kind": "customer", "id": made.ids["lin"]}, insured={"kind": "relative", "id": made.ids["relative"]},
        premium_fen=128_050, sum_assured_fen=200_000_000, pay_mode="year", pay_years=1, effective_date=day(-330),
        next_due_date=day(9), expiry_date=day(34),
    )  # fmt: skip
    made.add("lapsed", "policy", "lin", kind="ci", product_name="Old Oak", terminated_on=day(-100),
             termination="surrendered", effective_date=day(-2_000))  # fmt: skip
    made.add("car", "policy", "lin", kind="motor", product_name="Roadside", plate="A12345", expiry_date=day(20))
    made.add("visit", "visit", "lin", channel="call", started_at=instant(-5), minutes=6, purpose="Renewing Lotus",
             outcome="Thinking it over", note="Wants to see it on paper.", next_step="Bring the leaflet",
             next_date=day(3))  # fmt: skip
    made.add("planned", "visit", "lin", channel="visit", planned_at=instant(5, 6), purpose="Going through papers")
    made.add("soon", "visit", "lin", channel="meeting", planned_at=instant(0, 15), purpose="Coffee")
    analysis(made)
    made.add("wang", "customer", name="Wang Fang", mobile="13800000006", stage="client", contact_permission="none")
    made.add("missed", "visit", "wang", channel="visit", planned_at=instant(-3), purpose="Coffee")
    made.add("long", "customer", name="Wolfeschlegelsteinhausenbergerdorff Maximiliana", stage="loyal",
             employer="Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft",
             city="Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch")  # fmt: skip
    made.add("bare", "customer", name="Luo Xiaomeng")
    return made


def analysis(made: Book) -> None:
    """Two needs analyses of the family, one after the other."""
    lin, spouse, child = (made.ids[name] for name in ("lin", "spouse", "relative"))
    people = [
        {"id": lin, "relation": "self", "name": "Lin Xuemei", "gender": "female", "birth_date": "1984-05-02"},
        {"id": spouse, "relation": "spouse", "name": "Li Jianguo", "gender": "male", "birth_date": "1984-05-17"},
        {"id": child, "relation": "child", "name": "Li Siyuan", "gender": "male", "birth_date": "2017-11-30"},
    ]
    answers = {"G01": True, "G02": True, "G03": True, "H01": "Hangzhou", "H02": people, "F01": 1_200_000,
               f"M04:{spouse}": 30_000_000, f"M04:{lin}": 18_000_000, f"C01:{child}": "bachelor",
               f"M03:{child}": ["none"], "F05": 20_000_000, "F03": [{"balance_fen": 120_000_000, "years": 20}]}  # fmt: skip
    versions = {"questionnaire": "family@1", "assumptions": "CN-2026@1", "model": "household@1"}
    for called, more, finished in (
        ("analysis", {}, instant(-30)),
        ("again", {"F05": 90_000_000, "H01": "Ningbo"}, instant(-1)),
    ):
        follows = made.ids["analysis"] if called == "again" else None
        told = {**answers, **more}
        made.add(called, "analysis", "lin", path="full", **versions, made_on=day(-1), answers=told,
                 result=result(told, date.fromisoformat(day(-1))), follows=follows, completed_at=finished)  # fmt: skip
    made.add("begun", "analysis", "lin", path="quick", **versions, made_on=day(-1), answers={"H02": people})


def result(answers: dict[str, Any], today: date) -> dict[str, Any]:
    """What a phone makes of the answers."""
    values = values_of(ASSUMPTIONS)
    return analyse(counted(QUESTIONS, answers, values, today), MODEL, ASSUMPTIONS, today)


def furnish(server: Server, made: Book) -> None:
    """Latin names for the office, and the book on the server."""
    server.python(
        "from portal.accounts.models import Agent, Unit\nfrom sync.database import write\n"
        f"names = {json.dumps(PEOPLE)}\n"
        "with write() as session:\n"
        "    for agent in session.query(Agent):\n"
        "        agent.name = names.get(agent.username, agent.username.title())\n"
        f"    for unit in session.query(Unit):\n        unit.name = {TEAM!r}\n"
    )
    verdicts = server.write(server.people["ana"], made.edits)
    assert [verdict["verdict"] for verdict in verdicts] == ["ok"] * len(made.edits), [
        one.get("error") for one in verdicts
    ]


def correct(phone: Phone, customer_id: str, name: str, value: str) -> None:
    """Change one field of a customer by its form."""
    phone.page.goto(f"/customers/{customer_id}/edit")
    phone.page.locator(f"[name={name}]").evaluate("(input) => input.closest('details')?.setAttribute('open', '')")
    phone.page.locator(f"[name={name}]").fill(value)
    phone.save()


def live_in(server: Server, phone: Phone, ids: dict[str, str]) -> None:
    """Afterwards the phone has a conflict, something refused, received and waiting; and the server is gone."""
    ana, lin, wang = server.people["ana"], ids["lin"], ids["wang"]
    server.kill()
    correct(phone, lin, "mobile", "13911112222")
    correct(phone, wang, "city", "Ningbo")
    phone.page.evaluate(SPOIL, ana)
    theirs = {"mobile": ["13800000005", "13733334444"]}
    (verdict,) = server.write(ana, [{"op": "update", "kind": "customer", "id": lin, "base": 1, "set": theirs}])
    assert verdict["verdict"] == "ok", verdict
    server.start()
    phone.page.goto("/today")
    phone.page.locator(".sync[data-state=refused]").wait_for()
    server.kill()
    correct(phone, wang, "city", "Wenzhou")
