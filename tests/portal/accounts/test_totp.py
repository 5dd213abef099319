"""The second step: set up with a picture, asked at sign-in, each code once, few tries, recovery codes, and required."""

from __future__ import annotations

import re
import threading

import pyotp
import pytest
import sqlalchemy as sa

from portal.accounts import settings, tries, two_step
from portal.accounts.admin.frame import today
from portal.accounts.models import Agent, RecoveryCode, Session, TwoStep
from sync.database import db, write
from tests.people import PASSWORD, sign_in
from tests.portal.accounts.forms import logged
from tests.portal.accounts.test_reset_codes import NEW, choose, code_for, enter


@pytest.fixture
def clock(monkeypatch):
    """The authenticator's time, and the server's, in one hand."""

    class Clock:
        now = 1_790_000_000

        def later(self, seconds: int) -> None:
            self.now += seconds

    made = Clock()
    monkeypatch.setattr(two_step.time, "time", lambda: made.now)
    return made


def secret_on(page: str) -> str:
    found = re.search(r"secret=([A-Z2-7]{32})", page)
    assert found
    return found.group(1)


def set_up(browser, clock) -> tuple[pyotp.TOTP, list[str]]:
    """Turn it on as a person does; the authenticator, and the recovery codes."""
    begun = browser.post("/account/two-step/setups", data={"current": PASSWORD})
    assert begun.location == "/account/two-step/setup", begun.text
    page = browser.get(begun.location).text
    assert "data:image/svg+xml" in page
    totp = pyotp.TOTP(secret_on(page))
    done = browser.post("/account/two-step/setup", data={"code": totp.at(clock.now)})
    assert done.status_code == 200, done.text
    found = re.findall(r"<li>([0-9A-Z]{5}-[0-9A-Z]{5})</li>", done.text)
    assert len(set(found)) == 10
    clock.later(30)
    return totp, found


def halfway(client, person):
    led = enter(client, person.username, PASSWORD)
    assert (led.status_code, led.location) == (303, "/sign-in/code")
    return client


def step(client, code: str):
    return client.post("/sign-in/code", data={"code": code})


def test_after_the_password_comes_the_code(desk, new_client, people, clock):
    lin = desk(people.leader)
    totp, _codes = set_up(lin, clock)
    browser = new_client()
    led = browser.post("/sign-in", data={"username": "lin", "password": PASSWORD, "next": "/team/customers"})
    assert led.location == "/sign-in/code"
    assert browser.get("/team").status_code == 303  # halfway is not in
    assert browser.get("/sign-in/code").status_code == 200
    assert step(browser, "000000").status_code == 401
    done = step(browser, f" {totp.at(clock.now)[:3]} {totp.at(clock.now)[3:]} ")
    assert (done.status_code, done.location) == (303, "/team/customers")
    assert browser.get("/team").status_code == 200
    assert "doorstep_halfway" not in str(browser.get_cookie("doorstep_halfway", path="/sign-in"))
    assert [what for what, _by, _facts in logged()] == ["two_step_on"]


def test_a_code_is_taken_once_within_its_window(desk, new_client, people, clock):
    totp, _codes = set_up(desk(people.leader), clock)
    code, next_code = totp.at(clock.now), totp.at(clock.now + 30)
    assert step(halfway(new_client(), people.leader), code).status_code == 303
    assert step(halfway(new_client(), people.leader), code).status_code == 401  # seen over a shoulder
    # One of the next half minute is taken, after it an earlier one is not.
    assert step(halfway(new_client(), people.leader), next_code).status_code == 303
    clock.later(30)
    assert step(halfway(new_client(), people.leader), code).status_code == 401
    assert step(halfway(new_client(), people.leader), next_code).status_code == 401


def test_a_clock_may_be_half_a_minute_off_and_no_more(desk, people, clock):
    totp, _codes = set_up(desk(people.leader), clock)
    clock.later(300)
    accepted = {}
    for off in (-60, 60, -30, 0, 30):
        accepted[off] = two_step._accept_step(people.leader.id, totp.at(clock.now + off))
        db.session.rollback()
    assert accepted == {-60: False, 60: False, -30: True, 0: True, 30: True}


def test_one_code_and_two_requests_in_the_same_moment(app, desk, people, clock):
    totp, _codes = set_up(desk(people.leader), clock)
    code, outcomes, start = totp.at(clock.now), [], threading.Barrier(2)

    def take() -> None:
        with app.app_context():
            start.wait(10)
            outcomes.append(two_step._accept_step(people.leader.id, code))

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == [False, True]


def test_few_codes_may_be_tried(desk, new_client, people, clock):
    totp, codes = set_up(desk(people.leader), clock)
    browser = halfway(new_client(), people.leader)
    assert [step(browser, f"{number:06}").status_code for number in range(5)] == [401] * 5
    stopped = step(browser, totp.at(clock.now))
    assert stopped.status_code == 429
    assert int(stopped.headers["Retry-After"]) > 0
    # From another address, with the password anew, and with a recovery code: no.
    other = new_client()
    other.environ_base["REMOTE_ADDR"] = "127.0.0.9"
    assert step(halfway(other, people.leader), totp.at(clock.now)).status_code == 429
    assert step(other, codes[0]).status_code == 429
    assert other.get("/team").status_code == 303


def test_a_day_of_tries_is_twenty(app, people):
    with app.test_request_context():
        counter = app.extensions["doorstep.tries"].limiter
        for _number in range(20):
            tries.spend_code(people.leader.id)
            counter.clear(tries.CODE, "code", people.leader.id)
        with pytest.raises(tries.TooManyTries) as stopped:
            tries.spend_code(people.leader.id)
        assert stopped.value.seconds > 3600


def test_the_right_password_does_not_start_the_count_of_codes_over(desk, new_client, people, clock):
    set_up(desk(people.leader), clock)
    statuses = [step(halfway(new_client(), people.leader), "000000").status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]


def test_a_recovery_code_lets_in_once(desk, new_client, people, clock):
    _totp, codes = set_up(desk(people.leader), clock)
    browser = halfway(new_client(), people.leader)
    assert step(browser, codes[0].lower().replace("-", " ")).status_code == 303
    assert browser.get("/team").status_code == 200
    assert "还剩 9 个" in browser.get("/account/two-step").text
    assert step(halfway(new_client(), people.leader), codes[0]).status_code == 401
    assert step(halfway(new_client(), people.leader), codes[1]).status_code == 303
    assert [what for what, _by, _facts in logged()] == ["two_step_on", "recovery_used", "recovery_used"]
    kept = db.session.scalars(sa.select(RecoveryCode)).all()
    assert not any(code.replace("-", "").encode() in line.code_hash for line in kept for code in codes)


def test_one_recovery_code_and_two_requests(app, desk, people, clock):
    _totp, codes = set_up(desk(people.leader), clock)
    outcomes, start = [], threading.Barrier(2)

    def take() -> None:
        with app.app_context():
            lin = db.session.get_one(Agent, people.leader.id)
            start.wait(10)
            outcomes.append(two_step._accept_recovery(lin, codes[3]))

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == [False, True]


def test_an_open_browser_is_not_enough_to_change_it(desk, people, clock):
    lin = desk(people.leader)
    assert lin.post("/account/two-step/setups", data={"current": "not hers"}).status_code == 422
    totp, codes = set_up(lin, clock)
    before = secret_of(people.leader)
    for path in ("setups", "codes", "ends"):
        for proof in ({}, {"current": PASSWORD}, {"current": PASSWORD, "code": "000000"}, {"code": totp.at(clock.now)}):
            assert lin.post(f"/account/two-step/{path}", data=proof).status_code in {422, 429}, (path, proof)
    with lin.application.test_request_context():
        tries.forgive_code(people.leader.id)
        tries.forgive(people.leader.id)
    assert secret_of(people.leader) == before
    # New recovery codes: the old ones are good no more.
    fresh = lin.post("/account/two-step/codes", data={"current": PASSWORD, "code": totp.at(clock.now)})
    assert len(set(re.findall(r"<li>([0-9A-Z]{5}-[0-9A-Z]{5})</li>", fresh.text)) - set(codes)) == 10
    # Another authenticator: the old one counts until the new one has shown a code.
    clock.later(60)
    begun = lin.post("/account/two-step/setups", data={"current": PASSWORD, "code": totp.at(clock.now)})
    assert begun.status_code == 303
    assert secret_of(people.leader) == before
    other = pyotp.TOTP(secret_on(lin.get("/account/two-step/setup").text))
    assert lin.post("/account/two-step/setup", data={"code": totp.at(clock.now)}).status_code == 422
    assert lin.post("/account/two-step/setup", data={"code": other.at(clock.now)}).status_code == 200
    assert secret_of(people.leader) != before
    assert lin.get("/account/two-step/setup").status_code == 303  # the picture is seen no more
    clock.later(60)
    ended = lin.post("/account/two-step/ends", data={"current": PASSWORD, "code": other.at(clock.now)})
    assert ended.status_code == 303
    assert secret_of(people.leader) is None


def secret_of(person) -> bytes | None:
    db.session.rollback()
    return db.session.scalar(sa.select(TwoStep.secret).where(TwoStep.agent_id == person.id))


def test_the_secret_stands_sealed(desk, people, clock):
    totp, _codes = set_up(desk(people.leader), clock)
    assert totp.secret.encode() not in (secret_of(people.leader) or b"")
    assert totp.secret not in str(logged())


def test_the_administrator_takes_it_away_from_who_lost_it(admin, desk, new_client, people, clock):
    lin = desk(people.leader)
    set_up(lin, clock)
    path = f"/admin/people/{people.leader.id}/two-step/resets"
    assert "林知远" in admin.get(path).text
    for _twice in range(2):
        assert admin.post(path).status_code == 303
    assert lin.get("/team").status_code == 303  # signed out
    assert enter(new_client(), "lin", PASSWORD).location == "/setup"
    assert [(what, by) for what, by, _facts in logged()][1:] == [("two_step_reset", people.admin.id)]


def test_a_one_time_code_does_not_go_round_it(admin, desk, new_client, people, clock):
    totp, _codes = set_up(desk(people.leader), clock)
    browser = new_client()
    assert enter(browser, "lin", code_for(admin, people.leader)).location == "/sign-in/new-password"
    assert step(browser, totp.at(clock.now)).location == "/sign-in"  # halfway by a code is not halfway by a password
    assert choose(browser).location == "/sign-in/code"
    assert browser.get("/team").status_code == 303
    assert step(browser, totp.at(clock.now)).status_code == 303
    assert browser.get("/team").status_code == 200
    assert enter(new_client(), "lin", NEW).location == "/sign-in/code"


def test_halfway_ends_with_a_new_password_and_with_the_person(desk, new_client, people, clock):
    lin = desk(people.leader)
    totp, _codes = set_up(lin, clock)
    browser = halfway(new_client(), people.leader)
    assert lin.post("/account/password", data={"current": PASSWORD, "new": NEW}).status_code == 200
    assert step(browser, totp.at(clock.now)).location == "/sign-in"
    from portal.accounts import people as office

    assert enter(browser, "lin", NEW).location == "/sign-in/code"
    office.disable(people.leader.id)
    assert step(browser, totp.at(clock.now)).location == "/sign-in"
    live = sa.select(sa.func.count()).select_from(Session).where(Session.ended_at.is_(None))
    assert db.session.scalar(live) == 0


def test_a_program_sends_its_code_along(desk, app, people, clock):
    totp, _codes = set_up(desk(people.leader), clock)
    program = app.test_client()

    def register(**headers: str):
        return program.post("/sync/devices", json={"label": "x"}, auth=people.leader.basic, headers=headers)

    assert (register().status_code, register().json["code"]) == (401, "code_needed")
    assert register(**{"Doorstep-Code": "000000"}).json["code"] == "wrong_code"
    code = {"Doorstep-Code": totp.at(clock.now)}
    assert register(**code).status_code == 201
    assert register(**code).json["code"] == "wrong_code"
    # A phone that is signed in goes on without it.
    assert program.post("/sync/devices", json={"label": "x"}, auth=people.ana.basic).status_code == 201


def test_where_it_is_required_nothing_else_comes_first(desk, new_client, people, clock):
    with write() as session:
        settings.put(session, settings.BY_NAME["two_step"], "required", today(), None)
    ana = desk(people.ana)
    assert ana.get("/account").status_code == 200  # agents live on their phones
    assert ana.get("/account/two-step").status_code == 403
    for person in (people.leader, people.admin, people.office, people.compliance, people.manager):
        browser = desk(person)
        for path in ("/account", "/team", "/admin", "/admin/log", "/setup"):
            answer = browser.get(path)
            assert answer.status_code in {303, 403}
            if answer.status_code == 303:
                assert answer.location == "/account/two-step", (person.role, path)
        assert browser.post("/admin/units", data={"name": "x"}).status_code in {303, 403}
        assert browser.get("/api/me").json["code"] == "two_step_missing"
        assert browser.get("/account/two-step").status_code == 200
        assert browser.get("/account/password").status_code == 200
    lin = desk(people.leader)
    assert lin.post("/sync/devices", json={"label": "x"}).json["code"] == "two_step_missing"
    program = new_client()
    assert program.post("/sync/devices", json={"label": "x"}, auth=people.leader.basic).status_code == 403
    set_up(lin, clock)
    assert lin.get("/team").status_code == 200
    assert lin.post("/sync/devices", json={"label": "x"}).status_code == 201


def test_an_old_picture_counts_no_more(desk, people, clock):
    lin = desk(people.leader)
    lin.post("/account/two-step/setups", data={"current": PASSWORD})
    secret = secret_on(lin.get("/account/two-step/setup").text)
    with write() as session:
        kept = session.get_one(TwoStep, people.leader.id)
        kept.pending_at = kept.pending_at - two_step.SETUP_TIME * 2
    assert lin.get("/account/two-step/setup").location == "/account/two-step"
    assert lin.post("/account/two-step/setup", data={"code": pyotp.TOTP(secret).at(clock.now)}).status_code == 303
    assert not two_step.is_on(people.leader.id)
    sign_in(lin, people.leader)
