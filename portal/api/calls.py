"""Every call of /sync and /api: what it takes, gives and refuses. The addresses come from the application itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from marshmallow import Schema

from portal.api import wire
from portal.translations import msgid

JSON, LINES, EVENTS, HTML = "application/json", "application/x-ndjson", "text/event-stream", "text/html"
#: Who may call, by the names of the description's security schemes.
DEVICE, TOKEN, BASIC, SESSION = "device", "token", "basic", "session"

TAGS = {
    "records": msgid("Records"),
    "office": msgid("People and phones"),
    "sync": msgid("Synchronisation of a phone"),
    "about": msgid("About the API"),
}
SCOPES = {
    "me": msgid("See the own card and the names of the colleagues"),
    "records:read": msgid("Read the records of the own book"),
    "records:write": msgid("Change the records of the own book"),
    "customers:reassign": msgid("Hand customers of the unit over to another agent"),
    "devices:revoke": msgid("Revoke phones"),
}

Codes = Mapping[int, tuple[str, ...]]

#: What may happen to anybody.
ALWAYS: Codes = {
    429: ("slow_down", "too_many_tries"),
    500: ("server_error", "internal_server_error"),
    503: ("busy",),
}
BODY: Codes = {
    400: ("bad_request",),
    403: ("foreign_origin",),
    408: ("request_timeout",),
    413: ("too_large", "request_entity_too_large"),
}
BY_DEVICE: Codes = {401: ("unauthenticated", "device_revoked")}
BY_PERSON: Codes = {
    401: ("sign_in", "token_unknown", "token_revoked", "token_expired", "code_needed", "wrong_code"),
    403: ("foreign_origin", "https_required", "not_your_role", "scope_missing", "two_step_missing"),
}
ONCE: Codes = {
    400: ("bad_request", "bad_idempotency_key"),
    409: ("under_way",),
    422: ("idempotency_key_reused",),
}


@dataclass(frozen=True)
class Call:
    """One call. `body`: what is sent; `answers`: by status, what comes back and as what."""

    endpoint: str
    tag: str
    summary: str
    papers: tuple[str, ...] = ()
    scope: str = ""
    body: type[Schema] | None = None
    packed: bool = False
    answers: Mapping[int, tuple[str, type[Schema] | None]] = field(default_factory=dict)
    errors: tuple[Codes, ...] = ()
    #: Parameters of the query: name, JSON Schema, what it is.
    query: tuple[tuple[str, dict, str], ...] = ()
    once: bool = False

    @property
    def codes(self) -> dict[int, list[str]]:
        """Codes by status."""
        found: dict[int, list[str]] = {}
        for codes in (*self.errors, ALWAYS):
            for status, names in codes.items():
                found.setdefault(status, []).extend(name for name in names if name not in found.get(status, []))
        return dict(sorted(found.items()))


def _sync(endpoint: str, summary: str, answer: type[Schema], *errors: Codes, **more) -> Call:
    body = more.pop("body", None)
    wrong = (BODY, {415: ("unsupported_encoding",)}) if body else ({403: ("foreign_origin",)},)
    given = {"papers": (DEVICE,), "packed": True, "answers": {200: (JSON, answer)}, **more}
    return Call(endpoint, "sync", summary, body=body, errors=(*wrong, BY_DEVICE, *errors), **given)


NOT_FOUND: Codes = {404: ("not_found",)}
OLD: Codes = {400: ("bad_cursor",), 410: ("rebootstrap",)}
UPGRADE: Codes = {426: ("upgrade",)}
LIMIT = "limit"

CALLS = (
    Call(
        "records_api.list_records",
        "records",
        msgid("The records of a kind, page by page"),
        (TOKEN, BASIC, SESSION),
        "records:read",
        answers={200: (JSON, wire.RecordPage)},
        errors=(BY_PERSON, NOT_FOUND, {400: ("bad_request",)}),
        query=(
            ("after", {"type": "string"}, "the last id of the page before"),
            (LIMIT, {"type": "integer", "minimum": 1, "maximum": 500, "default": 100}, "how many"),
        ),
    ),
    Call(
        "records_api.show_record",
        "records",
        msgid("One record"),
        (TOKEN, BASIC, SESSION),
        "records:read",
        answers={200: (JSON, wire.OneRecord)},
        errors=(BY_PERSON, NOT_FOUND),
    ),
    Call(
        "records_api.list_changes",
        "records",
        msgid("What happened since a cursor"),
        (TOKEN, BASIC, SESSION),
        "records:read",
        answers={200: (JSON, wire.Page)},
        errors=(BY_PERSON, OLD, {400: ("bad_request",)}),
        query=(
            ("cursor", {"type": "string"}, "of the page before; without it everything comes"),
            (LIMIT, {"type": "integer", "minimum": 1, "maximum": 5000, "default": 500}, "about how many"),
        ),
    ),
    Call(
        "records_api.create_edits",
        "records",
        msgid("Change records, with a verdict for each edit"),
        (TOKEN, BASIC, SESSION),
        "records:write",
        wire.EditsCall,
        answers={200: (JSON, wire.Verdicts)},
        errors=(BODY, BY_PERSON, ONCE, {401: ("device_revoked",)}),
        once=True,
    ),
    Call(
        "accounts_api.me",
        "office",
        msgid("Who I am, and the colleagues of my unit"),
        (TOKEN, DEVICE, SESSION),
        "me",
        answers={200: (JSON, wire.Me)},
        errors=(BY_PERSON, BY_DEVICE),
    ),
    Call(
        "team_api.create_reassignment",
        "office",
        msgid("Give a customer to another agent of the unit"),
        (TOKEN, BASIC, SESSION),
        "customers:reassign",
        wire.ReassignmentCall,
        answers={200: (JSON, wire.Reassignment), 201: (JSON, wire.Reassignment)},
        errors=(
            BODY,
            BY_PERSON,
            NOT_FOUND,
            ONCE,
            {409: ("conflict",), 415: ("unsupported_media_type",)},
            {422: ("agent_missing", "agent_disabled", "no_book", "same_owner")},
        ),
        once=True,
    ),
    Call(
        "team_api.create_revocation",
        "office",
        msgid("Let a phone in no more"),
        (TOKEN, BASIC, SESSION),
        "devices:revoke",
        answers={200: (JSON, wire.Revocation), 201: (JSON, wire.Revocation)},
        errors=(BODY, BY_PERSON, NOT_FOUND, ONCE),
        once=True,
    ),
    _sync(
        "sync.register_device",
        msgid("A phone signs in for good"),
        wire.DeviceAnswer,
        {401: ("code_needed", "wrong_code"), 403: ("https_required", "two_step_missing", "no_book")},
        {409: ("too_many_devices",)},
        body=wire.DeviceCall,
        papers=(BASIC, SESSION),
        answers={201: (JSON, wire.DeviceAnswer)},
    ),
    _sync(
        "sync.push",
        msgid("Send edits, get verdicts, and news in the same breath"),
        wire.PushAnswer,
        {409: ("gap", "device_forked")},
        OLD,
        UPGRADE,
        body=wire.PushCall,
    ),
    _sync("sync.pull_changes", msgid("News since a cursor"), wire.Page, OLD, UPGRADE, body=wire.PullCall),
    _sync(
        "sync.download",
        msgid("The first download: everything, line by line"),
        wire.SnapshotLine,
        OLD,
        {400: ("bad_cursor", "bad_request")},
        answers={200: (LINES, wire.SnapshotLine)},
        query=(("after", {"type": "string"}, "the `t` of the last line kept: go on from there"),),
    ),
    _sync(
        "sync.hand_in",
        msgid("What a phone that was signed out had not sent"),
        wire.EscrowAnswers,
        {413: ("escrow_full",)},
        UPGRADE,
        body=wire.EscrowCall,
    ),
    _sync("sync.sign_out", msgid("A phone leaves by itself"), wire.Nothing),
    _sync("sync.compare", msgid("Digests, to find a difference"), wire.DigestsAnswer, NOT_FOUND, body=wire.DigestsCall),
    _sync("sync.rows", msgid("The rows of named records"), wire.RowsAnswer, body=wire.RowsCall),
    _sync("sync.known", msgid("How far the server has come with my devices"), wire.KnownAnswer, body=wire.KnownCall),
    _sync("sync.give_ticket", msgid("A ticket to listen with"), wire.Ticket, NOT_FOUND),
    _sync(
        "sync.listen",
        msgid("Hear at once that something changed"),
        wire.Nothing,
        NOT_FOUND,
        answers={200: (EVENTS, None)},
        papers=(),
        query=(("ticket", {"type": "string"}, "from the call for a ticket"),),
    ),
    _sync(
        "blobs.show",
        msgid("A table of rates by its SHA-256"),
        wire.Nothing,
        {400: ("bad_request",), 401: ("sign_in",), 403: ("two_step_missing",)},
        NOT_FOUND,
        papers=(DEVICE, SESSION),
        answers={200: (JSON, None), 304: ("", None)},
    ),
    Call(
        "api.description",
        "about",
        msgid("This description, for programs"),
        answers={200: (JSON, None), 304: ("", None)},
    ),
    Call("api.page", "about", msgid("This description, for people"), answers={200: (HTML, None)}),
)
BY_ENDPOINT = {call.endpoint: call for call in CALLS}
