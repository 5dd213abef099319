"""One-time codes: once, for a while, for one person, and never known to anybody but who was given it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts import codes, reset_codes
from portal.accounts import people as office
from portal.accounts.models import Agent, ResetCode
from sync.columns import utcnow
from sync.database import db, write
from tests.people import PASSWORD, sign_in
from tests.portal.accounts.forms import logged

NEW = "a lamp in the stairwell"


def code_for(admin, person) -> str:
    page = admin.post(f"/admin/people/{person.id}/codes")
    assert page.status_code == 200, page.text
    found = re.search(r'class="secret">([0-9A-Z-]+)<', page.text)
    assert found
    return found.group(1)


def enter(client, name: str, code: str):
    return client.post("/sign-in", data={"username": name, "password": code})


def choose(client, password: str = NEW):
    return client.post("/sign-in/new-password", data={"new": password})


def test_whoever_has_the_code_chooses_a_password(admin, desk, new_client, people):
    old = desk(people.ana)
    code = code_for(admin, people.ana)
    browser = new_client()
    led = enter(browser, "ana", code)
    assert (led.status_code, led.location) == (303, "/sign-in/new-password")
    assert browser.get("/account").status_code == 303  # halfway is not in
    assert "沈清越" in browser.get("/sign-in/new-password").text
    assert choose(browser, "short").status_code == 422
    assert choose(browser, "ana").status_code == 422
    sign_in(new_client(), people.ana)  # the old password goes on until then
    assert choose(browser).location == "/setup"
    assert browser.get("/account").status_code == 200
    assert old.get("/account").status_code == 303
    assert enter(new_client(), "ana", PASSWORD).status_code == 401
    assert enter(new_client(), people.ana.work_phone, NEW).location == "/setup"
    assert [what for what, _by, _facts in logged()] == ["code_made", "code_used"]
    assert code not in str(logged())
    assert code.replace("-", "") not in str(logged())


def test_a_code_is_good_once(admin, new_client, people):
    code = code_for(admin, people.ana)
    one, two = new_client(), new_client()
    assert enter(one, "ana", code).location == enter(two, "ana", code).location == "/sign-in/new-password"
    cookie = two.get_cookie("doorstep_halfway", path="/sign-in")
    assert cookie
    assert choose(one).status_code == 303
    # Two browsers, one code; the other one's cookie, and that cookie played again; the code itself.
    assert choose(two, "quite another one").location == "/sign-in"
    two.set_cookie("doorstep_halfway", cookie.value, path="/sign-in")
    assert choose(two, "quite another one").location == "/sign-in"
    assert enter(new_client(), "ana", code).status_code == 401
    assert enter(new_client(), "ana", NEW).status_code == 303


def test_two_who_use_it_in_the_same_moment(admin, people):
    code_for(admin, people.ana)
    ana = db.session.get_one(Agent, people.ana.id)
    kept = reset_codes.open_code(ana.id)
    assert kept
    assert [reset_codes.use(ana, kept.id, office_hash) for office_hash in ("one", "two")] == [True, False]
    db.session.rollback()
    assert db.session.get_one(Agent, people.ana.id).password_hash == "one"


def test_it_runs_out(admin, new_client, people):
    code, browser = code_for(admin, people.ana), new_client()
    assert enter(browser, "ana", code).status_code == 303
    with write() as session:
        session.execute(sa.update(ResetCode).values(expires_at=utcnow() - timedelta(seconds=1)))
    assert enter(new_client(), "ana", code).status_code == 401
    gone = choose(browser)  # also for who has come halfway
    assert gone.location == "/sign-in?gone=1"
    assert "已过期" in browser.get(gone.location).text
    sign_in(new_client(), people.ana)


def test_a_newer_one_or_a_password_takes_its_place(admin, desk, new_client, people):
    first, second = code_for(admin, people.ana), code_for(admin, people.ana)
    assert enter(new_client(), "ana", first).status_code == 401
    assert enter(new_client(), "ana", second).status_code == 303
    ana = desk(people.ana)
    assert ana.post("/account/password", data={"current": PASSWORD, "new": NEW}).status_code == 200
    assert enter(new_client(), "ana", second).status_code == 401


def test_it_is_for_one_person_and_the_sign_in_page_only(admin, new_client, people):
    code = code_for(admin, people.ana)
    for name in ("ben", "nobody", "", "admin"):
        assert enter(new_client(), name, code).status_code == 401
    assert new_client().post("/sync/devices", json={"label": "x"}, auth=("ana", code)).status_code == 401
    office.disable(people.ana.id)
    assert enter(new_client(), "ana", code).status_code == 401


def test_it_may_be_typed_as_people_type_it(admin, new_client, people):
    code = code_for(admin, people.ana)
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    for typed in (
        code.lower(),
        code.replace("-", ""),
        f" {code} ",
        code.replace("-", " "),
        wide,
        code.replace("0", "o"),
    ):
        assert enter(new_client(), "ana", typed).status_code == 303, typed
    assert codes.plain("ol1-I0") == "01110"


def test_tries_are_counted_like_passwords(admin, new_client, people):
    code = code_for(admin, people.ana)
    assert [enter(new_client(), "ana", codes.fresh(3, 4)).status_code for _ in range(10)] == [401] * 10
    assert enter(new_client(), "ana", code).status_code == 429


def test_without_having_come_halfway_there_is_nothing(new_client, people):
    for path in ("/sign-in/new-password", "/sign-in/code"):
        browser = new_client()
        assert browser.get(path).location == "/sign-in"
        assert browser.post(path, data={"new": NEW, "code": "123456"}).location == "/sign-in"
        for forged in ("", "x", "x.y.z", "e30.x.y"):
            browser.set_cookie("doorstep_halfway", forged, path="/sign-in")
            assert browser.post(path, data={"new": NEW, "code": "123456"}).location == "/sign-in"


@pytest.mark.parametrize("column", ["code_hash"])
def test_only_a_hash_is_kept(admin, people, column):
    code = code_for(admin, people.ana)
    kept = db.session.scalars(sa.select(ResetCode)).one()
    assert len(getattr(kept, column)) == 32
    assert code.replace("-", "").encode() not in getattr(kept, column)
    assert 23 <= (kept.expires_at - utcnow()).total_seconds() / 3600 <= 24
