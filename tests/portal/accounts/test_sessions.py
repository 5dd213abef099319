"""Sessions: opaque, ended when they should be, sliding for thirty days; a device is another matter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.accounts import people as office
from portal.accounts import sessions
from portal.accounts.models import Session
from sync.columns import utcnow
from sync.database import db, write
from tests.people import PASSWORD, sign_in

NEW = "another door, also softly"


def token_of(client) -> str:
    return client.get_cookie(sessions.COOKIE).value


def replay(client, token):
    client.set_cookie(sessions.COOKIE, token)
    return client.get("/account").status_code


def age(agent_id, by):
    """Let `by` have passed since the person was last seen."""
    with write() as session:
        session.execute(update(Session).where(Session.agent_id == agent_id).values(last_seen_at=utcnow() - by))


def test_the_table_holds_no_token(client, people):
    sign_in(client, people.ana)
    kept = db.session.execute(select(Session)).scalar_one()
    assert token_of(client).encode() not in kept.token_hash
    assert len(kept.token_hash) == 32


def test_signing_out_ends_the_session_for_good(client, new_client, people):
    sign_in(client, people.ana)
    token = token_of(client)
    assert client.post("/sign-out").location == "/sign-in"
    assert client.get_cookie(sessions.COOKIE) is None
    assert replay(new_client(), token) == 303
    assert client.post("/sign-out").status_code == 303


def test_a_password_change_ends_other_sessions_and_renews_this_one(client, new_client, people):
    sign_in(client, people.ana)
    elsewhere = sign_in(new_client(), people.ana)
    ben = sign_in(new_client(), people.ben)
    before, other = token_of(client), token_of(elsewhere)
    response = client.post("/account/password", data={"current": PASSWORD, "new": NEW})
    assert response.status_code == 200
    assert client.get("/account").status_code == 200
    assert token_of(client) != before
    assert [replay(new_client(), token) for token in (before, other)] == [303, 303]
    assert ben.get("/account").status_code == 200
    assert new_client().post("/sign-in", data={"username": "ana", "password": PASSWORD}).status_code == 401
    assert new_client().post("/sign-in", data={"username": "ana", "password": NEW}).status_code == 303


REFUSED = [
    ("not it at all", NEW, "Wrong password."),
    (PASSWORD, "short", "Use at least 8 characters."),
    (PASSWORD, "", "Use at least 8 characters."),
    (PASSWORD, "x" * 257, "Use at most 256 characters."),
    (PASSWORD, "12345678", "too easy"),
    (PASSWORD, "13800002046", "too easy"),
    (PASSWORD, "aaaaaaaaaa", "too easy"),
]


def test_a_password_that_is_refused_changes_nothing(client, new_client, people):
    sign_in(client, people.ana)
    token = token_of(client)
    for current, new, text in REFUSED:
        response = client.post(
            "/account/password", data={"current": current, "new": new}, headers={"Accept-Language": "en"}
        )
        assert response.status_code == 422
        assert text in response.text
    assert token_of(client) == token
    sign_in(new_client(), people.ana)


def test_tries_at_the_old_password_are_counted(client, people):
    sign_in(client, people.ana)
    answers = [client.post("/account/password", data={"current": "guess", "new": NEW}).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_thirty_days_without_a_visit_end_it(client, people):
    sign_in(client, people.ana)
    age(people.ana.id, timedelta(days=29))
    assert client.get("/account").status_code == 200
    age(people.ana.id, timedelta(days=30, seconds=1))
    assert client.get("/account").status_code == 303


def test_it_slides_but_writes_at_most_once_an_hour(client, people):
    sign_in(client, people.ana)
    assert "Set-Cookie" not in client.get("/account").headers
    age(people.ana.id, timedelta(days=20))
    assert "doorstep=" in client.get("/account").headers["Set-Cookie"]
    assert "Set-Cookie" not in client.get("/account").headers
    kept = db.session.execute(select(Session.last_seen_at)).scalar_one()
    assert utcnow() - kept < timedelta(minutes=1)


def test_disabling_a_person_ends_every_session(client, people):
    sign_in(client, people.ana)
    office.disable(people.ana.id)
    assert client.get("/account").status_code == 303


def test_a_made_up_token_is_nobody(client, people):
    assert [replay(client, token) for token in ("", "x", "é", "0" * 3000)] == [303] * 4


def test_a_cookie_beside_an_authorization_header_counts_for_nothing(client, people):
    """Such a request passed the origin check because of the header; a foreign page may have attached the cookie."""
    sign_in(client, people.ana)
    headers = {"Authorization": "Nonsense x", "Sec-Fetch-Site": "cross-site"}
    response = client.post("/account/password", data={"current": PASSWORD, "new": NEW}, headers=headers)
    assert response.status_code == 303
    assert response.location.startswith("/sign-in")


@pytest.mark.parametrize(
    "user_agent, label",
    [
        (
            "Mozilla/5.0 (Linux; Android 14; ALN-AL00) AppleWebKit/537.36 Chrome/124.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605 Version/17.4 Safari/604",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 13) Chrome/107 XWEB/5 MicroMessenger/8.0.47", "WeChat, Android"),
        ("", "?"),
    ],
)
def test_a_browser_is_named_so_that_its_owner_knows_it(user_agent, label):
    assert sessions.browser_label(user_agent) == label
