"""The checker itself on trial: with each of these faults planted in the engine, a history must be found broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync import apply, conflicts, deciding, devices, flushing, late, pull
from sync.stage import Stage
from sync.workset import Workset
from tests.sync.cast import ANA, BEN
from tests.sync.checker import Broken
from tests.sync.conftest import empty
from tests.sync.histories import History, steady_ids
from tests.sync.test_histories import SEEDS

Plant = Callable[[pytest.MonkeyPatch], None]


def a_conflict_is_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deciding._Merging, "_clash", lambda self, name, result: None)


def a_leave_is_skipped(patch: pytest.MonkeyPatch) -> None:
    moved = Workset._moved
    patch.setattr(
        Workset, "_moved", lambda self, key, thing, op, seqs: op == "leave" or moved(self, key, thing, op, seqs)
    )


def the_cursor_moves_early(patch: pytest.MonkeyPatch) -> None:
    """A page that is not whole says it is."""
    lines = pull._lines
    patch.setattr(pull, "_lines", lambda *asked: (lines(*asked)[0], True))


def a_seq_is_given_twice(patch: pytest.MonkeyPatch) -> None:
    """What changes a pet takes the seq that the edit before it had."""
    moved = Workset._moved

    def late_seq(self, key, thing, op, seqs):
        if key[0] == "pet" and self.heads[thing.scope].seq:
            seqs.setdefault(thing.scope, self.heads[thing.scope].seq)
        return moved(self, key, thing, op, seqs)

    patch.setattr(Workset, "_moved", late_seq)


def a_late_edit_is_lost(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(late.DECISIONS, "update", lambda stage, wish: "ok")


def a_late_visit_is_lost(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(late.DECISIONS, "create", lambda stage, wish: "ok")


def a_row_of_another_book_is_told(patch: pytest.MonkeyPatch) -> None:
    scopes = devices.Caller.scopes
    patch.setattr(
        devices.Caller,
        "scopes",
        lambda self: (*scopes(self), *([f"agent:{BEN}"] if self.agent_id == ANA else [])),
    )


def a_late_verdict_shows_the_row(patch: pytest.MonkeyPatch) -> None:
    decide = late.decide_late

    def told(stage: Stage, wish):
        verdict, ids, _ = decide(stage, wish)
        found = stage.work.elsewhere.record((wish.kind.name, wish.id)) if wish.op == "update" else None
        return verdict, ids, found.row if found else None

    patch.setattr(apply, "decide_late", told)


def a_replay_is_applied_again(patch: pytest.MonkeyPatch) -> None:
    replay = apply._Batch._replay

    def again(self, edit, print_of_it):
        if self.known[edit["n"]].verdict == "rejected":
            return replay(self, edit, print_of_it)
        verdict = self._decide(edit, self._read(edit))
        self.verdicts.append(verdict | {"replayed": True})
        return None

    patch.setattr(apply._Batch, "_replay", again)


def a_deletion_does_not_look(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deciding, "_news_since", lambda stage, wish, found: [])


def an_answer_does_not_look(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(conflicts, "has_seen", lambda stage, wish, conflict, resolution: True)


def a_refused_edit_is_thrown_away(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Workset, "note_rejected", lambda self, edit, reason: None)


def a_digest_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    digest = flushing.row_digest
    patch.setattr(flushing, "row_digest", lambda kind, row: 0 if kind == "note" else digest(kind, row))


def the_last_one_wins(patch: pytest.MonkeyPatch) -> None:
    """No merging at all, as in many a product."""
    merge = deciding.merge
    patch.setattr(deciding, "merge", lambda how, current, old, new, levels=(): merge(how, old, old, new, levels))


PLANTED: list[tuple[Plant, str]] = [
    (a_conflict_is_dropped, "I4"),
    (a_leave_is_skipped, "I2 I7"),
    (the_cursor_moves_early, "I2"),
    (a_seq_is_given_twice, "I2"),
    (a_late_edit_is_lost, "I4"),
    (a_late_visit_is_lost, "I4"),
    (a_row_of_another_book_is_told, "I7"),
    (a_late_verdict_shows_the_row, "I7"),
    (a_replay_is_applied_again, "I3"),
    (a_deletion_does_not_look, "I4"),
    (an_answer_does_not_look, "I4"),
    (a_refused_edit_is_thrown_away, "I4"),
    (a_digest_is_forgotten, "I2"),
    (the_last_one_wins, "I4"),
]


@pytest.mark.parametrize("plant, promises", PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_the_checker_finds(app, quiet, monkeypatch, plant, promises):
    plant(monkeypatch)
    for seed in SEEDS:
        with steady_ids(seed):
            broken = _found(History(app.test_client, seed))
        if broken:
            assert broken.partition(":")[0] in promises.split()
            return
        empty(app)
    pytest.fail("nobody noticed")


def _found(history: History) -> str | None:
    """What the first days of a history broke: they must be enough to notice."""
    try:
        history.run(range(300))
    except Broken as broken:
        return str(broken)
    return None
