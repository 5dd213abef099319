"""Canonical JSON, hashes and digests: one result in Python and on the phone (the vectors are shared)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.canonical import NotCanonical, canonical, canonical_of_sound, digest_text, edit_hash, row_digest, unsound

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "canonical.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS["canonical"], ids=lambda vector: vector["name"])
def test_the_shared_vectors(vector):
    text = canonical(vector["value"])
    assert text.decode() == vector["canonical"]
    assert hashlib.sha256(text).hexdigest() == vector["sha256"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_what_has_no_canonical_form(vector):
    with pytest.raises(NotCanonical):
        canonical(json.loads(vector["json"]))


@pytest.mark.parametrize("vector", VECTORS["digests"], ids=lambda vector: vector["name"])
def test_digests_of_scopes(vector):
    total = 0
    for kind, row in vector["rows"]:
        total ^= row_digest(kind, row)
    assert digest_text(total) == vector["digest"]


def slowly(value) -> str:
    """RFC 8785 word by word, for values without floats."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{slowly(key)}:{slowly(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(slowly, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_the_fast_way_gives_what_the_rfc_says(value):
    assert canonical(value).decode() == slowly(value)
    assert canonical_of_sound(value) == canonical(value)
    assert json.loads(canonical(value)) == value


@given(json_values)
def test_the_hash_of_an_edit_does_not_depend_on_the_order_of_keys(value):
    edit = {"n": 1, "set": {"a": [None, value]}, "at": "x"}
    assert edit_hash(edit) == edit_hash(dict(reversed(edit.items())))


def test_an_edit_without_canonical_form_has_a_stable_hash():
    edit = {"n": 1, "set": {"a": [None, "\ud800"], "b": 2**70}}
    assert edit_hash(edit) == edit_hash(dict(reversed(edit.items())))
    assert edit_hash(edit) != edit_hash({**edit, "n": 2})


def test_what_is_unsound():
    assert unsound("a\0b") == "text with NUL"
    assert unsound("a\ud800") == "text with a lone surrogate"
    assert unsound({"a": [1.0]}) == "not a whole number"
    assert unsound(2**53) == "number out of range"
    assert unsound("𠮷\U0001f600") is None
