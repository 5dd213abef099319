"""What is sensitive lies readable nowhere: every route that takes such a value is given one that is known, then everything
a server leaves behind is searched for it: the database with its log, PostgreSQL's dump, backups, caches, log lines."""

from __future__ import annotations

import io
import json
import logging
import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from portal import create_app
from portal.accounts.models import Agent
from portal.api import webhooks
from portal.needs.definitions import publish_ours
from portal.products import catalogue
from portal.proposals import snapshot, thresholds
from sync.backup import back_up
from sync.columns import Sealed, new_id, utcnow
from sync.database import Base, db, dispose, write
from sync.keyprints import hold_keys
from sync.kinds import KINDS
from tests.canary import EMAIL, FEN, LANDLINE, MARK, MOBILES, NUMBER, WORDS, dump, files_under, found_in, server_log
from tests.conftest import SHORT, Browser
from tests.people import Cast, Person, cast, sign_in
from tests.portal.accounts.forms import send
from tests.portal.imports.test_writing import path_of, run, upload
from tests.portal.office.conftest import form_of
from tests.portal.proposals.test_freeze import Book
from tests.portal.team.test_escrow import items
from tests.sync.phone import Phone

#: Sealed columns that only a fault in the middle of something fills; tested where they are made.
RARE = {"import_chunk.refused"}


class Handset(Phone):
    """A phone of somebody of the cast."""

    def __init__(self, client, person: Person):
        self.client, self.agent, self.n, self.cursor, self.rows, self.digests = client, person.id, 0, None, {}, {}
        made = client.post("/sync/devices", json={"label": "Mate 60"}, auth=person.basic).json
        self.id, self.token = made["device"], made["token"]


class House:
    """An office with Ana's book, the things that were told it, and what it was told in secret."""

    def __init__(self, app: Flask, people: Cast, said: io.StringIO):
        self.app, self.people, self.said = app, people, said
        #: Secrets that the house made itself.
        self.secrets: list[str] = []
        self.book = Book(people.ana)
        self.phone = self.handset()

    def handset(self) -> Handset:
        phone = Handset(self.app.test_client(), self.people.ana)
        self.secrets.append(phone.token)
        return phone

    def desk(self, person: Person):
        made = self.app.test_client()
        made.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        sign_in(made, person)
        self.secrets += [cookie.value for cookie in made._cookies.values() if len(cookie.value) > 20]
        return made


@pytest.fixture
def house(database: str, tmp_path: Path, monkeypatch) -> Iterator[House]:
    """Its log says all it can say, and what it puts into files on the way stays to be looked at."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    app = create_app({**SHORT, "DATABASE_URL": database, "DATA_DIR": str(tmp_path / "data"), "LOG_LEVEL": "DEBUG"})
    app.test_client_class = Browser
    said = io.StringIO()
    logging.getLogger("doorstep").handlers[0].setStream(said)  # type: ignore[attr-defined]
    with app.app_context():
        hold_keys()
        people = cast(app)
        publish_ours()
        catalogue.publish_ours()
        thresholds.publish_ours()
        with write() as session:
            session.execute(sa.update(Agent).values(registration_expires=date(2027, 6, 30), sales_grade=4))
        yield House(app, people, said)
        db.session.remove()
    dispose(app)


def left_behind(house: House, database: str, folder: Path) -> list[tuple[str, bytes]]:
    """Everything that somebody could find: files, a backup, PostgreSQL's dump, log lines."""
    db.session.rollback()
    back_up(folder / "house.backup", utcnow(), force=True)
    places = [("log", house.said.getvalue().encode()), *files_under(folder)]
    if database.startswith("sqlite"):
        return places
    return [*places, ("dump", dump(database)), ("log of PostgreSQL", server_log(database))]


def test_nothing_sensitive_lies_readable(house, database, tmp_path):
    for enter in (by_phone, by_conflict, by_escrow, by_import, by_office, by_programs, by_plans, by_oneself, by_admin):
        enter(house)
    read_all(house)
    places = left_behind(house, database, tmp_path)
    assert len(places) > 3
    assert len(house.said.getvalue().splitlines()) > 100
    assert empty_columns() == RARE  # each sealed column was given something
    assert house.secrets
    assert found_in(places, [MARK, *house.secrets]) == []


def test_a_planted_value_is_found(house, database, tmp_path):
    """The search is shown one in a column that is not sealed, one in the log, one in a cache, one in hex."""
    house.phone.create("customer", name="李雪梅", city=WORDS)
    (tmp_path / "temporary" / "cache").write_bytes(f"xx{WORDS}".encode().hex().encode())
    logging.getLogger("doorstep").error("a call from %s", MOBILES[0])
    found = {place for place, _trace in found_in(left_behind(house, database, tmp_path), [MARK])}
    assert {"log", "temporary/cache", "house.backup, unpacked"} <= found
    assert any(name in found for name in ("dump", "doorstep.sqlite3", "doorstep.sqlite3-wal"))


def empty_columns() -> set[str]:
    """The sealed columns in which nothing stands."""
    db.session.rollback()
    # Of these phones write nothing, or nothing but an answer: no newer one sends fields that we do not know.
    unknown = {
        f"{kind.table.name}.extra"
        for kind in KINDS.values()
        if kind.home == "org" or kind.read_only or kind.name == "conflict"
    }
    every = [(table, column) for table in Base.metadata.sorted_tables for column in table.columns
             if isinstance(column.type, Sealed) and f"{table.name}.{column.name}" not in unknown]  # fmt: skip
    assert len(every) > 40
    return {
        f"{table.name}.{column.name}"
        for table, column in every
        if not db.session.scalar(sa.select(sa.exists().where(column.is_not(None))))
    }


# ── the ways in ──────────────────────────────────────────────────────────────

PERSON = {
    "id_type": "passport", "id_number": NUMBER, "mobile": MOBILES[0], "health_note": WORDS, "annual_income_fen": FEN,
}  # fmt: skip
CUSTOMER = {
    "phone_home": LANDLINE, "phone_work": LANDLINE, "email": EMAIL, "wechat_id": f"wx{MARK}",
    "home_address": f"文三路 {MARK} 号", "note": WORDS,
}  # fmt: skip


def by_phone(house: House) -> None:
    """Records of every kind, an edit that is refused, one of a newer phone, one of something deleted."""
    phone = house.phone
    lin = phone.create("customer", name="林雪梅", **CUSTOMER)
    phone.create("consent", customer_id=lin, purpose="sensitive", given=True, at="2026-11-25T01:30:00.000Z")
    assert phone.update("customer", lin, **PERSON)["verdict"] == "ok"
    child = phone.create("relative", customer_id=lin, name="李思源", relation="child", **PERSON)
    contract = phone.creation("policy", customer_id=lin, number=f"P{MARK}", note=WORDS)
    contract["set"]["kind"] = [None, "ci"]
    assert phone.one(contract)["verdict"] == "ok"
    policy = contract["id"]
    visit = phone.create("visit", customer_id=lin, note=WORDS)
    assert phone.update("customer", lin, mobile=f"no number {MARK}")["verdict"] == "rejected"
    for kind, row_id in (("customer", lin), ("relative", child), ("policy", policy), ("visit", visit)):
        newer = phone.change(kind, row_id, later_field=WORDS)
        phone.push(newer, proto=2)
    phone.push(phone.creation("consent", customer_id=lin, purpose="data", given=True,
                              at="2026-11-25T01:30:00.000Z", later_field=WORDS), proto=2)  # fmt: skip
    gone = phone.create("customer", name="将删者", **CUSTOMER)
    phone.delete("customer", gone)
    phone.update("customer", gone, base=1, note=WORDS)
    phone.push({"n": phone.n + 1, "op": "create", "kind": "nothing", "id": MARK, "set": {"note": [None, WORDS]}})
    phone.n += 1


def by_conflict(house: House) -> None:
    """Two phones disagree, the other one settles it with a third value."""
    one, two = house.handset(), house.handset()
    lin = one.create("customer", name="争议者", note=WORDS, mobile=MOBILES[0])
    two.pull()
    one.update("customer", lin, mobile=MOBILES[1], note=f"{WORDS}甲")
    assert two.update("customer", lin, mobile=MOBILES[2], note=f"{WORDS}乙")["verdict"] == "conflict"
    two.pull()
    two.settle(two.conflicts()[0], "other", MOBILES[3])


def by_escrow(house: House) -> None:
    """A revoked phone hands in what it had not sent; the leader gives a reason, takes some in, puts some aside."""
    phone, leader = house.handset(), house.desk(house.people.leader)
    lin = phone.create("customer", name="移机者")
    leader.post(f"/team/devices/{phone.id}/revocations")
    fields = [["mobile", MOBILES[4]], ["note", WORDS]]
    things = [
        phone.change("customer", lin, mobile=MOBILES[4], note=WORDS),
        phone.change("customer", lin, mobile=f"no number {MARK}"),
        {"op": "draft", "path": "/customers/new", "fields": fields, "at": ""},
    ]
    assert phone.post("escrow", {"proto": 1, "edits": things}).status_code == 200
    page = f"/team/escrow/{phone.id}"
    assert leader.post(f"{page}/openings", data={"reason": WORDS}).status_code == 303
    ids = items(leader.get(page))
    assert leader.post(f"{page}/acceptances", data={"item": ids[:2]}).status_code == 303
    leader.post(f"{page}/discards", data={"item": ids[2:]})


def by_import(house: House) -> None:
    """A file that is run, one that changes whom it finds and is taken back, one that waits, cards, wrong rows."""
    ana = house.desk(house.people.ana)
    table = f"姓名,手机,家庭住址,备注,健康状况\n周一鸣,{MOBILES[0]},{WORDS},{WORDS},{WORDS}\n错号,{MARK},,,\n"
    run(ana, path_of(upload(ana, table.encode(), f"{WORDS}.csv")))
    for sentence in ("另一句", "再一句"):
        changing = f"姓名,手机,备注\n周一鸣,{MOBILES[0]},{sentence}{MARK}\n吴二{sentence},{MOBILES[1]},{WORDS}\n"
        path = path_of(upload(ana, changing.encode(), "再来.csv"))
        ana.post(f"{path}/columns", data={"when_there": "update"})
        run(ana, path)
    assert ana.post(f"{path}/undo").status_code == 303
    ana.post(f"{path}/undo/steps")
    card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:郑三\r\nTEL;TYPE=CELL:{MOBILES[2]}\r\nTEL:{MARK}\r\nNOTE:{WORDS}\r\nEND:VCARD\r\n"
    waiting = path_of(upload(ana, card.encode(), f"{WORDS}.vcf"))
    ana.post(f"{waiting}/run")
    upload(ana, card.encode(), f"{WORDS}.vcf")  # nobody goes on with this one
    for name in ("faults.csv", "report.xlsx"):
        assert ana.get(f"{path}/{name}").status_code == 200


def by_office(house: House) -> None:
    """The staff searches and types, the leader opens with a reason, lists go out with one."""
    office, leader = house.desk(house.people.office), house.desk(house.people.leader)
    lin = house.phone.create("customer", name="柜台客")
    for q in (MOBILES[0], NUMBER, WORDS):
        for client in (office, leader):
            assert client.post("/office/results", data={"q": q}).status_code == 200
    home = f"/office/customers/{lin}"
    typed = {"mobile": MOBILES[0], "note": WORDS, "home_address": WORDS, "email": EMAIL}
    for form, to in (("edit", ""), ("relatives/new", "/relatives"), ("policies/new", "/policies")):
        filled = form_of(office.get(f"{home}/{form}").text) | typed
        filled |= {"name": "柜台客", "relation": "spouse", "kind": "ci", "number": f"Q{MARK}"}
        assert office.post(f"{home}{to}", data=filled).status_code == 303, to
    wrong = form_of(office.get(f"{home}/edit").text) | {"mobile": f"no number {MARK}"}
    assert office.post(home, data=wrong).status_code == 422
    assert leader.post(f"{home}/openings", data={"reason": WORDS}).status_code == 303
    ana = house.people.ana.id
    for client in (office, leader):
        answer = client.post("/exports", data={"whose": ana, "form": "xlsx", "reason": WORDS})
        assert answer.status_code == 200
    leader.post(f"/team/customers/{ana}/results", data={"q": MOBILES[0]})


def by_programs(house: House) -> None:
    """An edit with a key that makes it happen once, a token, a webhook with a private address, a program of a leader."""
    ana, program = house.desk(house.people.ana), house.app.test_client()
    page = ana.post(
        "/account/tokens",
        data={
            "label": "账本",
            "scopes": ["records:read", "records:write"],
            "days": "30",
            "password": house.people.ana.password,
        },
    )
    token = re.search(r"dst_[\w-]{20,}", page.text)
    assert token
    house.secrets.append(token.group())
    held = {"Authorization": f"Bearer {token.group()}", "Idempotency-Key": MARK}
    edits = [
        {"op": "create", "kind": "customer", "id": new_id(), "set": {"name": [None, "程序客"], "note": [None, WORDS]}}
    ]
    for _twice in range(2):
        assert program.post("/api/edits", json={"edits": edits}, headers=held).status_code == 200
    address = f"https://example.com/{MARK}"
    hook, secret = webhooks.add("仓库", address, ["customer"], db.session.get_one(Agent, house.people.admin.id))
    db.session.rollback()  # the reading session sees what was written since
    found, admin = webhooks.hook_or_404(hook), db.session.get_one(Agent, house.people.admin.id)
    house.secrets += [secret, webhooks.renew_secret(found, admin)]
    house.phone.create("customer", name="钩子客", note=WORDS)
    webhooks.look(utcnow())


def by_plans(house: House) -> None:
    """An analysis, a plan, a proposal that is refused and one that is frozen; both on paper."""
    book = house.book
    text = json.loads(snapshot.frozen(book.given(note=WORDS)))
    tampered = {**text, "note": f"{WORDS}!", "premium_fen": 1}
    assert book.freeze(json.dumps(tampered, ensure_ascii=False))["verdict"] == "rejected"
    assert book.freeze(snapshot.frozen(book.given(note=WORDS)))["verdict"] == "ok"
    draft = new_id()
    book.create(
        "proposal", draft, customer_id=book.customer, made_on=text["made_at"][:10], draft={"x": {"note": WORDS}}
    )
    phone = house.handset()
    phone.pull()
    phone.push(
        phone.change("analysis", book.analysis, later=WORDS), phone.change("proposal", draft, later=WORDS), proto=2
    )
    ana = house.desk(house.people.ana)
    for path in (f"/reports/{book.analysis}.pdf", f"/proposals/{book.id}.pdf", f"/proposals/{book.id}"):
        assert ana.get(path).status_code == 200, path


def by_oneself(house: House) -> None:
    """Passwords right and wrong, a second step, a code that comes from a picture."""
    leader, stranger = house.desk(house.people.leader), house.app.test_client()
    stranger.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    for name in (MOBILES[0], house.people.ana.username):
        stranger.post("/sign-in", data={"username": name, "password": f"wrong {WORDS}"})
    ana = house.desk(house.people.ben)
    changed = ana.post("/account/password", data={"current": house.people.ben.password, "new": f"long {WORDS}"})
    assert changed.status_code == 200
    begun = leader.post("/account/two-step/setups", data={"current": house.people.leader.password})
    secret = re.search(r"secret=([A-Z2-7]{32})", leader.get(begun.location).text)
    assert secret
    house.secrets.append(secret.group(1))
    done = leader.post("/account/two-step/setup", data={"code": pyotp.TOTP(secret.group(1)).now()})
    house.secrets += re.findall(r"<li>([0-9A-Z]{5}-[0-9A-Z]{5})</li>", done.text)
    manager = house.desk(house.people.manager)  # who does not get to the end of it
    manager.post("/account/two-step/setups", data={"current": house.people.manager.password})


def by_admin(house: House) -> None:
    """A card with contact data, a one-time code; the log says that, not what."""
    admin, ben = house.desk(house.people.admin), house.people.ben.id
    answer = send(
        admin, f"/admin/people/{ben}/edit", f"/admin/people/{ben}",
        work_phone=MOBILES[1], email=EMAIL, wechat_id=f"wx{MARK}", office_address=WORDS,
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    admin.get(f"/admin/people?q={MOBILES[1]}")
    code = admin.post(f"/admin/people/{ben}/codes")
    house.secrets += [found.replace("-", "") for found in re.findall(r"[0-9A-Z]{4,5}(?:-[0-9A-Z]{4,5})+", code.text)]


def read_all(house: House) -> None:
    """Caches are filled by reading."""
    phone = house.handset()
    phone.pull()
    phone.snapshot(pack=True)
    office = house.desk(house.people.office)
    for page in ("/office", "/exports/new"):
        assert office.get(page).status_code == 200
    nobody = house.app.test_client()
    nobody.get(f"/customers/?q={MOBILES[0]}")
    nobody.get(f"/sync/{MARK}")
