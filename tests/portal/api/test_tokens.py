"""Personal tokens: made once, shown once, good for their scopes and for nothing else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts import tokens
from portal.accounts.models import Agent, OfficeEvent
from portal.accounts.people import disable, enable
from portal.accounts.tokens import ApiToken
from portal.team.reassignments import GIVERS
from sync.columns import new_id, utcnow
from sync.database import db, write
from tests.people import PASSWORD


def make(browser, **more):
    form = {"label": "账本", "scopes": ["records:read", "me"], "days": "30", "password": PASSWORD, **more}
    return browser.post("/account/tokens", data=form)


def token_in(page) -> str:
    return re.search(r'value="(dst_[\w-]+)"', page.text)[1]


def test_a_person_makes_a_token_and_a_program_uses_it(app, people, desk):
    browser = desk(people.ana)
    made = make(browser)
    assert made.status_code == 200
    token = token_in(made)
    listed = browser.get("/account/tokens").text
    assert token not in listed
    assert "账本" in listed
    assert token[:8] in listed
    said = app.test_client().get("/api/me", headers={"Authorization": f"Bearer {token}"})
    assert said.json["agent"]["id"] == people.ana.id
    assert "上次使用" in browser.get("/account/tokens").text


def test_only_its_hash_is_kept(app, people, program):
    secret = program(people.ana).token
    kept = db.session.scalars(sa.select(ApiToken)).one()
    assert len(kept.token_hash) == 32
    assert secret not in repr([getattr(kept, column.key) for column in ApiToken.__table__.columns])
    assert secret not in repr(db.session.scalars(sa.select(OfficeEvent.facts)).all())


def test_the_log_tells_of_it(app, people, desk):
    make(desk(people.ana))
    lines = [event.what for event in db.session.scalars(sa.select(OfficeEvent).order_by(OfficeEvent.id))]
    assert lines[-1] == "token_made"
    shown = desk(people.admin).get("/admin/log?subject=access")
    assert "为程序 账本新建了令牌" in shown.text


@pytest.mark.parametrize(
    "more", [{"label": " "}, {"scopes": []}, {"scopes": ["customers:reassign"]}, {"password": "not this one"}]
)
def test_what_is_missing_is_asked_for(people, desk, more):
    assert make(desk(people.ana), **more).status_code == 422


def test_an_unknown_token_is_refused(app, people):
    said = app.test_client().get("/api/me", headers={"Authorization": "Bearer dst_made-up"})
    assert (said.status_code, said.json["code"]) == (401, "token_unknown")


def test_a_revoked_token_is_refused(people, program, desk):
    use = program(people.ana)
    token_id = db.session.scalars(sa.select(ApiToken.id)).one()
    browser = desk(people.ana)
    for _again in range(2):
        assert browser.post(f"/account/tokens/{token_id}/revocations").status_code == 303
    said = use("GET", "/api/me")
    assert (said.status_code, said.json["code"]) == (401, "token_revoked")
    assert use.create().json["code"] == "token_revoked"


def test_an_expired_token_is_refused(people, program):
    use = program(people.ana)
    with write() as session:
        session.execute(sa.update(ApiToken).values(expires_at=utcnow() - timedelta(seconds=1)))
    assert use("GET", "/api/me").json["code"] == "token_expired"


def test_a_disabled_persons_token_is_refused(people, program):
    use = program(people.ana)
    disable(people.ana.id)
    assert use("GET", "/api/me").json["code"] == "token_revoked"
    enable(people.ana.id)  # who comes back makes new ones, as with phones
    assert use("GET", "/api/me").json["code"] == "token_revoked"


def test_nobody_revokes_another_persons_token(people, program, desk):
    use = program(people.ana)
    token_id = db.session.scalars(sa.select(ApiToken.id)).one()
    for person in (people.ben, people.leader, people.admin):
        assert desk(person).post(f"/account/tokens/{token_id}/revocations").status_code == 404
        assert "账本" not in desk(person).get("/account/tokens").text
    assert use("GET", "/api/me").status_code == 200


@pytest.mark.parametrize(
    "scope, method, path",
    [
        ("me", "POST", "/api/edits"),
        ("me", "GET", "/api/records/customer"),
        ("records:read", "POST", "/api/edits"),
        ("records:write", "GET", "/api/changes"),
        ("records:write", "GET", "/api/me"),
        ("records:write", "POST", "/api/devices/{id}/revocations"),
    ],
)
def test_a_scope_opens_nothing_else(people, program, scope, method, path):
    said = program(people.ana, scope)(method, path.format(id=new_id()), {"edits": []})
    assert (said.status_code, said.json["code"]) == (403, "scope_missing")


def test_a_token_opens_neither_sync_nor_pages(people, program):
    use = program(people.ana)
    assert use("POST", "/sync/pull", {"proto": 1, "cursor": None}).json["code"] == "unauthenticated"
    assert use("GET", "/sync/blobs/" + "0" * 64).status_code == 401
    assert use("GET", "/account/tokens").status_code in (303, 401)
    assert use("POST", "/account/password-checks", {"password": PASSWORD}).status_code == 401


def test_a_token_does_what_its_person_may_and_no_more(people, program):
    with pytest.raises(ValueError):
        program(people.ana, "customers:reassign")
    use = program(people.leader, "customers:reassign")
    with write() as session:  # no leader any more
        session.execute(sa.update(Agent).where(Agent.id == people.leader.id).values(role="agent"))
    said = use("POST", f"/api/customers/{new_id()}/reassignments", {"agent": people.ben.id})
    assert said.json["code"] == "scope_missing"


def test_a_leaders_program_hands_a_customer_over(people, program):
    made = program(people.ana).create()
    customer = made.json["verdicts"][0]["row"]["id"]
    said = program(people.leader)("POST", f"/api/customers/{customer}/reassignments", {"agent": people.ben.id})
    assert said.status_code == 201, said.text
    assert [each["id"] for each in program(people.ben)("GET", "/api/records/customer").json["records"]] == [customer]


def test_it_travels_over_https_only(app, people, program):
    use = program(people.ana)
    said = use.client.get(
        "/api/me",
        headers={"Authorization": f"Bearer {use.token}"},
        base_url="http://doorstep.example",
        environ_base={"REMOTE_ADDR": "203.0.113.7"},
    )
    assert (said.status_code, said.json["code"]) == (403, "https_required")


def test_who_calls_too_often_waits(app, people, program):
    app.config["API_PER_MINUTE"] = 3
    use = program(people.ana)
    said = [use("GET", "/api/me") for _ in range(5)]
    assert [each.status_code for each in said].count(200) == 3
    assert said[-1].json["code"] == "slow_down"
    assert int(said[-1].headers["Retry-After"]) > 0


def test_there_is_an_end_to_tokens(people, desk, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_LIVE", 2)
    browser = desk(people.ana)
    assert [make(browser).status_code for _ in range(3)] == [200, 200, 409]


def test_scopes_are_the_roles_of_the_calls():
    assert set(tokens.SCOPES["customers:reassign"]) == set(GIVERS)
