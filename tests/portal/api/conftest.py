"""The office, its programs with their tokens, and a place where webhooks arrive."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts import tokens
from portal.accounts.models import Agent
from sync.columns import new_id
from sync.database import db
from tests.people import Cast, Person, cast, sign_in


@pytest.fixture
def people(app) -> Cast:
    return cast(app)


@pytest.fixture
def desk(app):
    """`desk(person)`: signed in on the server's pages."""

    def open_one(person: Person) -> FlaskClient:
        made = app.test_client()
        made.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return sign_in(made, person)

    return open_one


class Program:
    """Another program with a token."""

    def __init__(self, client: FlaskClient, token: str):
        self.client, self.token = client, token

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        said = {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): text for name, text in headers.items()
        }
        return self.client.open(path, method=method, json=body, headers=said)

    def create(self, name: str = "王芳", **headers: str) -> Any:
        """One new customer."""
        edit = {"op": "create", "kind": "customer", "id": new_id(), "set": {"name": [None, name]}}
        return self("POST", "/api/edits", {"edits": [edit]}, **headers)


@pytest.fixture
def program(app):
    """`program(person, "records:read", …)`: a program of that person."""

    def make(person: Person, *scopes: str) -> Program:
        agent = db.session.get(Agent, person.id)
        assert agent is not None
        token = tokens.make(agent, "账本", list(scopes or tokens.scopes_for(person.role)), 30)
        db.session.rollback()  # what was read before is old now
        return Program(app.test_client(), token)

    return make


class Ear:
    """What arrived, and what is answered."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.url = ""


@pytest.fixture
def ear() -> Iterator[Ear]:
    """A web server on this machine."""
    ear = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            ear.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(ear.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_given: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ear.url = f"http://127.0.0.1:{server.server_port}/hook?x=1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield ear
    finally:
        server.shutdown()
        server.server_close()
