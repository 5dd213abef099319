"""Webhooks: what changed is told once, signed, tried again, and never told to the own network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import socket
from datetime import timedelta

import pytest
import sqlalchemy as sa

import notifications
from notifications import webhook as wire
from notifications.models import Notification
from notifications.outbox import PAUSES
from notifications.sending import NotSent
from portal.accounts.models import Agent, OfficeEvent
from portal.api import webhooks
from portal.api.models import Webhook
from sync.columns import utcnow
from sync.database import db


@pytest.fixture
def hook(app, people, ear):
    """`hook("customer", …)`: a webhook to the ear, and its secret."""
    app.config["WEBHOOK_PRIVATE"] = 1

    def make(*kinds: str):
        admin = db.session.get(Agent, people.admin.id)
        made, secret = webhooks.add("账本", ear.url, list(kinds or webhooks.told_kinds()), admin)
        db.session.rollback()
        return made, secret

    return make


def run(now=None) -> int:
    """A round of the worker."""
    now = now or utcnow()
    webhooks.look(now)
    try:
        return notifications.send_due(now)
    finally:
        db.session.rollback()


def changes(ear) -> list[dict]:
    return [change for _, body in ear.heard for change in json.loads(body)["data"].get("changes", ())]


def test_what_changed_is_told_without_what_stands_in_it(people, program, hook, ear):
    hook("customer")
    row = program(people.ana).create("王芳").json["verdicts"][0]["row"]
    assert run() == 1
    (headers, body) = ear.heard[0]
    said = json.loads(body)
    assert said["type"] == "records.changed"
    assert said["data"]["scope"] == f"agent:{people.ana.id}"
    assert said["data"]["changes"] == [{"op": "put", "kind": "customer", "id": row["id"], "ver": 1}]
    assert "王芳" not in body.decode()
    assert headers["content-type"] == "application/json"


def test_the_other_side_can_check_the_signature(people, program, hook, ear):
    _, secret = hook("customer")
    program(people.ana).create()
    run()
    headers, body = ear.heard[0]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mine = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mine}"


def test_the_signature_of_the_standard():
    """The example of standardwebhooks.com."""
    body = b'{"test": 2432232314}'
    said = wire.signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_was_there_before_is_not_told_and_nothing_twice(people, program, hook, ear):
    use = program(people.ana)
    use.create("王芳")
    hook("customer")
    assert run() == 0
    use.create("李雷")
    assert (run(), run()) == (1, 0)
    assert len(changes(ear)) == 1


def test_only_the_kinds_that_were_chosen(people, program, hook, ear):
    hook("policy")
    program(people.ana).create()
    run()
    assert changes(ear) == []


def test_a_book_that_is_new_is_told_from_its_beginning(people, program, hook, ear):
    hook("customer")
    program(people.stranger).create()  # nobody had written into this book
    run()
    assert len(changes(ear)) == 1


def test_many_changes_are_several_messages(people, program, hook, ear, monkeypatch):
    monkeypatch.setattr(webhooks, "MOST_CHANGES", 2)
    monkeypatch.setattr(webhooks, "STEP", 3)
    hook("customer")
    use = program(people.ana)
    ids = [use.create().json["verdicts"][0]["row"]["id"] for _ in range(8)]
    run()
    assert sorted(each["id"] for each in changes(ear)) == sorted(ids)
    assert all(len(json.loads(body)["data"]["changes"]) <= 2 for _, body in ear.heard)


def test_a_worker_that_dies_between_looking_and_writing_loses_nothing(people, program, hook, ear, monkeypatch):
    hook("customer")
    program(people.ana).create()
    with monkeypatch.context() as patched:
        patched.setattr(webhooks, "_reach", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            webhooks.look(utcnow())
    run()
    assert len(changes(ear)) == 1


def test_it_is_tried_again_with_the_same_number_and_given_up_at_last(people, program, hook, ear, desk):
    hook_id, _ = hook("customer")
    program(people.ana).create()
    ear.status, now = 500, utcnow()
    run(now)
    for pause in PAUSES:
        assert run(now + pause - timedelta(seconds=1)) == 0
        now += pause
        run(now)
    assert len(ear.heard) == 1 + len(PAUSES)
    assert len({headers["webhook-id"] for headers, _ in ear.heard}) == 1
    assert db.session.scalar(sa.select(Notification.fault)) == "http_500"
    page = desk(people.admin).get(f"/admin/webhooks/{hook_id}").text
    assert "有 1 条消息多次重试仍未送达" in page
    assert "对方应答 500" in page

    ear.status = 200
    assert desk(people.admin).post(f"/admin/webhooks/{hook_id}/retries").status_code == 303
    db.session.rollback()
    assert run() == 1
    assert "仍未送达" not in desk(people.admin).get(f"/admin/webhooks/{hook_id}").text


def test_one_that_is_down_is_asked_once_a_round(people, program, hook, ear, monkeypatch):
    monkeypatch.setattr(webhooks, "MOST_CHANGES", 1)
    hook("customer")
    use = program(people.ana)
    for _ in range(4):
        use.create()
    ear.status = 503
    run()
    assert len(ear.heard) == 1


def test_a_redirect_is_not_followed(people, program, hook, ear):
    hook("customer")
    program(people.ana).create()
    ear.status = 302
    run()
    assert db.session.scalar(sa.select(Notification.fault)) == "http_302"


def test_an_ended_webhook_is_told_nothing_not_even_what_waited(people, program, hook, ear, desk):
    hook_id, _ = hook("customer")
    program(people.ana).create()
    webhooks.look(utcnow())
    for _again in range(2):
        assert desk(people.admin).post(f"/admin/webhooks/{hook_id}/ends").status_code == 303
    program(people.ana).create()
    run()
    assert ear.heard == []
    assert db.session.scalar(sa.select(Notification.fault)) == "ended"


def test_two_secrets_sign_for_a_day(people, program, hook, ear, desk):
    hook_id, old = hook("customer")
    page = desk(people.admin).post(f"/admin/webhooks/{hook_id}/secrets").text
    fresh = re.search(r'value="(whsec_[^"]+)"', page)[1]
    assert fresh != old
    program(people.ana).create()
    run()
    headers, body = ear.heard[0]
    stamp = int(headers["webhook-timestamp"])
    both = [wire.signature(each, headers["webhook-id"], stamp, body) for each in (fresh, old)]
    assert headers["webhook-signature"].split() == both
    program(people.ana).create()
    run(utcnow() + timedelta(hours=25))
    assert len(ear.heard[1][0]["webhook-signature"].split()) == 1


def test_secrets_and_addresses_are_sealed(hook, ear):
    hook_id, secret = hook("customer")
    kept = db.session.get(Webhook, hook_id)
    everything = repr([getattr(kept, column.key) for column in Webhook.__table__.columns])
    assert secret not in everything
    assert ear.url not in everything
    log = repr(db.session.scalars(sa.select(OfficeEvent.facts)).all())
    assert secret not in log
    assert ear.url not in log


def test_the_administrator_sets_one_up_and_tries_it(app, people, desk, ear):
    app.config["WEBHOOK_PRIVATE"] = 1
    admin = desk(people.admin)
    form = {"label": "账本", "url": ear.url, "kinds": ["customer", "nonsense"]}
    made = admin.post("/admin/webhooks", data=form)
    assert made.status_code == 200
    assert "whsec_" in made.text
    listed = admin.get("/admin/webhooks").text
    assert "whsec_" not in listed
    href = re.search(r'href="(/admin/webhooks/[0-9a-f-]{36})"', listed)[1]
    assert admin.post(f"{href}/pings").status_code == 303
    db.session.rollback()
    run()
    assert json.loads(ear.heard[0][1])["type"] == "ping"
    assert "测试消息" in admin.get(href).text
    assert "添加了推送 账本" in admin.get("/admin/log?subject=settings").text


def test_nobody_but_the_administrator(people, desk, hook):
    hook_id, _ = hook("customer")
    for person in (people.ana, people.leader, people.office, people.compliance):
        browser = desk(person)
        for path in ("/admin/webhooks", "/admin/webhooks/new", f"/admin/webhooks/{hook_id}"):
            assert browser.get(path).status_code == 403
        for path in ("", f"/{hook_id}/pings", f"/{hook_id}/retries", f"/{hook_id}/secrets", f"/{hook_id}/ends"):
            assert browser.post(f"/admin/webhooks{path}").status_code == 403


# The own network


@pytest.mark.parametrize(
    "url, fault",
    [
        ("https://127.0.0.1/hook", "private_address"),
        ("https://127.1/hook", "private_address"),
        ("https://0x7f000001/hook", "private_address"),
        ("https://2130706433/hook", "private_address"),
        ("https://0.0.0.0/hook", "private_address"),
        ("https://localhost/hook", "private_address"),
        ("https://[::1]/hook", "private_address"),
        ("https://[::ffff:127.0.0.1]/hook", "private_address"),
        ("https://[64:ff9b::7f00:1]/hook", "private_address"),
        ("https://[2002:7f00:1::]/hook", "private_address"),
        ("https://[fe80::1]/hook", "private_address"),
        ("https://[fd00::1]/hook", "private_address"),
        ("https://10.0.0.1/hook", "private_address"),
        ("https://172.16.3.4:8443/hook", "private_address"),
        ("https://192.168.1.1/hook", "private_address"),
        ("https://169.254.169.254/latest/meta-data", "private_address"),
        ("https://100.64.0.1/hook", "private_address"),
        ("https://224.0.0.1/hook", "private_address"),
        ("https://255.255.255.255/hook", "private_address"),
        ("http://8.8.8.8/hook", "https_required"),
        ("https://user:secret@8.8.8.8/hook", "bad_url"),
        ("https://8.8.8.8/#x", "bad_url"),
        ("https://8.8.8.8:0/", "bad_url"),
        ("https://8.8.8.8:99999/", "bad_url"),
        ("https://[8.8.8.8/", "bad_url"),
        ("https://8.8.8.8/\r\nHost: x", "bad_url"),
        ("https://" + "x" * 600, "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("gopher://8.8.8.8/", "bad_url"),
        ("https:///x", "bad_url"),
        ("", "bad_url"),
    ],
)
def test_an_address_of_the_own_network_is_refused(url, fault):
    with pytest.raises(NotSent) as refused:
        wire.resolve(wire.read_address(url, private=False), private=False)
    assert refused.value.fault == fault


def test_a_public_address_is_fine():
    address = wire.read_address("https://8.8.8.8:8443/hook?x=1", private=False)
    assert (address.port, address.path) == (8443, "/hook?x=1")
    assert wire.resolve(address, private=False) == "8.8.8.8"
    assert wire.is_public("2001:4860:4860::8888")


@pytest.mark.parametrize("others", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["2001:4860:4860::8888", "::1"]])
def test_a_name_is_judged_by_every_address_it_has(monkeypatch, others):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in others]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NotSent, match="private_address"):
        wire.post("https://rebinding.example/", "1", b"{}", ["whsec_AAAA"], utcnow(), private=False)


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch):
    """A name that changes its mind after it was looked at leads nowhere else."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))]
    asked, went = [], []

    def connect(to, *_more, **_given):
        went.append(to)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *each, **_: asked.append(each) or found)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotSent, match="no_answer"):
        wire.post("https://hook.example/", "1", b"{}", ["whsec_AAAA"], utcnow(), private=False)
    assert len(asked) == 1
    assert went == [("8.8.8.8", 443)]


def test_the_form_says_why(people, desk, ear):
    form = {"label": "账本", "url": "https://127.0.0.1/", "kinds": ["customer"]}
    said = desk(people.admin).post("/admin/webhooks", data=form)
    assert said.status_code == 422
    assert "这个地址在内部网络里" in said.text
    assert "https:// 开头" in desk(people.admin).post("/admin/webhooks", data={**form, "url": ear.url}).text


def test_a_setting_that_was_taken_back_holds_for_webhooks_that_are_there(app, people, program, hook, ear):
    hook("customer")
    app.config["WEBHOOK_PRIVATE"] = 0
    program(people.ana).create()
    run()
    assert ear.heard == []
    assert db.session.scalar(sa.select(Notification.fault)) == "https_required"
