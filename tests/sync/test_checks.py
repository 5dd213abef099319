"""The quick check of a field says exactly what marshmallow says: the schema stays the only source."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, fields, validate

from portal.customers.kinds import CUSTOMER_KINDS
from sync.checks import _whole_check, check_of

FIELDS = [(kind.name, name) for kind in CUSTOMER_KINDS for name in kind.fields]
KINDS = {kind.name: kind for kind in CUSTOMER_KINDS}

UUIDS = st.uuids().map(str)
TEXTS = st.sampled_from(
    ["", "王芳", "male", "13800000000", "2026-02-30", "2026-11-22", "2026-W48-1", "0001-01-01", "9999-12-31", "long",
     "2026-11-22T01:30:00.000Z", "2026-11-22T09:30:00+08:00", "2026-11-22T24:00:00.000Z", "2026-11-22T01:30:00",
     "0001-01-01T00:00:00.000+09:00", "x" * 201, "x" * 10_001, "a\nb", "7", "any", "true"]
)  # fmt: skip
PARTIES = st.one_of(
    st.fixed_dictionaries({"kind": st.sampled_from(["customer", "relative", "else"]), "id": UUIDS}),
    st.fixed_dictionaries({"name": st.text(max_size=5)}),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.integers(-5, 200), st.floats(), TEXTS, UUIDS,
    st.text(max_size=8), st.dates().map(str), st.datetimes().map(lambda each: f"{each.isoformat(timespec='milliseconds')}Z"),
)  # fmt: skip
VALUES = st.one_of(
    SCALARS, PARTIES, st.lists(st.one_of(SCALARS, PARTIES), max_size=3), st.dictionaries(st.text(max_size=3), SCALARS)
)


def said(check: Any, value: Any) -> tuple[str, Any]:
    try:
        return "taken", check(value)
    except ValidationError as error:
        return "refused", error.messages


@pytest.mark.parametrize("kind, name", FIELDS, ids=[".".join(each) for each in FIELDS])
def test_quick_and_whole_check_agree(kind: str, name: str) -> None:
    declared, column = KINDS[kind].fields[name], KINDS[kind].table.columns[name]
    quick, whole = check_of(declared, column), _whole_check(declared, column)

    @settings(max_examples=60, deadline=None)
    @given(VALUES.filter(lambda value: value is not None))
    def agree(value: Any) -> None:
        one, other = said(quick, value), said(whole, value)
        assert one == other
        assert type(one[1]) is type(other[1])

    agree()


class Loud(fields.String):
    """A field with a mind of its own."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> str:
        return super()._deserialize(value, attr, data, **more).upper()


@pytest.mark.parametrize(
    "declared, value, wanted",
    [
        (Loud(), "leise", "LEISE"),
        (fields.String(post_load=[str.strip]), " x ", "x"),
        (fields.String(validate=validate.Length(max=2)), "abc", ["Longer than maximum length 2."]),
        (fields.Date(format="%d.%m.%Y"), "2026-11-22", ["Not a valid date."]),
    ],
)
def test_a_field_that_reads_in_its_own_way_is_read_in_its_own_way(
    declared: fields.Field, value: Any, wanted: Any
) -> None:
    column = sa.Column("x", sa.Date if isinstance(declared, fields.Date) else sa.Text)
    assert said(check_of(declared, column), value)[1] == wanted
