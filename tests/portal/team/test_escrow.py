"""What a revoked phone handed in: the leader looks, takes in, puts aside; nobody else knows of it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.customers import labels
from portal.team.escrow import EscrowOpening
from portal.team.escrow_words import About, facts, head
from sync import devices
from sync.columns import instant_text, new_id, utcnow
from sync.database import db

ROOT = Path(__file__).resolve().parents[3]
MOBILE = "13912345678"


class HandingIn:
    """A phone that was revoked before it could send."""

    def __init__(self, client, person):
        made = client.post("/sync/devices", json={"label": "Mate 60"}, auth=person.basic).json
        self.client, self.id = client, made["device"]
        self.headers = {"Authorization": f"Bearer {made['token']}"}
        self.n = 0
        devices.revoke(self.id, person.id)

    def edit(self, op: str, kind: str, row_id: str, **sets) -> dict:
        self.n += 1
        pairs = {name: list(value) if isinstance(value, tuple) else [None, value] for name, value in sets.items()}
        edit = {"n": self.n, "op": op, "kind": kind, "id": row_id, "at": instant_text(utcnow())}
        return edit | ({"base": 1} if op != "create" else {}) | ({"set": pairs} if op != "delete" else {})

    def hand_in(self, *things) -> None:
        reply = self.client.post("/sync/escrow", json={"proto": 1, "edits": list(things)}, headers=self.headers)
        assert reply.status_code == 200, reply.text


@pytest.fixture
def phone(program, people):
    return HandingIn(program, people.ana)


@pytest.fixture
def leader(desk, people):
    return desk(people.leader)


def text_of(reply) -> str:
    assert reply.status_code in (200, 422), reply.status_code
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", reply.text)).split())


def items(reply) -> list[str]:
    return re.findall(r'name="item" value="([^"]+)"', reply.text)


def test_nothing_there(leader):
    assert "没有交来的内容" in text_of(leader.get("/team/escrow"))


def test_a_list_by_phone_and_a_look_in_sentences(leader, phone, people, customer):
    lin = customer(people.ana, "林雪梅", city="杭州")
    note = phone.edit("create", "visit", new_id(), customer_id=lin, channel="call", note="谈了教育金")
    phone.hand_in(
        phone.edit("update", "customer", lin, city=("杭州", "宁波")), note, phone.edit("delete", "customer", lin)
    )
    listed = text_of(leader.get("/team/escrow"))
    assert "沈清越，Mate 60" in listed
    assert "3 条待看" in listed
    said = text_of(leader.get(f"/team/escrow/{phone.id}"))
    assert "修改：客户 林雪梅" in said
    assert "城市 杭州 → 宁波" in said
    assert "新增：拜访 林雪梅" in said
    assert "方式 电话" in said
    assert "删除：客户 林雪梅" in said
    leader.set_cookie("lang", "en")
    said = text_of(leader.get(f"/team/escrow/{phone.id}"))
    assert "Changed: Customer 林雪梅" in said
    assert "City 杭州 → 宁波" in said


def test_private_data_is_masked_until_it_is_opened_with_a_reason(leader, phone, people, customer):
    lin = customer(people.ana, "林雪梅")
    phone.hand_in(
        phone.edit(
            "update", "customer", lin, mobile=("13800000005", MOBILE), work_address="解放路 1 号", note="心脏病"
        ),
        {"op": "draft", "path": "/customers/new", "fields": [["mobile", MOBILE], ["name", "王芳"]], "at": ""},
    )
    page = f"/team/escrow/{phone.id}"
    said = leader.get(page).text
    for private in (MOBILE, "13800000005", "解放路", "心脏病"):
        assert private not in said
    assert "王芳" in said
    assert "139****5678" in said
    assert leader.post(f"{page}/openings", data={"reason": "  "}).status_code == 422
    assert MOBILE not in leader.get(page).text
    assert leader.post(f"{page}/openings", data={"reason": "核对号码"}).status_code == 303
    said = leader.get(page).text
    for private in (MOBILE, "13800000005", "解放路", "心脏病", "核对号码"):
        assert private in said
    (opening,) = db.session.scalars(sa.select(EscrowOpening))
    assert (opening.opened_by, opening.device) == (people.leader.id, phone.id)
    assert "核对" not in repr(opening.reason)


def test_somebody_elses_reason_opens_nothing_for_me(leader, desk, phone, people, customer):
    phone.hand_in(phone.edit("update", "customer", customer(people.ana), mobile=MOBILE))
    leader.post(f"/team/escrow/{phone.id}/openings", data={"reason": "核对号码"})
    assert MOBILE not in desk(people.manager).get(f"/team/escrow/{phone.id}").text


def test_some_are_taken_in_and_each_says_what_became_of_it(leader, phone, people, customer):
    lin = customer(people.ana, "林雪梅", city="杭州")
    phone.hand_in(
        phone.edit("update", "customer", lin, city=("杭州", "宁波")),
        phone.edit("update", "customer", lin, city=("上海", "苏州")),
        phone.edit("update", "customer", lin, birth_date="1800-01-01"),
    )
    page = f"/team/escrow/{phone.id}"
    first, second, third = items(leader.get(page))
    assert leader.post(f"{page}/acceptances", data={}).status_code == 422
    assert leader.post(f"{page}/acceptances", data={"item": first}).status_code == 303
    assert items(leader.get(page)) == [second, third]
    leader.post(f"{page}/acceptances", data={"item": [second, third]})
    said = text_of(leader.get(page))
    assert "已录入" in said
    assert "未录入" in said
    assert "出生日期" in said
    assert "林知远" in said  # who decided


def test_discarding_is_asked_for_and_kept(leader, phone, people, customer):
    phone.hand_in(phone.edit("update", "customer", customer(people.ana), city="宁波"), "nonsense")
    page = f"/team/escrow/{phone.id}"
    ids = items(leader.get(page))
    asked = leader.post(f"{page}/discard", data={"item": ids})
    assert "不采用这 2 条" in text_of(asked)
    assert items(leader.get(page)) == ids
    assert leader.post(f"{page}/discards", data={"item": ids}).status_code == 303
    assert leader.post(f"{page}/discards", data={"item": ids}).status_code == 303
    said = text_of(leader.get(page))
    assert "已放弃" in said
    assert "宁波" in said
    assert leader.post(f"{page}/discard", data={"item": ids}).status_code == 422


def test_nobody_but_those_who_lead_the_agent(desk, phone, people, customer):
    phone.hand_in(phone.edit("update", "customer", customer(people.ana), city="宁波"))
    page = f"/team/escrow/{phone.id}"
    assert desk(people.manager).get(page).status_code == 200
    stranger = desk(people.other_leader)
    assert "Mate 60" not in stranger.get("/team/escrow").text
    for path in (page, f"/team/escrow/{new_id()}"):
        assert stranger.get(path).status_code == 404
    for what in ("acceptances", "discard", "discards", "openings"):
        assert stranger.post(f"{page}/{what}", data={"item": "x", "reason": "x"}).status_code == 404
    for person in (people.ana, people.office, people.compliance, people.admin):
        assert desk(person).get(page).status_code == 403
        assert desk(person).post(f"{page}/acceptances").status_code == 403


STRANGE = [
        7, None, [], {}, {"op": ["x"]}, {"op": "update", "kind": {}, "id": [], "set": {"": 1, "name": [1]}},
        {"op": "create", "kind": "customer", "id": {"a": 1}, "set": {"name": [None, {"x": "\ud800"}], "birth_date": [None, 5]}},
        {"op": "update", "kind": "policy", "id": "\0", "set": {"premium_fen": [1.5, "x"], "insured": [None, "y"]}},
        {"op": "draft", "path": 7, "fields": "x"}, {"op": "draft", "path": "/customers//visits/", "fields": [["a"], [1, 2]]},
        {"op": "update", "kind": "conflict", "id": new_id(), "set": {"resolution": [None, "dragon"]}, "at": 5},
    ]  # fmt: skip


def test_whatever_was_handed_in_can_be_looked_at(leader, phone):
    phone.hand_in(*STRANGE)
    page = f"/team/escrow/{phone.id}"
    assert leader.get(page).status_code == 200
    leader.post(f"{page}/openings", data={"reason": "look"})
    assert leader.get(page).status_code == 200
    ids = items(leader.get(page))
    assert len(ids) == len(STRANGE)
    assert leader.post(f"{page}/discard", data={"item": ids}).status_code == 200
    assert leader.post(f"{page}/acceptances", data={"item": ids}).status_code == 303
    assert leader.get(page).status_code == 200


def test_money_dates_and_codes_are_said_in_words(app):
    about = About("policy", "林雪梅", "平安福")
    sets = {
        "premium_fen": [None, 642000],
        "effective_date": [None, "2026-03-01"],
        "pay_mode": [None, "year"],
        "group": [None, True],
    }
    with app.test_request_context(headers={"Accept-Language": "en"}):
        edit = {"op": "create", "kind": "policy", "set": sets}
        assert head(edit, about) == "New: Policy 平安福 (林雪梅)"
        assert [one["text"] for one in facts(edit, about, {}, opened=False)] == ["¥6,420", "1 Mar", "Yearly", "Yes"]


def test_server_and_phone_have_the_same_labels():
    source = (ROOT / "portal/static/js/offline/labels.js").read_text()
    on_phone = set(re.findall(r'msgid\("(.*?)"\)', source))
    here = set(re.findall(r'msgid\("(.*?)"\)', (ROOT / "portal/customers/labels.py").read_text()))
    assert here == on_phone
    for name, label in labels.FIELDS.items():
        assert re.search(rf'"?{re.escape(name)}"?: msgid\("{re.escape(label)}"\)', source), name
