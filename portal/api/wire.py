"""What travels in the calls of /sync and /api beside the records: the schemas that the description is made from.

The engine reads its calls by hand, for speed and for kindness to other protocols; these schemas say what it takes and
gives, and the tests hold every answer of theirs to them. Unknown fields are never wrong.
"""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from portal.accounts.models import ROLES
from sync.canonical import MAX_INT

ID = validate.Regexp(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
HEX16 = validate.Regexp(r"^[0-9a-f]{16}$")
VERDICTS = ("ok", "merged", "conflict", "rejected")
ANSWERS = ("kept", "there", "applied", "taken")


class Open(Schema):
    """More may come with any version."""

    class Meta:
        unknown = INCLUDE


def an_id(**more: Any) -> fields.Field:
    return fields.String(validate=ID, **more)


def a_count(**more: Any) -> fields.Field:
    return fields.Integer(validate=validate.Range(min=0, max=MAX_INT), **more)


def a_moment(**more: Any) -> fields.Field:
    return fields.AwareDateTime(format="iso", **more)


def text(most: int | None = None, **more: Any) -> fields.Field:
    return fields.String(validate=validate.Length(max=most) if most else None, **more)


def of(*options: str, **more: Any) -> fields.Field:
    return fields.String(validate=validate.OneOf(options), **more)


def an_object(**more: Any) -> fields.Field:
    return fields.Dict(**more)


class Edit(Open):
    """One change. `set`: `[old, new]` for each field that was changed; `base`: the version that was on the screen."""

    op = of("create", "update", "delete", required=True)
    kind = text(required=True)
    id = an_id(required=True)
    set = fields.Dict(
        keys=fields.String(), values=fields.List(fields.Raw(allow_none=True), validate=validate.Length(equal=2))
    )
    base = a_count()
    at = a_moment()
    cursor = text()


class NumberedEdit(Edit):
    """An edit under the next number of its device."""

    n = fields.Integer(required=True, validate=validate.Range(min=1, max=MAX_INT))


class EditError(Open):
    """Why an edit was refused; messages beside their fields."""

    code = text(required=True)
    message = text(required=True)
    fields_ = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), required=True, data_key="fields", attribute="fields"
    )
    depends_on = a_count()


class Verdict(Open):
    """What became of an edit."""

    n = fields.Integer(required=True, validate=validate.Range(min=1, max=MAX_INT))
    verdict = of(*VERDICTS, required=True)
    row = an_object(allow_none=True)
    conflicts = fields.List(an_id())
    error = fields.Nested(EditError)
    replayed = fields.Boolean()


class PullPart(Open):
    """Where to go on from, and how much to give."""

    cursor = text(allow_none=True)
    limit = fields.Integer(validate=validate.Range(min=1, max=5000))


class Status(Open):
    """What a phone says of itself."""

    waiting = a_count()
    oldest_at = a_moment(allow_none=True)
    build = text()
    mended = a_count()
    mended_at = a_moment(allow_none=True)


class PushCall(Open):
    """Edits, and what else can be asked in the same breath."""

    proto = fields.Integer(required=True, validate=validate.Range(min=0, max=MAX_INT))
    edits = fields.List(fields.Nested(NumberedEdit), required=True, validate=validate.Length(max=2000))
    pull = fields.Nested(PullPart)
    status = fields.Nested(Status)
    clock = a_moment()


class Change(Open):
    """The newest word on one record. `row` comes with `put`."""

    op = of("put", "delete", "leave", required=True)
    kind = text(required=True)
    id = an_id(required=True)
    ver = a_count(required=True)
    row = an_object()


class Page(Open):
    """News since a cursor; the digests come on the last page."""

    changes = fields.List(fields.Nested(Change), required=True)
    cursor = text(required=True)
    more = fields.Boolean(required=True)
    digests = fields.Dict(keys=fields.String(), values=fields.String(validate=HEX16))


class PushAnswer(Open):
    """One verdict for each edit, in order."""

    last_n = a_count(required=True)
    verdicts = fields.List(fields.Nested(Verdict), required=True)
    pull = fields.Nested(Page)


class PullCall(PullPart):
    """What happened since?"""

    proto = fields.Integer(required=True, validate=validate.Range(min=0, max=MAX_INT))
    status = fields.Nested(Status)


class DeviceCall(Open):
    """A phone signs in for good."""

    label = text()


class DeviceAnswer(Open):
    """The token is shown once."""

    device = an_id(required=True)
    token = text(required=True)
    agent = an_id(required=True)
    proto = a_count(required=True)


class EscrowCall(Open):
    """What a phone had not sent. The edits may be anything."""

    proto = fields.Integer(required=True, validate=validate.Range(min=0, max=MAX_INT))
    edits = fields.List(fields.Raw(allow_none=True), required=True)


class EscrowAnswer(Open):
    """What became of one of them."""

    n = a_count(required=True, allow_none=True)
    answer = of(*ANSWERS, required=True)


class EscrowAnswers(Open):
    """In the order they came."""

    answers = fields.List(fields.Nested(EscrowAnswer), required=True)


class Nothing(Open):
    """An empty object."""


class Ticket(Open):
    """Where to listen, for so many seconds."""

    url = text(required=True)
    seconds = a_count(required=True)


class DigestsCall(Open):
    """The digests of a scope, or the records of one bucket of it."""

    scope = text(required=True)
    bucket = fields.Integer(allow_none=True, validate=validate.Range(min=0, max=255))


class RecordDigest(Open):
    """A record of a bucket."""

    kind = text(required=True)
    id = an_id(required=True)
    ver = a_count(required=True)
    digest = fields.String(required=True, validate=HEX16)


class DigestsAnswer(Open):
    """`buckets`, or `bucket` and `rows`."""

    scope = text(required=True)
    cursor = text(required=True)
    buckets = fields.List(fields.String(validate=HEX16), validate=validate.Length(equal=256))
    bucket = fields.Integer(validate=validate.Range(min=0, max=255))
    rows = fields.List(fields.Nested(RecordDigest))


class RecordName(Open):
    """One record by its name."""

    kind = text(required=True)
    id = an_id(required=True)


class RowsCall(Open):
    """Named records."""

    records = fields.List(fields.Nested(RecordName), required=True, validate=validate.Length(min=1, max=500))


class NamedRow(RecordName):
    """A row; null for what is not there or not yours."""

    row = an_object(required=True, allow_none=True)


class RowsAnswer(Open):
    """As many as fit, in order."""

    cursor = text(required=True)
    rows = fields.List(fields.Nested(NamedRow), required=True)


class KnownCall(Open):
    """The agent's devices."""

    devices = fields.List(an_id(), required=True, validate=validate.Length(max=50))


class KnownAnswer(Open):
    """The last number taken from each."""

    last_n = fields.Dict(keys=fields.String(), values=a_count(), required=True)


class SnapshotLine(Open):
    """The first line has `rows` and `cursor`; the others are changes with `t`, where a broken download goes on."""

    rows = a_count()
    cursor = text()
    op = of("put")
    kind = text()
    id = an_id()
    ver = a_count()
    row = an_object()
    t = text()


class Colleague(Open):
    """Somebody of the own unit."""

    id = an_id(required=True)
    name = text(required=True)
    role = of(*ROLES, required=True)


class OwnCard(Colleague):
    """The person whose call this is."""

    username = text(required=True)
    unit_id = an_id(required=True)
    unit_name = text(required=True)
    language = text(required=True)
    work_phone = text(required=True)
    registration = text(required=True)
    registration_status = text(required=True)
    registration_expires = fields.Date(required=True, allow_none=True)
    sales_grade = a_count(required=True)


class Me(Open):
    """The person and the colleagues."""

    agent = fields.Nested(OwnCard, required=True)
    colleagues = fields.List(fields.Nested(Colleague), required=True)


class ReassignmentCall(Open):
    """The id of the agent who gets the customer."""

    agent = an_id(required=True)


class Reassignment(Open):
    """The move that was made, or the one that had been made before (`moved` is false)."""

    id = an_id(required=True)
    customer = an_id(required=True)
    from_ = an_id(required=True, data_key="from", attribute="from")
    to = an_id(required=True)
    by = an_id(required=True)
    at = a_moment(required=True)
    moved = fields.Boolean(required=True)


class Revocation(Open):
    """The phone that is let in no more; `revoked` is false when it was revoked before."""

    device = an_id(required=True)
    agent = an_id(required=True)
    revoked_at = a_moment(required=True)
    revoked = fields.Boolean(required=True)


class RecordPage(Open):
    """Records by id; `next` is the `after` of the next page, null on the last."""

    kind = text(required=True)
    records = fields.List(an_object(), required=True)
    next = an_id(required=True, allow_none=True)


class OneRecord(Open):
    """One record."""

    kind = text(required=True)
    record = an_object(required=True)


class EditsCall(Open):
    """Edits without numbers."""

    edits = fields.List(fields.Nested(Edit), required=True, validate=validate.Length(max=200))


class Verdicts(Open):
    """One for each edit, in order."""

    verdicts = fields.List(fields.Nested(Verdict), required=True)


class Problem(Open):
    """Why a call was refused (RFC 9457)."""

    type = text(required=True)
    title = text(required=True)
    status = fields.Integer(required=True)
    code = text(required=True)
    message = text(required=True)
    fields_ = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), data_key="fields", attribute="fields"
    )
    request = text()


class WebhookMessage(Open):
    """What a webhook gets: `records.changed` with a scope and its changes, or `ping`."""

    type = of("records.changed", "ping", required=True)
    timestamp = a_moment(required=True)
    data = fields.Dict(required=True)
