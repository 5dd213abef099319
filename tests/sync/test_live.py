"""Live: whoever listens is poked when its own scopes move, and nobody else; nothing a stranger sends does harm."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from sync import devices
from sync.apply import apply_edits
from sync.columns import new_id, utcnow
from sync.database import write, writer_engine
from sync.errors import SyncProblem
from sync.live import ticket
from sync.live.hub import DEVICES, HEAD
from sync.live.watch import Announcer
from tests.ears import CHANGE, Ear, computed, hear, memory
from tests.sync.cast import ANA, BEN, STRANGER
from tests.sync.listening import Holder
from tests.sync.phone import Phone

MANY = 500


@pytest.fixture(scope="module")
def usual(made, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Holder]:
    """gunicorn on the database of this module."""
    url = writer_engine(made).url.render_as_string(hide_password=False)
    started = Holder(url, tmp_path_factory.mktemp("usual"))
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def announced(app) -> Iterator[None]:
    """What this process commits is announced as the portal does it."""
    if writer_engine().dialect.name == "postgresql":
        app.extensions["doorstep.committed"] = [Announcer(app).committed]
    yield
    app.extensions.pop("doorstep.committed", None)


@pytest.fixture
def server(usual: Holder, app) -> Holder:
    """The usual server, and no line that another test left open."""
    return usual


@pytest.fixture
def holder(app, tmp_path: Path) -> Iterator[Callable[..., Holder]]:
    """`holder()`: one of its own."""
    url = writer_engine().url.render_as_string(hide_password=False)
    running: list[Holder] = []

    def start(*more: str, **options: Any) -> Holder:
        running.append(Holder(url, tmp_path, *more, **options))
        return running[-1]

    yield start
    for each in running:
        each.stop()


def call(holder: Holder, path: str, token: str, body: Any = None) -> tuple[int, Any]:
    """A POST to the server under test."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    address = f"http://127.0.0.1:{holder.port}/sync/{path}"
    request = urllib.request.Request(address, json.dumps(body or {}).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def listening(holder: Holder, phone: Phone) -> Ear:
    """The phone gets a ticket and listens."""
    status, given = call(holder, "tickets", phone.token)
    assert status == 200, given
    return Ear(holder.port, given["url"]).connected()


def write_as_office(agent: str, *, scope: str | None = None) -> None:
    """Somebody at a desk, in this process, adds a record."""
    author = devices.server_author(f"office:{agent}:{scope}", agent, home=scope)
    kind, fields = ("board", {"title": [None, "notice"]}) if scope else ("person", {"name": [None, "Lin"]})
    [verdict] = apply_edits([{"op": "create", "kind": kind, "id": new_id(), "set": fields}], author)
    assert verdict["verdict"] == "ok", verdict


def test_an_edit_pokes_the_phones_of_the_book_and_nobody_else(server, phone):
    ana, anas_other, ben = phone(), phone(), phone(BEN)
    ears = [listening(server, each) for each in (ana, anas_other, ben)]
    status, _ = call(server, "push", ana.token, {"proto": 1, "edits": [ana.creation("person", name="Lin")]})
    assert status == 200
    ears[0].until(CHANGE)
    ears[1].until(CHANGE)
    hear(ears, 1)
    assert [ear.pokes for ear in ears] == [1, 1, 0]


def test_what_another_process_writes_pokes_too(server, phone):
    ana, ben, sam = phone(), phone(BEN), phone(STRANGER)
    ears = [listening(server, each) for each in (ana, ben, sam)]
    write_as_office(ANA)
    ears[0].until(CHANGE)
    write_as_office(BEN, scope="unit:north")
    ears[1].until(CHANGE)
    hear(ears, 1)
    assert [ear.pokes for ear in ears] == [2, 1, 0]  # Ana and Ben are of one unit


def test_several_server_processes_hear_of_each_other(holder, phone):
    server, ana = holder("--workers", "2"), phone()
    ears = [listening(server, phone()) for _ in range(6)]
    call(server, "push", ana.token, {"proto": 1, "edits": [ana.creation("person", name="Lin")]})
    for ear in ears:
        ear.until(CHANGE)


def test_a_poke_says_nothing_but_that_something_changed(server, phone):
    ana = phone()
    ear = listening(server, ana)
    write_as_office(ANA)
    ear.until(CHANGE)
    head, _, said = ear.text.partition(b"\r\n\r\n")
    assert said == b"retry: 5000\n\n" + CHANGE
    assert b"Content-Type: text/event-stream; charset=utf-8" in head
    assert b"X-Accel-Buffering: no" in head
    assert b"Cache-Control: no-store" in head
    assert b"Content-Length" not in head


def test_many_commits_are_told_of_twice_a_second(server, phone):
    """An import must not make every phone pull at each of its commits. The last one is told of all the same."""
    ana = phone()
    ear, began = listening(server, ana), time.monotonic()
    while time.monotonic() - began < 2:
        write_as_office(ANA)
    hear([ear], 1)
    assert 2 <= ear.pokes <= 2 * (time.monotonic() - began) + 1
    ear.text = b""
    hear([ear], 1)
    assert ear.pokes == 0


def test_what_changes_while_a_phone_connects_is_not_missed(server, phone):
    """The heads are read before the phone is told that it is connected, and looked at once more after."""
    ana = phone()
    for _ in range(5):
        _, given = call(server, "tickets", ana.token)
        ear = Ear(server.port, given["url"])
        write_as_office(ANA)
        before = len(ana.pull())
        ear.connected()
        # Either the pull after connecting has it, or the poke comes.
        if before + len(ana.pull()) == 0:
            ear.until(CHANGE)
        ear.close()


def test_the_connection_leaves_its_thread(holder, phone):
    """More lines than threads, and the server still answers."""
    server, ana = holder("--threads", "2"), phone()
    ears = [listening(server, phone()) for _ in range(12)]
    status, _ = call(server, "pull", ana.token, {"proto": 1})
    assert status == 200
    write_as_office(ANA)
    for ear in ears:
        ear.until(CHANGE)


def test_a_connection_that_was_used_before_may_become_a_line(server, phone):
    """Browsers open the stream on a connection they have."""
    ana = phone()
    _, given = call(server, "tickets", ana.token)
    ear = Ear(server.port, "/sync/nothing")
    ear.until(b"\r\n\r\n")
    assert ear.status == 404
    hear([ear], 0.2)
    ear.text = b""
    ear.socket.sendall(f"GET {given['url']} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    ear.connected()
    write_as_office(ANA)
    ear.until(CHANGE)


# Tickets


def test_a_ticket_opens_one_thing_for_one_device(app, phone):
    ana, ben = phone(), phone(BEN)
    given = ticket.issue(ana.id)
    assert ticket.device_of(given) == ana.id
    body, _, seal = given.rpartition(".")
    key = app.config["SECRET_KEY"]
    forged = [
        "",
        "x",
        given + "x",
        given[:-1],
        body,
        f"{URLSafeSerializer('another key', salt='doorstep live ticket').dumps([ben.id, 2**40])}",
        # Ana's seal under Ben's name; another purpose's seal with the right key.
        f"{ticket.issue(ben.id).rpartition('.')[0]}.{seal}",
        URLSafeSerializer(key).dumps([ben.id, 2**40]),
        URLSafeSerializer(key, salt="cookie-session").dumps([ben.id, 2**40]),
        URLSafeTimedSerializer(key, salt="doorstep live ticket").dumps([ben.id, 2**40]),
        ana.token,
        ana.post("pull", {"proto": 1}).json["cursor"],
    ]
    for each in forged:
        with pytest.raises(SyncProblem) as refused:
            ticket.device_of(each)
        assert refused.value.status == 401


def test_a_ticket_is_good_for_a_minute(app, phone, monkeypatch):
    given, now = ticket.issue(phone().id), time.time()
    monkeypatch.setattr(time, "time", lambda: now + ticket.SECONDS - 1)
    assert ticket.device_of(given)
    monkeypatch.setattr(time, "time", lambda: now + ticket.SECONDS + 1)
    with pytest.raises(SyncProblem):
        ticket.device_of(given)


def test_a_ticket_is_no_token(app, phone):
    """It signs nothing in: no pull, no push, no other ticket."""
    ana = phone()
    given = ticket.issue(ana.id)
    for path in ("pull", "push", "tickets", "digests"):
        reply = ana.client.post(f"/sync/{path}", json={"proto": 1}, headers={"Authorization": f"Bearer {given}"})
        assert reply.status_code in (401, 404), path


def test_who_may_not_listen_is_told_so(server, phone):
    ana, ben = phone(), phone(BEN)
    assert call(server, "tickets", "nonsense")[0] == 401
    _, given = call(server, "tickets", ana.token)
    assert Ear(server.port, "/sync/live").refused() == 401
    assert Ear(server.port, given["url"][:-2]).refused() == 401
    assert Ear(server.port, "/sync/live?ticket=" + "x" * 3000).refused() == 401
    assert Ear(server.port, given["url"], method="POST").refused() == 405
    # Ana's ticket listens for Ana, whoever holds it.
    ear = Ear(server.port, given["url"], f"Authorization: Bearer {ben.token}").connected()
    write_as_office(BEN)
    hear([ear], 1)
    assert ear.pokes == 0
    devices.revoke(ana.id, ANA)
    assert Ear(server.port, given["url"]).refused() == 401
    status, problem = call(server, "tickets", ana.token)
    assert (status, problem["code"], problem["wipe"]) == (401, "device_revoked", True)


def test_a_device_that_is_signed_out_is_poked_a_last_time(server, phone):
    """So that the phone asks, and learns that it is to forget the book."""
    ana, other = phone(), phone()
    ear, stays = listening(server, ana), listening(server, other)
    devices.revoke(ana.id, ANA)
    ear.until_closed()
    assert ear.pokes >= 1
    write_as_office(ANA)
    hear([stays], 1)
    assert not stays.closed


def test_a_server_that_speaks_https_by_itself_holds_lines_too(holder, phone, tmp_path):
    certificate, key = _certificate(tmp_path)
    server, ana = holder("--certfile", certificate, "--keyfile", key), phone()
    trusting = ssl.create_default_context(cafile=certificate)
    ears = [Ear(server.port, f"/sync/live?ticket={ticket.issue(ana.id)}", tls=trusting).connected() for _ in range(3)]
    for _ in range(2):
        write_as_office(ANA)
        for ear in ears:
            ear.until(CHANGE)
            ear.text = b""
    ears[0].close()
    write_as_office(ANA)
    for ear in ears[1:]:
        ear.until(CHANGE)
    devices.revoke(ana.id, ANA)
    ears[1].until_closed()


def _certificate(folder: Path) -> tuple[str, str]:
    """Of this machine for itself, for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begins = utcnow() - timedelta(minutes=5)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(hours=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return str(folder / "cert.pem"), str(folder / "key.pem")


# Strangers


def test_nonsense_gets_a_clean_answer(server, phone):
    ana = phone()
    _, given = call(server, "tickets", ana.token)
    for ear in [
        Ear(server.port, given["url"], *(f"X-{n}: {n}" for n in range(500))),
        Ear(server.port, given["url"], "X-Bomb: " + "x" * 100_000),
        Ear(server.port, "/sync/live?ticket=" + "x" * 100_000),
        Ear(server.port, given["url"], "No colon"),
        Ear(server.port, given["url"], method="G\u00e9T"),
    ]:
        ear.until(b"\r\n\r\n")
        assert 400 <= ear.status < 500, ear.text
    listening(server, ana).close()


def test_whoever_talks_on_a_line_is_cut_off(server, phone):
    ana = phone()
    ear = listening(server, ana)
    ear.socket.sendall(b"x" * 100)
    write_as_office(ANA)
    ear.until(CHANGE)
    ear.socket.sendall(b"x" * 100_000)
    ear.until_closed()


def test_slow_and_gone_listeners_cost_the_others_nothing(server, phone):
    ana = phone()
    stuck, gone, well = listening(server, ana), listening(server, phone()), listening(server, phone())
    gone.close()
    for _ in range(30):
        write_as_office(ANA)
    well.until(CHANGE)
    hear([well], 1)
    assert not well.closed
    assert not stuck.closed


def test_there_is_an_end_to_lines(holder, phone):
    """One device has a few, the newest; one process has as many as its setting says; then it is: ask by yourself."""
    server, ana, ben = holder(listeners=6), phone(), phone(BEN)
    mine = [listening(server, ana) for _ in range(6)]
    mine[0].until_closed()
    mine[1].until_closed()
    hear(mine[2:], 0.5)
    assert not any(ear.closed for ear in mine[2:])
    bens = [listening(server, each) for each in (ben, phone(BEN))]
    _, given = call(server, "tickets", ben.token)
    full = Ear(server.port, given["url"])
    full.until(b"Retry-After: 30")
    assert full.status == 503
    bens[0].close()
    until = time.monotonic() + 10
    while Ear(server.port, given["url"]).answer() != 200:
        assert time.monotonic() < until


def test_where_connections_cannot_be_held_there_are_no_tickets(holder, phone, app):
    """Another server for the same application: phones ask each minute, and say nothing of it."""
    server, ana = holder(worker="gthread"), phone()
    assert call(server, "tickets", ana.token)[0] == 404
    assert Ear(server.port, f"/sync/live?ticket={ticket.issue(ana.id)}").refused() == 404
    assert ana.post("tickets", {}).status_code == 404


# Many


def test_five_hundred_listen_and_exactly_the_right_ones_are_poked(holder, app):
    """The figures are printed, not judged; `make bench` has them with more care."""
    server = holder()
    agents = [f"01900000-0000-7000-8000-{n:011d}{n % 10}" for n in range(MANY)]
    _register(agents)
    resting = memory(server.workers)
    ears = [Ear(server.port, f"/sync/live?ticket={ticket.issue(agent)}") for agent in agents]
    for ear in ears:
        ear.connected()
    held, before, at = memory(server.workers), computed(server.workers), time.monotonic()
    hear(ears, 3)
    idle = (computed(server.workers) - before) / (time.monotonic() - at)
    assert not any(ear.pokes for ear in ears)
    began = time.monotonic()
    write_as_office(agents[123])
    ears[123].until(CHANGE)
    one = time.monotonic() - began
    hear(ears, 1)
    assert [at for at, ear in enumerate(ears) if ear.pokes] == [123]
    write_as_office(agents[7], scope="unit:7")
    hear(ears, 2)
    unit = [at for at, ear in enumerate(ears) if ear.pokes and at != 123]
    assert unit == list(range(7, MANY, 10))
    began = time.monotonic()
    with write() as session:
        session.execute(HEAD.update().where(HEAD.c.scope == "org").values(seq=1))
    for ear in ears:
        ear.until(CHANGE)
    everybody = time.monotonic() - began
    assert not any(ear.closed for ear in ears)
    print(
        f"\n{MANY} lines: {(held - resting) / MANY / 1024:.1f} KB each, {idle * 100:.1f} % of a core while idle, "
        f"one poked after {one * 1000:.0f} ms, all after {everybody * 1000:.0f} ms"
    )


def _register(agents: list[str]) -> None:
    """One device each, called like its agent."""
    now, scopes = utcnow(), [*(f"agent:{each}" for each in agents), "org"]
    with write() as session:
        session.execute(
            DEVICES.insert(),
            [
                {"id": each, "agent": each, "kind": "phone", "label": "Mate", "last_n": 0, "created_at": now}
                for each in agents
            ],
        )
        session.execute(
            HEAD.insert(), [{"scope": each, "seq": 0, "epoch": 1, "digest": "0" * 16, "floor": 0} for each in scopes]
        )
