"""The promises of the design by number. `pytest -k test_I7` finds the tests of one, wherever they stand.

I1 acknowledged, so durable, at any kill: test_crash. I2, I4, I5, I7 and I11 of everything that people do in a random
order, with replies lost: test_histories (and test_planted, where the checker proves that it would notice). The rest is
here, and where its subject is: test_ledger, test_feed, test_races, test_leaving, test_late, test_push.
"""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import pytest

from sync import apply, leaving
from sync.apply import apply_edits
from sync.canonical import canonical
from sync.columns import new_id
from sync.devices import revoke, server_author
from tests.sync.cast import ANA, BEN
from tests.sync.conftest import empty
from tests.sync.histories import History, read_stored, steady_ids
from tests.sync.test_leaving import BOOKS, check, family, leader, move
from tests.sync.test_ledger import history as five_verdicts
from tests.sync.test_ledger import verdicts_without_rows
from tests.sync.test_push import error_of
from tests.sync.test_races import together


def contents() -> dict:
    """All live rows, without the times that differ from run to run."""
    return {key: (scope, _timeless(row)) for key, (scope, row) in read_stored().live.items() if key[0] != "device"}


def _timeless(row: dict) -> dict:
    return {name: value for name, value in row.items() if not name.endswith(("_at", "_about")) and name != "flags"}


# I2


@pytest.mark.parametrize("packed", [False, True])
def test_I2_a_first_download_cut_at_every_kilobyte_goes_on_to_the_same_book(phone, app, packed):
    ana, chance = phone(), Random(7)
    people = [ana.creation("person", name=f"客户{number}", phone=str(number) * 9) for number in range(40)]
    letters = [chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(400)]
    notes = [
        ana.creation("note", person_id=(None, each["id"]), text=(None, "".join(chance.sample(letters, 90))))
        for each in people
    ]
    ana.push(*people, *notes)
    app.extensions["toys.first"][ANA] = [people[3]["id"], people[30]["id"]]
    extra = {"Accept-Encoding": "gzip"} if packed else {}
    whole = ana.client.get("/sync/snapshot", headers=ana.headers | extra).data
    everything = {(line["kind"], line["id"]): line["row"] for line in ana.snapshot()[1:]}
    assert len(whole) > (8 if packed else 30) * 1024
    for size in range(0, len(whole) + 1024, 1024):
        lines = _whole_lines(whole[:size], packed)
        kept = lines[1:]
        rest = ana.snapshot(after=kept[-1]["t"] if kept else None)
        assert rest[0]["rows"] == len(rest) - 1 == len(everything) - len(kept)
        book = {(line["kind"], line["id"]): line["row"] for line in [*kept, *rest[1:]]}
        assert book == everything, size


def _whole_lines(body: bytes, packed: bool) -> list[dict]:
    """What of a body that was cut can be read: whole lines only."""
    import json
    import zlib

    text = zlib.decompressobj(31).decompress(body) if packed else body
    return [json.loads(line) for line in text.split(b"\n")[:-1]]


# I3


def test_I3_any_prefix_any_number_of_times_in_parallel_changes_nothing(phone):
    one, _two, edits, first = five_verdicts(phone)
    one.pull()
    rows, digests = copy.deepcopy(one.rows), one.digests

    def replay(seed):
        chance = Random(seed)
        for _ in range(5):
            prefix = edits[: chance.randrange(1, len(edits) + 1)]
            reply = one.post("push", {"proto": 1, "edits": prefix})
            assert reply.status_code == 200, reply.text
            assert all(verdict["replayed"] for verdict in reply.json["verdicts"])
            said = verdicts_without_rows(reply.json)
            assert said == verdicts_without_rows(first)[: len(prefix)]

    together(*[lambda seed=seed: replay(seed) for seed in range(4)])
    one.pull()
    assert (one.rows, one.digests) == (rows, digests)


def test_I3_a_reply_is_lost_another_phone_edits_and_then_it_is_sent_again(phone):
    one, two = phone(), phone()
    person = one.create("person", name="王芳", phone="1", tags=["a"])
    two.pull()
    lost = [one.change("person", person, phone="2"), one.change("person", person, tags=["a", "b"])]
    one.post("push", {"proto": 1, "edits": lost})  # nobody hears the answer
    two.pull()
    assert two.update("person", person, phone="3")["verdict"] == "ok"
    assert two.update("person", person, tags=[])["verdict"] == "ok"
    verdicts = one.push(*lost)["verdicts"]
    assert [(each["verdict"], each["replayed"]) for each in verdicts] == [("ok", True), ("ok", True)]
    # The reply carries the truth, not what was true when it was lost.
    assert (verdicts[1]["row"]["phone"], verdicts[1]["row"]["tags"], verdicts[1]["row"]["ver"]) == ("3", [], 5)
    check(one, two)
    assert one.rows == two.rows
    assert one.conflicts() == []


# I5


def test_I5_cursor_and_versions_never_go_back_over_deletion_restoration_and_moves(phone):
    ana, ben = phone(), phone(BEN)
    person = family(ana)
    versions = [ana.rows["person", person]["ver"]]
    ana.update("person", person, phone="2")
    versions.append(ana.rows["person", person]["ver"])
    move(person, BOOKS[BEN])
    move(person, BOOKS[ANA])
    ana.pull()
    versions.append(ana.rows["person", person]["ver"])
    other = phone()
    other.pull()
    ana.delete("person", person)
    other.update("person", person, phone="3")
    other.pull()
    other.settle(other.conflicts()[0], "mine")
    check(ana, other, ben)
    versions.append(ana.rows["person", person]["ver"])
    assert versions == sorted(set(versions))
    assert versions[-1] == 6


# I6


@pytest.fixture
def paused(monkeypatch):
    """`paused(what)`: the next commit of that kind waits just before it, until the event is set."""

    def plant(module):
        waits, goes = Event(), Event()
        original = module.failpoint

        def stop(name):
            if name == "before-commit" and not waits.is_set():
                waits.set()
                assert goes.wait(30)
            original(name)

        monkeypatch.setattr(module, "failpoint", stop)
        return waits, goes

    return plant


def test_I6_a_transaction_paused_between_two_commits_is_not_skipped(phone, paused):
    reader, first, second, ben = phone(), phone(), phone(), phone(BEN)
    reader.pull()
    first.create("person", name="before")
    waits, goes = paused(apply)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(first.create, "person", None, name="paused")
        assert waits.wait(30)
        names = _names(reader)
        assert names == ["before"]
        behind = pool.submit(second.create, "person", None, name="behind")
        for _ in range(3):
            assert _names(reader) == ["before"]
        assert not behind.done(), "it overtook a commit with an earlier seq"
        goes.set()
        slow.result(30)
        behind.result(30)
    assert _names(reader) == ["before", "behind", "paused"]
    check(reader, ben)


def test_I6_a_paused_reassignment_shows_in_both_books_at_once(phone, app, paused):
    ana, ben = phone(), phone(BEN)
    person = family(ana)
    check(ana, ben)
    author = leader()
    waits, goes = paused(leaving)

    def go():
        with app.app_context():
            return leaving.move_tree("person", person, BOOKS[BEN], author)

    with ThreadPoolExecutor(1) as pool:
        moving = pool.submit(go)
        assert waits.wait(30)
        for each in (ana, ben):
            each.pull()
        assert ("person", person) in ana.rows
        assert ("person", person) not in ben.rows
        goes.set()
        assert moving.result(30)
    check(ana, ben)
    assert ("person", person) not in ana.rows
    assert ("person", person) in ben.rows


@pytest.mark.parametrize("seed", range(4))
def test_I6_any_interleaving_of_commits_and_pages_shows_everything_once_at_its_newest(phone, seed):
    chance, phones, reader = Random(seed), [phone(), phone()], phone()
    people = [phones[0].create("person", name=str(number)) for number in range(4)]
    for each in phones:
        each.pull()

    def write(which):
        own = Random(seed * 10 + which)
        for number in range(12):
            phones[which].push(phones[which].change("person", own.choice(people), tags=[f"{which}.{number}"]))

    with ThreadPoolExecutor(2) as pool:
        writing = [pool.submit(write, which) for which in (0, 1)]
        while not all(each.done() for each in writing):
            page = reader.post("pull", {"proto": 1, "cursor": reader.cursor, "limit": chance.choice([1, 2, 50])})
            reader.take(page.json)  # asserts that no version goes back
        for each in writing:
            each.result()
    check(reader, *phones)
    assert reader.rows == phones[0].rows == phones[1].rows


def _names(reader) -> list[str]:
    reader.pull()
    return sorted(row["name"] for (kind, _), row in reader.rows.items() if kind == "person")


# I7


def test_I7_after_it_left_no_reply_to_the_old_owner_holds_a_byte_of_it(phone):
    ana, two, ben = phone(), phone(), phone(BEN)
    person = family(ana)
    for each in (two, ben):
        each.pull()
    sent = [ana.change("person", person, phone="1234509876"), ana.change("person", person, name="沈默")]
    ana.push(*sent)
    move(person, BOOKS[BEN])
    ben.pull()
    ben.update("person", person, phone="9998887776")
    late = [two.change("person", person, phone="5"), two.creation("note", person_id=(None, person), text=(None, "x"))]
    replies = [
        ana.post("push", {"proto": 1, "edits": sent}).text,  # a replay
        two.post("push", {"proto": 1, "edits": late}).text,
        two.post("push", {"proto": 1, "edits": late, "pull": {"cursor": two.cursor, "limit": 1}}).text,
        ana.post("pull", {"proto": 1, "cursor": None}).text,
        ana.client.get("/sync/snapshot", headers=ana.headers).text,
    ]
    for text in replies:
        for secret in ("1234509876", "沈默", "9998887776", '"王芳"'):
            assert secret not in text
    check(ana, two, ben)
    assert not [key for key in ana.rows if key[0] != "device"]


def test_I7_a_revoked_phone_is_told_nothing(phone):
    ana = phone()
    person = ana.create("person", name="王芳")
    edit = ana.change("person", person, name="王方")
    assert revoke(ana.id, ANA)
    for reply in (
        ana.post("push", {"proto": 1, "edits": [edit], "pull": {"cursor": None}}),
        ana.post("pull", {"proto": 1, "cursor": None}),
        ana.post("digests", {"scope": BOOKS[ANA]}),
        ana.client.get("/sync/snapshot", headers=ana.headers),
    ):
        assert (reply.status_code, reply.json["code"], reply.json["wipe"]) == (401, "device_revoked", True)
        assert person not in reply.text


# I8


def test_I8_what_one_answer_brings_back_arrives_together(phone):
    one, two, three = phone(), phone(), phone()
    person = family(one)
    for each in (two, three):
        each.pull()
    one.delete("person", person)
    two.update("person", person, phone="2")
    for each in (two, three):
        each.pull()
    two.settle(two.conflicts()[0], "mine")
    page = three.post("pull", {"proto": 1, "cursor": three.cursor, "limit": 1}).json
    assert {change["kind"] for change in page["changes"]} == {"person", "note", "pet", "receipt", "conflict"}


# I9


def test_I9_signed_bytes_never_change_whoever_tries_and_wherever_the_tree_goes(phone):
    ana, ben = phone(), phone(BEN)
    person, signature = ana.create("person", name="王芳"), new_id()
    born = ana.creation("signature", signature, person_id=(None, person), strokes=(None, "~~/~"))
    signed = _bytes(ana.one(born)["row"])
    other = ana.creation("signature", signature, person_id=(None, person), strokes=(None, "~"))
    assert error_of(ana.one(other)) == "exists"
    assert error_of(ana.update("signature", signature, strokes="~")) == "append_only"
    assert error_of(ana.delete("signature", signature)) == "append_only"
    assert ana.push(born)["verdicts"][0]["replayed"]
    office = server_author("office", ANA, scopes=BOOKS.values())
    form = {"op": "update", "kind": "signature", "id": signature, "base": 1, "set": {"strokes": ["~~/~", "~"]}}
    assert error_of(apply_edits([form], office)[0]) == "append_only"

    move(person, BOOKS[BEN])
    assert error_of(ana.update("signature", signature, base=1, strokes=("~~/~", "~"))) == "left_scope"
    assert error_of(ana.one(ana.creation("signature", person_id=(None, person), strokes=(None, "/")))) == "left_scope"
    ben.pull()
    assert _bytes(ben.rows["signature", signature]) == signed
    move(person, BOOKS[ANA])
    ana.pull()
    assert _bytes(ana.rows["signature", signature]) == signed

    two = phone()
    two.pull()
    ana.delete("person", person)
    two.update("person", person, phone="2")
    two.pull()
    two.settle(two.conflicts()[0], "mine")
    check(ana, two)
    assert _bytes(two.rows["signature", signature]) == signed


def _bytes(row: dict) -> bytes:
    return canonical({name: value for name, value in row.items() if name not in ("ver", "updated_at")})


# I10


@pytest.mark.parametrize("at", [0, 24, 49])
@pytest.mark.parametrize("bad", [{"name": [None, "crash"]}, {"name": [None, "x"], "score": [None, 101]}, {"name": 5}])
def test_I10_one_bad_edit_among_fifty_and_forty_nine_are_there(phone, quiet, at, bad):
    ana = phone()
    edits = [ana.creation("person", name=str(number)) for number in range(50)]
    edits[at]["set"] = bad
    reply = ana.push(*edits)
    verdicts = ["ok"] * 50
    verdicts[at] = "rejected"
    assert [verdict["verdict"] for verdict in reply["verdicts"]] == verdicts
    assert reply["last_n"] == 50
    check(ana)
    names = {row["name"] for (kind, _), row in ana.rows.items() if kind == "person"}
    assert names == {str(number) for number in range(50)} - {str(at)}
    assert read_stored().rejected == {(ana.id, at + 1): edits[at]}


# I12

CLOCKS = {
    "1970": lambda step: "1970-01-01T00:00:00Z",
    "2099": lambda step: "2099-12-31T23:59:59.999Z",
    "ten years behind": lambda step: f"2016-11-{step % 28 + 1:02}T09:30:00+08:00",
    "ten years ahead": lambda step: f"2036-11-{step % 28 + 1:02}T09:30:00+08:00",
    "stepped back": lambda step: f"{2035 - step // 40}-06-{28 - step % 28:02}T12:00:00-11:00",
}


def test_I12_any_clock_of_the_phones_gives_the_same_result(app, quiet):
    ends = {}
    for name, clock in {"right": None, **CLOCKS}.items():
        empty(app)
        with steady_ids(12):
            History(app.test_client, 12, clock=clock).run(range(220))
            ends[name] = contents()
    assert len(ends["right"]) > 20
    assert any(kind == "conflict" for kind, _ in ends["right"])
    for name, end in ends.items():
        assert end == ends["right"], name


# I13


def test_I13_applying_a_prefix_and_then_the_rest_equals_applying_all(phone, app, quiet):
    ends = []
    for cut in (0, 1, 2, 3, 5, 8, 9, 12):
        empty(app)
        with steady_ids(13):
            edits, one = _many_edits(phone)
            verdicts = one.push(*edits[:cut])["verdicts"] + one.push(*edits[cut:])["verdicts"]
            said = [(each["verdict"], each.get("conflicts"), each.get("error")) for each in verdicts]
            ends.append((said, contents()))
    assert {each[0] for each in ends[0][0]} == {"ok", "merged", "conflict", "rejected"}
    for end in ends:
        assert end == ends[0]


def _many_edits(phone):
    """A phone that was offline for a day, and what the other did in the meantime."""
    one, two, ids = phone(), phone(), [f"01900000-0000-7000-8000-{number:012x}" for number in range(9)]
    one.push(*(one.creation("person", row_id, name="王芳", phone="1", tags=["a"]) for row_id in ids[:3]))
    two.pull()
    two.update("person", ids[0], phone="2", tags=["a", "b"])
    two.delete("person", ids[1])
    edits = [
        one.change("person", ids[0], phone=("1", "3")),
        one.change("person", ids[0], phone=("3", "4")),
        one.change("person", ids[0], tags=(["a"], ["c"])),
        one.change("person", ids[1], phone=("1", "5")),
        one.creation("note", ids[3], person_id=(None, ids[1]), text=(None, "was there")),
        one.creation("person", ids[4], name="x", score=101),
        one.creation("pet", ids[5], person_id=(None, ids[4]), name=(None, "狗")),
        one.creation("person", ids[4], name="x", score=99),
        one.creation("pet", ids[6], person_id=(None, ids[4]), name=(None, "猫")),
        one.change("pet", ids[6], name=("猫", "鸟")),
        one.deletion("person", ids[2]),
        one.change("person", ids[2], phone=("1", "6")),
    ]
    return edits, one
