"""The access matrix: who may come to which address, and whose things are behind it.

Written from the table "Who may see and do what" of the design, not from the guards of the code: the guards are held to
it. Every rule of the application stands here; one that nobody classified fails the build.

A class of routes says which roles it is for; `whose` says who of these people reaches a thing of Ana's. The people
stand for the relations of units: Ana owns it, Ben is of the same team, the leader and the office staff of that team,
the manager of the branch above, office staff of the branch (not of the team), and strangers: another team's agent,
leader and office staff, another branch's manager.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.people import PASSWORD

ROLES = ("agent", "leader", "office", "manager", "compliance", "admin")
WITH_BOOK = ("agent", "leader", "manager")
LEADERS = ("leader", "manager")
READERS = ("agent", "leader", "manager", "compliance")

#: Who reaches a thing of Ana's, by what it is.
OWN = {"ana"}
LED = {"leader", "manager"}
WHOSE = {
    "": None,  # nobody's: the role decides alone
    "own": OWN,
    "led": LED,
    "book": {*LED, "office", "compliance"},  # the customers, on server pages
    "edited": {"office"},
    "opened": {*LED, "compliance"},
    "papers": {*OWN, *LED, "compliance"},  # analyses and proposals
    "phones": {*LED, "admin"},
    "phones_and_own": {*OWN, *LED, "admin"},
    "chosen": {"leader"},  # a choice that only who made it has confirmed
    "all": {"admin"},
}


@dataclass(frozen=True)
class Door:
    """A class of routes: which roles it is for, and whose things are behind it."""

    roles: tuple[str, ...]
    whose: str = ""
    #: The thing that each variable of the address names (`tests/things.py`).
    things: dict[str, str] = field(default_factory=dict)
    #: What the form or the body holds.
    sent: dict[str, Any] = field(default_factory=dict)
    #: What is answered besides 200, 201, 303 and 422.
    also: tuple[int, ...] = ()

    def lets_in(self, part: str, role: str) -> bool:
        reached = WHOSE[self.whose]
        return role in self.roles and (reached is None or part in reached)

    def answer_to(self, part: str, role: str) -> int | None:
        """403, 404, or None for whoever is let in."""
        if role not in self.roles:
            return 403
        return None if self.lets_in(part, role) else 404


def to(*roles: str, whose: str = "", sent: dict[str, Any] | None = None, also: tuple[int, ...] = (), **things: str):
    return Door(roles, whose, things, sent or {}, also)


#: Anybody, signed in or not: pages without data, the sign-in, the description of the API.
PUBLIC = {
    "GET /", "GET /sign-in", "POST /sign-in", "GET /sign-in/code", "POST /sign-in/code", "GET /sign-in/help",
    "GET /sign-in/new-password", "POST /sign-in/new-password", "POST /sign-out", "POST /sign-out/traces",
    "POST /language", "GET /healthz", "GET /sw.js", "GET /manifest.webmanifest", "GET /favicon.ico",
    "GET /apple-touch-icon.png", "GET /static/<path:filename>", "GET /static/dist/<path:name>", "GET /api/docs",
    "GET /api/openapi.json",
}  # fmt: skip
#: The agent's rooms: the server answers all of them with one page without data; the phone has what stands there.
PHONE = {
    f"GET /{room}{path}"
    for room in ("today", "customers", "visits", "analyses", "plans", "outbox", "conflicts", "me")
    for path in ("", "/<path:path>")
}
#: Only with a phone's token; a browser's session is nobody there.
DEVICE = {
    "POST /sync/push", "POST /sync/pull", "GET /sync/snapshot", "POST /sync/escrow", "POST /sync/sign-out",
    "POST /sync/digests", "POST /sync/rows", "POST /sync/known", "POST /sync/tickets",
}  # fmt: skip
#: Judged otherwise: by a ticket of half a minute, and by a password for the first time.
BY_TICKET = {"GET /sync/live"}

ANY = to(*ROLES)
#: A second step at sign-in is for whoever sees more than one book.
TWO_STEP = to(*LEADERS, "office", "compliance", "admin")
ADMIN = to("admin")
PERSON = to("admin", whose="all", agent_id="target")
CUSTOMER = to(*READERS[1:], "office", whose="book", customer_id="customer")
EDITED = to("office", whose="edited", customer_id="customer", room="relatives", record_id="relative")
BOOK = to(*WITH_BOOK)
IMPORT = to(*WITH_BOOK, whose="own", job_id="import")
DONE_IMPORT = to(*WITH_BOOK, whose="own", job_id="done_import")
GIVER = to(*LEADERS, whose="led", agent_id="ana", customer_id="customer")
PHONES = to(*LEADERS, "admin", whose="phones", device_id="device")
ESCROW = to(*LEADERS, whose="led", device_id="escrow", sent={"item": "", "reason": "核对号码"})
CHOICE = to(*LEADERS, whose="chosen", job_id="choice")
MOVED = to(*LEADERS, whose="led", job_id="moved")
PAPERS = to(*READERS)
ANALYSIS = to(*READERS, whose="papers", analysis_id="analysis")
PROPOSAL = to(*READERS, whose="papers", proposal_id="proposal")
EXPORTS = to(*READERS, "office")
RECORDS = to(*WITH_BOOK, kind="kind")
WEBHOOK = to("admin", whose="all", hook_id="webhook")
#: Nothing of this name is there; the role is judged first.
NO_PRODUCT = to("admin", whose="", record_id="nothing", import_id="nothing", name="rates", also=(404,))

DOORS: dict[str, Door] = {
    # ── oneself ──
    "GET /setup": ANY,
    "GET /account": ANY,
    "GET /account/password": ANY,
    "POST /account/password": ANY,
    "POST /account/password-checks": to(*ROLES, sent={"password": PASSWORD}),
    "GET /account/tokens": ANY,
    "POST /account/tokens": ANY,
    "POST /account/tokens/<uuid:token_id>/revocations": to(*ROLES, whose="own", token_id="token"),
    "GET /account/devices/<uuid:device_id>/revocations": to(*ROLES, whose="own", device_id="device"),
    "POST /account/devices/<uuid:device_id>/revocations": to(*ROLES, whose="own", device_id="device"),
    "GET /account/two-step": TWO_STEP,
    "POST /account/two-step/codes": TWO_STEP,
    "POST /account/two-step/ends": TWO_STEP,
    "GET /account/two-step/setup": TWO_STEP,
    "POST /account/two-step/setup": TWO_STEP,
    "POST /account/two-step/setups": TWO_STEP,
    "GET /api/me": ANY,
    "POST /sync/devices": to(*WITH_BOOK),
    "GET /sync/blobs/<name>": to(*ROLES, name="no_blob", also=(404,)),
    # ── the administrator ──
    "GET /admin": ADMIN,
    "GET /admin/log": to("admin", "compliance"),
    "GET /admin/people": ADMIN,
    "POST /admin/people": ADMIN,
    "GET /admin/people/new": ADMIN,
    "GET /admin/people/<uuid:agent_id>": PERSON,
    "POST /admin/people/<uuid:agent_id>": to("admin", whose="all", agent_id="target", also=(409,)),
    "GET /admin/people/<uuid:agent_id>/added": PERSON,
    "GET /admin/people/<uuid:agent_id>/codes": PERSON,
    "POST /admin/people/<uuid:agent_id>/codes": PERSON,
    "GET /admin/people/<uuid:agent_id>/disablings": PERSON,
    "POST /admin/people/<uuid:agent_id>/disablings": PERSON,
    "GET /admin/people/<uuid:agent_id>/edit": PERSON,
    "POST /admin/people/<uuid:agent_id>/enablings": PERSON,
    "GET /admin/people/<uuid:agent_id>/two-step/resets": PERSON,
    "POST /admin/people/<uuid:agent_id>/two-step/resets": PERSON,
    "GET /admin/units": ADMIN,
    "POST /admin/units": ADMIN,
    "GET /admin/units/new": ADMIN,
    "GET /admin/units/<uuid:unit_id>": to("admin", unit_id="unit"),
    "POST /admin/units/<uuid:unit_id>": to("admin", unit_id="unit", also=(409,)),
    "GET /admin/units/<uuid:unit_id>/edit": to("admin", unit_id="unit"),
    "GET /admin/devices": ADMIN,
    "GET /admin/devices/<uuid:device_id>/revocations": to("admin", whose="all", device_id="device"),
    "POST /admin/devices/<uuid:device_id>/revocations": to("admin", whose="all", device_id="device"),
    "GET /admin/settings": ADMIN,
    "GET /admin/settings/<name>": to("admin", name="setting"),
    "POST /admin/settings/<name>": to("admin", name="setting"),
    "GET /admin/definitions": ADMIN,
    "GET /admin/definitions/<record_id>": to("admin", record_id="definition"),
    "POST /admin/definitions/<record_id>": to("admin", record_id="definition"),
    "POST /admin/definitions/<record_id>/withdrawals": to("admin", record_id="nothing", also=(404,)),
    "GET /admin/products": ADMIN,
    "GET /admin/products/template.xlsx": ADMIN,
    "GET /admin/products/imports/new": ADMIN,
    "POST /admin/products/imports": ADMIN,
    "GET /admin/products/imports/<import_id>": NO_PRODUCT,
    "POST /admin/products/imports/<import_id>/discard": NO_PRODUCT,
    "POST /admin/products/imports/<import_id>/publication": NO_PRODUCT,
    "GET /admin/products/<record_id>": to("admin", record_id="product"),
    "GET /admin/products/<record_id>/product.xlsx": to("admin", record_id="product"),
    "GET /admin/products/<record_id>/<name>.csv": NO_PRODUCT,
    "GET /admin/products/<record_id>/imports/new": to("admin", record_id="product"),
    "POST /admin/products/<record_id>/imports": to("admin", record_id="product"),
    "POST /admin/products/<record_id>/withdrawals": NO_PRODUCT,
    "GET /admin/webhooks": ADMIN,
    "POST /admin/webhooks": ADMIN,
    "GET /admin/webhooks/new": ADMIN,
    "GET /admin/webhooks/<uuid:hook_id>": WEBHOOK,
    "POST /admin/webhooks/<uuid:hook_id>/ends": WEBHOOK,
    "POST /admin/webhooks/<uuid:hook_id>/pings": WEBHOOK,
    "POST /admin/webhooks/<uuid:hook_id>/retries": WEBHOOK,
    "POST /admin/webhooks/<uuid:hook_id>/secrets": WEBHOOK,
    # ── the team ──
    "GET /team": to(*LEADERS, "admin"),
    "GET /team/customers": to(*LEADERS),
    "GET /team/customers/<uuid:agent_id>": GIVER,
    "GET /team/customers/<uuid:agent_id>/<uuid:customer_id>": GIVER,
    "POST /team/customers/<uuid:agent_id>/results": GIVER,
    "POST /team/customers/<uuid:agent_id>/hand-overs": GIVER,
    "GET /team/devices": to(*LEADERS, "admin"),
    "GET /team/devices/<uuid:device_id>/revocations": PHONES,
    "POST /team/devices/<uuid:device_id>/revocations": PHONES,
    "GET /team/escrow": to(*LEADERS),
    "GET /team/escrow/<uuid:device_id>": ESCROW,
    "POST /team/escrow/<uuid:device_id>/acceptances": ESCROW,
    "POST /team/escrow/<uuid:device_id>/discard": ESCROW,
    "POST /team/escrow/<uuid:device_id>/discards": ESCROW,
    "POST /team/escrow/<uuid:device_id>/openings": ESCROW,
    "GET /team/hand-overs/<uuid:job_id>": MOVED,
    "POST /team/hand-overs/<uuid:job_id>/undo": MOVED,
    "POST /team/hand-overs/<uuid:job_id>/steps": MOVED,
    "POST /team/hand-overs/<uuid:job_id>/run": CHOICE,
    "POST /team/hand-overs/<uuid:job_id>/discard": CHOICE,
    # ── customers of the unit ──
    "GET /office": to(*READERS[1:], "office"),
    "POST /office/results": to(*READERS[1:], "office"),
    "GET /office/readings": to("compliance"),
    "GET /office/customers/<uuid:customer_id>": CUSTOMER,
    "POST /office/customers/<uuid:customer_id>/openings": to(
        *READERS[1:], whose="opened", customer_id="customer", sent={"reason": "核对号码"}
    ),
    "GET /office/customers/<uuid:customer_id>/edit": EDITED,
    "POST /office/customers/<uuid:customer_id>": EDITED,
    "GET /office/customers/<uuid:customer_id>/<any(relatives, policies):room>/new": EDITED,
    "POST /office/customers/<uuid:customer_id>/<any(relatives, policies):room>": EDITED,
    "GET /office/customers/<uuid:customer_id>/<any(relatives, policies):room>/<uuid:record_id>/edit": EDITED,
    "POST /office/customers/<uuid:customer_id>/<any(relatives, policies):room>/<uuid:record_id>": EDITED,
    # ── analyses and proposals off the phone ──
    "GET /reports": PAPERS,
    "GET /reports/<analysis_id>": ANALYSIS,
    "GET /reports/<analysis_id>.pdf": ANALYSIS,
    "GET /proposals": PAPERS,
    "GET /proposals/<proposal_id>": PROPOSAL,
    "GET /proposals/<proposal_id>.pdf": PROPOSAL,
    "GET /proposals/<proposal_id>.png": PROPOSAL,
    # ── into the own book, and out of books ──
    "GET /imports": BOOK,
    "GET /imports/new": BOOK,
    "POST /imports": BOOK,
    "GET /imports/<uuid:job_id>": IMPORT,
    "GET /imports/<uuid:job_id>/faults.csv": IMPORT,
    "GET /imports/<uuid:job_id>/report.xlsx": DONE_IMPORT,
    "GET /imports/<uuid:job_id>/undo": DONE_IMPORT,
    "POST /imports/<uuid:job_id>/columns": IMPORT,
    "POST /imports/<uuid:job_id>/run": IMPORT,
    "POST /imports/<uuid:job_id>/steps": IMPORT,
    "POST /imports/<uuid:job_id>/discard": IMPORT,
    "POST /imports/<uuid:job_id>/undo": DONE_IMPORT,
    "POST /imports/<uuid:job_id>/undo/steps": DONE_IMPORT,
    "GET /exports": EXPORTS,
    "GET /exports/new": EXPORTS,
    "POST /exports": to(
        *READERS, "office", whose="book", sent={"whose": "{ana}", "form": "csv", "reason": "核对名单"}
    ),
    "GET /exports/log": to("admin", "compliance"),
    # ── programs ──
    "GET /api/records/<kind>": RECORDS,
    "GET /api/records/<kind>/<uuid:record_id>": to(*WITH_BOOK, whose="own", kind="kind", record_id="customer"),
    "GET /api/changes": to(*WITH_BOOK),
    "POST /api/edits": to(*WITH_BOOK, sent={"edits": []}),
    "POST /api/customers/<uuid:customer_id>/reassignments": to(
        *LEADERS, whose="led", customer_id="customer", sent={"agent": "{ben}"}
    ),
    "POST /api/devices/<uuid:device_id>/revocations": to(*ROLES, whose="phones_and_own", device_id="device"),
}  # fmt: skip
