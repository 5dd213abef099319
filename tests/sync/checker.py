"""An independent model of what must come of a random history: who typed what, what each had seen, whose tree is whose.

It shares no code with the engine that it judges. It listens to every reply, also to those the phone never gets, and in
the end compares what people typed with what the database holds. A broken promise raises `Broken` with its name:

I2 replicas are the database · I3 a replay says the same · I4 nothing typed is lost · I5 nothing goes back ·
I7 nobody is told of a stranger's rows · I11 outboxes empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Key = tuple[str, str]
Row = dict[str, Any]

#: How the toy fields merge, said once more on purpose: the model does not ask the engine.
SETS = frozenset({"tags"})
MAPS = frozenset({"answers"})
LEVELS = [None, "any", "service", "none"]
STRICTER = frozenset({"contact"})
NO_VALUES = frozenset({"person_id", "resolution", "value", "flags"})


class Broken(AssertionError):
    """A promise was broken; the text begins with its name."""


@dataclass
class Typed:
    """One edit as a person made it; `about` is the conflict as it was shown to whoever decided it."""

    device: str
    edit: Row
    step: int
    about: Row | None = None

    @property
    def key(self) -> Key:
        return self.edit["kind"], self.edit["id"]

    @property
    def op(self) -> str:
        return self.edit["op"]

    @property
    def sets(self) -> Mapping[str, list[Any]]:
        return self.edit.get("set") or {}


@dataclass
class Stored:
    """What the database holds in the end: live rows with their scope, the deleted, the refused, what is in escrow."""

    live: dict[Key, tuple[str, Row]]
    graves: dict[Key, Row]
    rejected: dict[tuple[str, int], Row]
    escrow: dict[tuple[str, int], Row]


class Checker:
    """Listens while a history is lived; `verify` judges it."""

    def __init__(self) -> None:
        self.agents: dict[str, str] = {}
        self.book_of: dict[str, str] = {}
        self.typed: dict[tuple[str, int], Typed] = {}
        self.sent_anew: set[tuple[str, int]] = set()
        self.escrowed: set[tuple[str, int]] = set()
        self.verdicts: dict[tuple[str, int], Row] = {}
        self.seen: dict[str, dict[Any, int]] = defaultdict(dict)
        self.values: set[Any] = set()
        self._vers: dict[tuple[str, Key], int] = {}
        self._cursors: dict[str, Mapping[str, int]] = {}

    # Listening

    def registered(self, device: str, agent: str, before: str | None = None) -> None:
        """A device of an agent; `before`: the person's earlier device, so what was seen on it was seen."""
        self.agents[device] = agent
        if before:
            self.seen[device].update(self.seen[before])

    def note(self, device: str, edit: Row, step: int, about: Row | None = None) -> None:
        """A person typed something."""
        self.typed[device, edit["n"]] = Typed(device, edit, step, about)
        if edit["op"] == "create" and edit["kind"] == "person":
            self.book_of.setdefault(edit["id"], f"agent:{self.agents[device]}")
        for pair in (edit.get("set") or {}).values():
            self.looked(device, pair[1:], step)
            self.values.update(value for value in _leaves(pair[1:]) if value not in LEVELS)

    def looked(self, device: str, values: Any, step: int) -> None:
        """What stands on this screen has been seen."""
        seen = self.seen[device]
        for value in _leaves(values):
            seen.setdefault(value, step)

    def moved(self, tree: str, book: str) -> None:
        self.book_of[tree] = book

    def heard(self, device: str, edits: Iterable[Row], verdicts: Iterable[Row]) -> None:
        """Verdicts that the server sent (they may get lost on the way)."""
        for edit, verdict in zip(edits, verdicts, strict=True):
            self._same_verdict(device, edit, verdict)
            if verdict.get("row"):
                self._may_see(device, edit["kind"], verdict["row"])
                self._not_back(device, edit["kind"], verdict["row"])

    def heard_changes(self, device: str, changes: Iterable[Row]) -> None:
        """Rows of a page or a download that the server sent."""
        for change in changes:
            if change["op"] == "put":
                self._may_see(device, change["kind"], change["row"])
                self._not_back(device, change["kind"], change["row"])
            elif "row" in change:
                raise Broken(f"I7: {change['op']} with a row")

    def reached(self, device: str, seqs: Mapping[str, int]) -> None:
        """The place of a cursor that the phone keeps."""
        before = self._cursors.get(device, {})
        back = [scope for scope, seq in before.items() if seqs.get(scope, seq) < seq]
        if back:
            raise Broken(f"I5: the cursor went back in {back}")
        self._cursors[device] = seqs

    def _same_verdict(self, device: str, edit: Row, verdict: Row) -> None:
        if verdict["n"] != edit["n"]:
            raise Broken(f"I3: the verdict on {edit['n']} speaks of {verdict['n']}")
        said = {name: verdict.get(name) for name in ("verdict", "error", "conflicts")}
        before = self.verdicts.setdefault((device, edit["n"]), said)
        if before is not said and not verdict.get("replayed"):
            raise Broken(f"I3: edit {edit['n']} was applied a second time")
        if before != said:
            raise Broken(f"I3: edit {edit['n']} was {before}, is {said} now")

    def _may_see(self, device: str, kind: str, row: Row) -> None:
        agent = self.agents[device]
        if kind == "device":
            home = f"agent:{self.agents.get(row['id'], agent)}"
        else:
            tree = {"person": row.get("id"), "conflict": row.get("tree_id")}.get(kind, row.get("person_id"))
            home = self.book_of.get(tree or "", "nowhere")
        if home != f"agent:{agent}":
            raise Broken(f"I7: a {kind} of {home} was told to a phone of agent:{agent}")

    def _not_back(self, device: str, kind: str, row: Row) -> None:
        where = device, (kind, row["id"])
        if row["ver"] < self._vers.get(where, 0):
            raise Broken(f"I5: {kind} went back from version {self._vers[where]} to {row['ver']}")
        self._vers[where] = row["ver"]

    # Judging

    def verify(self, stored: Stored) -> None:
        """I4 for everything typed; every conflict that was promised is there."""
        for place, typed in self.typed.items():
            if place in self.escrowed:
                self._in_escrow(place, typed, stored)
                continue
            verdict = self.verdicts.get(place)
            if verdict is None:
                if place not in self.sent_anew:
                    raise Broken(f"I11: edit {place} was never answered")
                continue
            if verdict["verdict"] == "rejected":
                if stored.rejected.get(place) != typed.edit:
                    raise Broken(f"I4: the rejected edit {typed.edit} is not kept")
                continue
            for conflict in verdict["conflicts"] or ():
                if ("conflict", conflict) not in stored.live:
                    raise Broken(f"I4: conflict {conflict} of {typed.edit} is not there")
        _Judgement(self, stored).all()

    def _in_escrow(self, place: tuple[str, int], typed: Typed, stored: Stored) -> None:
        if place not in self.verdicts and stored.escrow.get(place) != typed.edit:
            raise Broken(f"I4: {typed.edit} of a revoked device is not in escrow")

    def done(self) -> Iterator[Typed]:
        """What was typed and taken in, one way or the other, but not refused."""
        for place, typed in self.typed.items():
            if self.verdicts.get(place, {"verdict": "rejected"})["verdict"] != "rejected":
                yield typed


class _Judgement:
    """I4: every value is current, or was overwritten or deleted by somebody who had seen it, or is in a conflict."""

    def __init__(self, checker: Checker, stored: Stored):
        self.checker = checker
        self.stored = stored
        self.done = list(checker.done())
        self.updates: dict[Key, list[Typed]] = defaultdict(list)
        self.deletions: dict[str, list[Typed]] = defaultdict(list)
        self.settled: dict[str, list[Typed]] = defaultdict(list)
        self.words: dict[str, list[Typed]] = defaultdict(list)
        self.conflicts: dict[Key, list[Row]] = defaultdict(list)
        for typed in self.done:
            verdict = checker.verdicts[typed.device, typed.edit["n"]]["verdict"]
            if typed.about is not None:
                if verdict == "ok":
                    for about in {typed.about["record_id"], typed.about["tree_id"]}:
                        self.settled[about].append(typed)
                else:
                    self.words[typed.about["record_id"]].append(typed)
            elif typed.op == "delete":
                self.deletions[typed.edit["id"]].append(typed)
            else:
                self.updates[typed.key].append(typed)
        for (kind, _), (_, row) in stored.live.items():
            if kind == "conflict":
                self.conflicts[row["record_kind"], row["record_id"]].append(row)

    def all(self) -> None:
        for typed in self.done:
            if typed.about is not None:
                self._settlement(typed)
            elif typed.op == "delete":
                self._deletion(typed)
            else:
                for name, (old, new) in typed.sets.items():
                    self._field(typed, name, old, new)

    def _field(self, typed: Typed, name: str, old: Any, new: Any) -> None:
        if name in NO_VALUES:
            return
        if name in STRICTER:
            self._stricter(typed, name, old, new)
        elif name in SETS:
            for item in set(new or ()) - set(old or ()):
                self._value(typed, typed.key, name, item)
        elif name in MAPS:
            for entry, value in (new or {}).items():
                if (old or {}).get(entry) != value:
                    self._value(typed, typed.key, f"{name}.{entry}", value)
        elif new is not None and new != old:
            self._value(typed, typed.key, name, new)

    def _value(self, typed: Typed, key: Key, name: str, value: Any) -> None:
        ways = (self._is_current, self._is_overwritten, self._is_asked, self._is_decided, self._is_deleted)
        if not any(way(typed, key, name, value) for way in ways):
            raise Broken(f"I4: {name} = {value!r} of {key} is lost; it was typed by {typed}")

    def _is_current(self, _typed: Typed, key: Key, name: str, value: Any) -> bool:
        row = self.stored.live.get(key, ("", {}))[1]
        return _holds(row.get(name.partition(".")[0]), name, value)

    def _is_overwritten(self, typed: Typed, key: Key, name: str, value: Any) -> bool:
        """Somebody had it on the screen and typed over it; or its author said another word about it later."""
        bare = name.partition(".")[0]
        for other in self.updates[key]:
            if other is not typed and bare in other.sets:
                old, new = other.sets[bare]
                later = other.device == typed.device and other.edit["n"] > typed.edit["n"]
                said = _at(old, name) != _at(new, name) if bare not in SETS else False
                if (_holds(old, name, value) or (later and said)) and not _holds(new, name, value):
                    return True
        return False

    def _is_asked(self, _typed: Typed, key: Key, name: str, value: Any) -> bool:
        """It stands in a conflict: while that is open, on either side; after that, on the side that lost."""
        for conflict in self.conflicts[key]:
            if conflict["field"] not in (None, name):
                continue
            sides = {"mine": ["theirs"], "theirs": ["mine"]}.get(conflict["resolution"] or "", ["mine", "theirs"])
            if any(value in _leaves(conflict[side]) for side in sides):
                return True
        return False

    def _is_decided(self, typed: Typed, key: Key, name: str, value: Any) -> bool:
        """Somebody decided a conflict with it on the screen."""
        for other in self.settled[key[1]]:
            assert other.about is not None
            if other is typed:
                continue
            shown = [other.about["mine"], other.about["theirs"], other.about["value"]]
            whole = other.about["field"] is None and self._had_seen(other, value)
            if value in _leaves(shown) or whole:
                return True
        # An answer that came too late: it takes the place of its author's earlier word about the field.
        for other in self.words[key[1]]:
            assert other.about is not None
            later = other.device == typed.device and other.edit["n"] > typed.edit["n"]
            if other is not typed and (other.about["mine"] == value or (later and other.about["field"] == name)):
                return True
        return False

    def _is_deleted(self, typed: Typed, key: Key, name: str, value: Any) -> bool:
        """Somebody who had seen it deleted the record, or the tree it stands in (and it lies in the grave, or came back)."""
        tree = self._tree(typed, key)
        for other in (*self.deletions[key[1]], *self.deletions[tree], *self.settled[tree]):
            if other is not typed and self._had_seen(other, value):
                return True
        return False

    def _tree(self, typed: Typed, key: Key) -> str:
        row = self.stored.live.get(key, ("", self.stored.graves.get(key, {})))[1]
        pair = typed.sets.get("person_id") or [None, None]
        return row.get("person_id") or pair[1] or key[1]

    def _had_seen(self, other: Typed, value: Any) -> bool:
        return self.checker.seen[other.device].get(value, other.step + 1) <= other.step

    def _stricter(self, typed: Typed, name: str, old: Any, new: Any) -> None:
        """Never looser than what somebody wished, unless it was loosened by somebody who saw it."""
        if new is None or new == old:
            return
        row = self.stored.live.get(typed.key, ("", None))[1]
        level = LEVELS.index(new)
        if row is None or LEVELS.index(row[name]) >= level:
            return
        loosened = [
            other.sets[name]
            for other in self.updates[typed.key]
            if name in other.sets and LEVELS.index(other.sets[name][0]) >= level
        ]
        if any(LEVELS.index(after) < LEVELS.index(before) for before, after in loosened):
            return
        if not self._is_asked(typed, typed.key, name, new) and not self.settled[typed.key[1]]:
            raise Broken(f"I4: {name} became looser than {new!r}, which was typed by {typed}")

    def _settlement(self, typed: Typed) -> None:
        """Nobody overrules what they had not seen; and a value typed as the answer is a value like any other."""
        conflict, value = typed.about, typed.sets.get("value", [None, None])[1]
        assert conflict is not None
        self._had_seen_theirs(typed, conflict)
        if value is None or typed.sets.get("resolution", [None, None])[1] != "other":
            return
        key = conflict["record_kind"], conflict["record_id"]
        if conflict["field"].partition(".")[0] not in STRICTER:
            self._value(typed, key, conflict["field"], value)

    def _had_seen_theirs(self, typed: Typed, conflict: Row) -> None:
        same = [other for other in self.settled[conflict["record_id"]] if other.key == typed.key]
        closed = self.stored.live[typed.key][1]
        if closed["resolution"] in (None, "theirs") or same != [typed] or conflict["theirs"] is None:
            return  # where nothing stood on the other side, it was deleted, and comes back with this answer
        gone = (*self.deletions[conflict["record_id"]], *self.deletions[conflict["tree_id"]])
        if any(self.checker.verdicts[each.device, each.edit["n"]]["verdict"] == "ok" for each in gone):
            return  # a deletion answers questions too, and this answer may have found it done
        others = [each.about for each in self.settled[conflict["tree_id"]] if each is not typed and each.about]
        if any(other["mine"] == {"deleted": True} and other["id"] != conflict["id"] for other in others):
            return  # so does the answer to another question of the same tree
        unseen = [each for each in _leaves(closed["theirs"]) if each in self.checker.values]
        unseen = [each for each in unseen if not self._had_seen(typed, each)]
        if unseen:
            raise Broken(f"I4: {unseen} was overruled unseen by {typed}")

    def _deletion(self, typed: Typed) -> None:
        """Gone, or asked about; or somebody brought it back, or had it moved on before."""
        row_id = typed.edit["id"]
        if typed.key not in self.stored.live or self.conflicts[typed.key] or self.settled[row_id]:
            return
        tree = self.stored.live[typed.key][1].get("person_id") or row_id
        if self.settled[tree] or self.conflicts["person", tree]:
            return
        raise Broken(f"I4: the deletion {typed} came to nothing")


def _holds(whole: Any, name: str, value: Any) -> bool:
    """Whether a field's value is this one, or contains it (the entry of a map, the member of a set)."""
    bare, _, entry = name.partition(".")
    if entry:
        return isinstance(whole, dict) and whole.get(entry) == value
    return value in (whole or ()) if bare in SETS else whole == value


def _at(whole: Any, name: str) -> Any:
    entry = name.partition(".")[2]
    return (whole or {}).get(entry) if entry else whole


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    elif value is not None:
        yield value
