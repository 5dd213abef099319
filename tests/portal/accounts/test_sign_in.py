"""Signing in: by username or work phone, with uniform errors, counted tries, and only to places of our own."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from portal.accounts import passwords, tries
from portal.accounts import people as office
from sync.database import write
from tests.people import PASSWORD, sign_in


def test_ana_signs_in_and_her_phone_is_made_ready(client, people):
    response = client.post("/sign-in", data={"username": "ana", "password": PASSWORD})
    assert response.status_code == 303
    assert response.location == "/setup"
    page = client.get("/setup").text
    assert people.ana.name in page
    assert people.ana.id in page


def test_the_name_may_be_typed_as_people_type_it(client, people):
    for typed in [
        "13800002046",
        "138 0000 2046",
        " 138-0000-2046 ",
        "+86 138 0000 2046",
        "１３８００００２０４６",
        "ANA",
        " Ana ",
    ]:
        response = client.post("/sign-in", data={"username": typed, "password": PASSWORD})
        assert response.status_code == 303, typed


def test_full_width_letters_are_the_same_password(client, people):
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter != " " else " " for letter in PASSWORD)
    assert client.post("/sign-in", data={"username": "ana", "password": wide}).status_code == 303


def test_every_wrong_answer_looks_the_same(client, people):
    for username, password in [
        ("ana", "not her password"),
        ("nobody", PASSWORD),
        ("", ""),
        ("ana", ""),
        ("ana", PASSWORD + " "),
        ("' OR 1=1 --", "x"),
        ("ana\0", PASSWORD),
        ("x" * 100_000, "y" * 100_000),
    ]:
        response = client.post(
            "/sign-in", data={"username": username, "password": password}, headers={"Accept-Language": "en"}
        )
        assert response.status_code == 401
        assert "Wrong name or password." in response.text
        assert "Set-Cookie" not in response.headers


def test_what_was_typed_stays_but_never_the_password(client, people):
    page = client.post("/sign-in", data={"username": "ana<b>", "password": "secret-typed"}).text
    assert "ana&lt;b&gt;" in page
    assert "secret-typed" not in page


def test_an_unknown_name_costs_one_hash_like_a_known_one(client, people, monkeypatch):
    """Counted, not timed: a clock on a busy machine proves nothing."""
    verified = []
    real = passwords.hasher.verify
    monkeypatch.setattr(
        passwords,
        "hasher",
        type(
            "Counting",
            (),
            {"verify": lambda self, *a: verified.append(a[0][:9]) or real(*a), "hash": passwords.hasher.hash},
        )(),
    )
    for username in ("ana", "nobody", people.ana.work_phone, ""):
        client.post("/sign-in", data={"username": username, "password": "not it at all"})
    assert verified == ["$argon2id"] * 4


def test_the_dummy_is_as_slow_as_a_real_hash(app):
    passwords.matches("warm up", None)
    kept = passwords.hash_password(PASSWORD)
    assert passwords._dummy().split("$")[2:4] == kept.split("$")[2:4]
    assert passwords.matches("nobody has this password", None) is False


def test_a_disabled_person_gets_the_same_answer(client, people, app):
    office.disable(people.ana.id)
    assert client.post("/sign-in", data={"username": "ana", "password": PASSWORD}).status_code == 401


def test_old_hashes_grow_stronger_when_the_password_comes(client, people, app):
    from argon2 import PasswordHasher
    from sqlalchemy import select

    from portal.accounts.models import Agent
    from sync.database import db

    with write() as session:
        session.get_one(Agent, people.ana.id).password_hash = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
    sign_in(client, people.ana)
    kept = db.session.execute(select(Agent.password_hash).where(Agent.id == people.ana.id)).scalar_one()
    assert not passwords.is_outdated(kept)
    sign_in(client, people.ana)


# ---- tries ----------------------------------------------------------------------------------------------------------


def wrong(client, username="ana", **more):
    return client.post("/sign-in", data={"username": username, "password": "not it at all"}, **more)


def test_the_eleventh_try_has_to_wait(client, people):
    assert [wrong(client).status_code for _ in range(10)] == [401] * 10
    stopped = wrong(client, headers={"Accept-Language": "en"})
    assert stopped.status_code == 429
    assert 0 < int(stopped.headers["Retry-After"]) <= 15 * 60
    assert "Please try again in 15 minutes." in stopped.text
    # The right password does not open either, or the limit would only slow down honest people.
    assert client.post("/sign-in", data={"username": "ana", "password": PASSWORD}).status_code == 429


def test_username_and_phone_count_as_one_account(client, people):
    for number in range(10):
        wrong(client, "ana" if number % 2 else people.ana.work_phone)
    assert wrong(client, "ana").status_code == 429
    assert wrong(client, "138 0000 2046").status_code == 429


def test_an_unknown_name_is_counted_too(client, people):
    """Otherwise the limit itself would tell which names exist."""
    assert [wrong(client, "nobody").status_code for _ in range(11)] == [401] * 10 + [429]
    assert wrong(client, "somebody else").status_code == 401


def test_the_right_password_starts_the_count_over(client, people):
    for _ in range(3):
        for _ in range(8):
            wrong(client)
        sign_in(client, people.ana)


def test_a_stranger_elsewhere_does_not_lock_ana_out(client, people):
    for _ in range(11):
        wrong(client, environ_base={"REMOTE_ADDR": "127.0.0.9"})
    sign_in(client, people.ana)


def test_one_account_from_many_addresses_is_stopped(client, people, app):
    for number in range(60):
        with app.test_request_context(environ_base={"REMOTE_ADDR": f"10.0.0.{number}"}):
            tries.spend(people.ana.id)
    with app.test_request_context(environ_base={"REMOTE_ADDR": "10.0.1.1"}), pytest.raises(tries.TooManyTries):
        tries.spend(people.ana.id)


def test_one_address_with_many_names_is_stopped(client, people, app):
    with app.test_request_context(environ_base={"REMOTE_ADDR": "10.0.0.1"}):
        for number in range(100):
            tries.spend(f"name {number}")
        with pytest.raises(tries.TooManyTries):
            tries.spend("one more")


def test_an_ipv6_subscriber_is_one_address(app):
    from portal.accounts.transport import address_key

    def key(address):
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}) as context:
            return address_key(context.request)

    assert key("2001:db8:1:2::1") == key("2001:db8:1:2:ffff::9") != key("2001:db8:1:3::1")
    assert key("::ffff:10.0.0.1") == key("10.0.0.1")


# ---- next -----------------------------------------------------------------------------------------------------------


NEXT = [
    ("", "/setup"),
    ("/today", "/setup?next=/today"),
    ("/customers/1?tab=2", "/setup?next=/customers/1?tab=2"),
    ("/account/password", "/account/password"),
    ("//evil.example/", "/setup"),
    ("///evil.example/", "/setup"),
    ("/\\evil.example/", "/setup"),
    ("\\\\evil.example/", "/setup"),
    ("/\t/evil.example/", "/setup"),
    ("\n//evil.example/", "/setup"),
    (" //evil.example", "/setup"),
    ("https://evil.example/", "/setup"),
    ("https:/evil.example/", "/setup"),
    ("javascript:alert(1)", "/setup"),
    ("evil.example", "/setup"),
    ("//[", "/setup"),
    ("/%0d%0aSet-Cookie:x=1", "/%0d%0aSet-Cookie:x=1"),
]


def test_next_leads_nowhere_else(client, people):
    for wanted, location in NEXT:
        response = client.post("/sign-in", data={"username": "ana", "password": PASSWORD, "next": wanted})
        assert response.status_code == 303
        assert location in (unquote(response.location), response.location), wanted


def test_the_setup_page_leads_only_to_the_phones_pages(client, people):
    sign_in(client, people.ana)
    assert 'data-next="/customers/7"' in client.get("/setup?next=/customers/7").text
    for evil in ("//evil.example", "/account", "https://evil.example", "/"):
        assert 'data-next="/today"' in client.get("/setup", query_string={"next": evil}).text


def test_a_stranger_is_led_to_the_sign_in_and_back(client, people):
    response = client.get("/account/password?x=1")
    assert response.status_code == 303
    assert response.location == "/sign-in?next=/account/password?x%3D1"
    page = client.get(response.location).text
    assert 'name="next" value="/account/password?x=1"' in page


# ---- the wire -------------------------------------------------------------------------------------------------------


def test_a_page_on_plain_http_says_why_it_cannot_work(client, people):
    for path in ("/sign-in", "/sign-in?next=/today"):
        response = client.get(path, base_url="http://office.example", headers={"Accept-Language": "en"})
        assert response.status_code == 403
        assert "office.example" in response.text
        assert "https" in response.text
        assert "<input" not in response.text
    refused = client.post("/sign-in", base_url="http://office.example", data={"username": "ana", "password": PASSWORD})
    assert refused.status_code == 403
    assert "Set-Cookie" not in refused.headers


@pytest.mark.parametrize("base, secure", [("https://office.example", True), ("http://localhost", False)])
def test_the_cookie_is_closed(client, people, base, secure):
    response = client.post("/sign-in", base_url=base, data={"username": "ana", "password": PASSWORD})
    cookie = next(value for value in response.headers.getlist("Set-Cookie") if value.startswith("doorstep="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=2592000" in cookie
    assert ("Secure" in cookie) is secure


# ---- language -------------------------------------------------------------------------------------------------------


def test_the_language_is_chosen_and_remembered(client, people):
    assert "忘记密码" in client.get("/sign-in").text
    response = client.post("/language", data={"lang": "en", "next": "/sign-in?next=/today"})
    assert response.location == "/sign-in?next=/today"
    assert "Forgot the password" in client.get("/sign-in").text
    sign_in(client, people.ana)
    assert office.known_as("ana").language == "en"


def test_a_language_we_do_not_speak_is_refused(client):
    assert client.post("/language", data={"lang": "tlh"}).status_code == 422
    assert client.post("/language", data={"lang": "en", "next": "//evil.example"}).location == "/sign-in"


def test_the_first_page_is_the_phones(client):
    response = client.get("/")
    assert (response.status_code, response.location) == (303, "/today")


def test_a_person_without_a_book_arrives_at_the_account(client, people):
    response = client.post("/sign-in", data={"username": "office", "password": PASSWORD})
    assert response.location == "/account"
    assert client.get("/setup").location == "/account"
    assert "周内勤" in client.get("/account").text
