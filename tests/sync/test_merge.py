"""How two wishes about one field become one value: the table, then the laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.merge import CONFLICT, FIXED, JOINED, OVERRODE, SAME, TAKEN, YIELDED, Clash, merge, same

LEVELS = ("any", "service", "none")

TABLE = [
    # how, current, old, new -> value, outcome
    ("plain", "a", "a", "b", "b", TAKEN),
    ("plain", "b", "a", "b", "b", SAME),
    ("plain", "c", "a", "b", "c", CONFLICT),
    ("plain", "c", "a", "a", "c", SAME),  # no wish
    ("plain", None, None, "b", "b", TAKEN),
    ("plain", "a", "a", None, None, TAKEN),
    ("plain", "c", "a", None, "c", CONFLICT),
    ("plain", 1, True, 2, 1, CONFLICT),  # true is not 1
    ("plain", [1, 2], [1, 2], [2, 1], [2, 1], TAKEN),
    ("fixed", "a", "a", "b", "a", FIXED),
    ("fixed", "a", "a", "a", "a", SAME),
    ("fixed", "a", None, "a", "a", SAME),
    ("once", None, None, "a", "a", TAKEN),
    ("once", "a", None, "a", "a", SAME),
    ("once", "a", None, "b", "a", FIXED),
    ("once", "a", "a", None, "a", FIXED),
    ("once", None, "x", "b", None, CONFLICT),
    ("set", ["a", "b"], ["a"], ["a", "c"], ["a", "b", "c"], JOINED),
    ("set", ["a", "b"], ["a", "b"], ["b"], ["b"], TAKEN),
    ("set", ["a", "b", "c"], ["a", "b"], ["b"], ["b", "c"], JOINED),
    ("set", ["a"], [], ["a"], ["a"], SAME),
    ("set", None, None, ["a"], ["a"], TAKEN),
    ("set", ["a"], ["a"], None, None, TAKEN),
    ("set", ["b", "a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c"], TAKEN),
    ("set", ["a"], {"nonsense": 1}, ["b"], ["a", "b"], JOINED),
    ("map", {"x": 1, "y": 1}, {"x": 1}, {"x": 2}, {"x": 2, "y": 1}, JOINED),
    ("map", {"x": 1}, {"x": 1}, {}, {}, TAKEN),
    ("map", {"x": 3}, {"x": 1}, {"x": 2}, {"x": 3}, CONFLICT),
    ("map", {"x": 3, "y": 1}, {"x": 1, "y": 1}, {"x": 2, "y": 2}, {"x": 3, "y": 2}, CONFLICT),
    ("map", None, None, {"x": 1}, {"x": 1}, TAKEN),
    ("map", {"x": 1}, {"x": 1}, {"x": None}, {}, JOINED),  # null and absent are one
    ("stricter", "any", "any", "none", "none", TAKEN),
    ("stricter", "none", "none", "any", "any", TAKEN),  # who has seen it may loosen it
    ("stricter", "service", "any", "none", "none", OVERRODE),
    ("stricter", "none", "any", "service", "none", YIELDED),
    ("stricter", "none", "any", "none", "none", SAME),
    ("stricter", "service", "any", None, "service", YIELDED),
]


@pytest.mark.parametrize("how, current, old, new, value, outcome", TABLE)
def test_the_table(how, current, old, new, value, outcome):
    result = merge(how, current, old, new, LEVELS)
    assert (result.value, result.outcome) == (value, outcome)


def test_a_conflict_keeps_all_three_values():
    assert merge("plain", "c", "a", "b").clashes == (Clash(None, "a", "b", "c"),)


def test_a_map_clashes_only_where_both_changed():
    result = merge("map", {"x": 3, "y": 1}, {"x": 1, "y": 1}, {"x": 2, "y": 2})
    assert result.clashes == (Clash("x", 1, 2, 3),)


values = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3), st.lists(st.integers(0, 3)))
sets = st.one_of(st.none(), st.lists(st.sampled_from("abcd"), unique=True))
maps = st.one_of(st.none(), st.dictionaries(st.sampled_from("xyz"), st.integers(0, 3)))
levels = st.one_of(st.none(), st.sampled_from(LEVELS))
KINDS_OF_VALUES = {"plain": values, "set": sets, "map": maps, "stricter": levels, "fixed": values}
cases = st.sampled_from(sorted(KINDS_OF_VALUES)).flatmap(
    lambda how: st.tuples(st.just(how), *[KINDS_OF_VALUES[how]] * 3),
)


@given(cases)
def test_sending_the_same_wish_twice_is_as_good_as_once(case):
    how, current, old, new = case
    once = merge(how, current, old, new, LEVELS).value
    assert same(merge(how, once, old, new, LEVELS).value, once)


@given(cases)
def test_no_wish_changes_nothing_and_is_never_a_conflict(case):
    how, current, old, _ = case
    result = merge(how, current, old, old, LEVELS)
    assert same(result.value, current)
    assert result.outcome == SAME


@given(cases)
def test_who_has_seen_the_servers_value_is_taken_at_their_word(case):
    how, current, _, new = case
    result = merge(how, current, current, new, LEVELS)
    if how == "fixed":
        assert same(result.value, current)
    elif how in ("set", "map"):
        assert not result.clashes
    else:
        assert same(result.value, new)


@given(cases)
def test_a_wish_is_taken_joined_or_kept_for_a_person(case):
    how, current, old, new = case
    result = merge(how, current, old, new, LEVELS)
    if how == "plain" and not same(old, new):
        assert same(result.value, new) or (result.clashes and same(result.clashes[0].mine, new))


@given(levels, levels, levels)
def test_the_stricter_value_never_gets_looser_by_accident(current, old, new):
    result = merge("stricter", current, old, new, LEVELS)
    strict = {None: -1, "any": 0, "service": 1, "none": 2}
    if not same(current, old) and not same(old, new):
        assert strict[result.value] == max(strict[current], strict[new])


@given(sets, sets, sets)
def test_sets_keep_what_others_added(current, old, new):
    result = set(merge("set", current, old, new).value or ())
    had, before, after = set(current or ()), set(old or ()), set(new or ())
    assert result == (had - (before - after)) | (after - before)
