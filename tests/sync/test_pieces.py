"""A packed download is put together from pieces that were kept; it never says anything but what a plain one says."""

from __future__ import annotations

import gzip
import zlib
from datetime import timedelta
from random import Random

import pytest

from sync import snapshot
from sync.columns import utcnow
from sync.pieces import Shelf, Shelves, gzip_of, pack, shelves
from sync.tombstones import purge
from tests.sync.cast import ANA, BEN
from tests.sync.test_leaving import BOOKS, move


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "ROWS_IN_PIECE", 3)


def said(lines: list[dict]) -> list[tuple]:
    """What a download says, without the places that only it knows."""
    head, *rest = lines
    assert head["rows"] == len(rest)
    return [(line["op"], line["kind"], line["id"], line["ver"], line["row"]) for line in rest]


def whole(phone) -> None:
    """Packed and plain, they say the same, and what a phone has after the download and a pull is its book."""
    packed, plain = phone.snapshot(pack=True), phone.snapshot()
    assert said(packed) == said(plain)
    phone.rows = {(line["kind"], line["id"]): line["row"] for line in packed[1:]}
    phone.cursor = packed[0]["cursor"]
    assert phone.pull() == []


@pytest.mark.parametrize("seed", range(4))
def test_after_whatever_happened_packed_and_plain_say_the_same(phone, app, seed):
    random, ana, ben = Random(seed), phone(), phone(BEN)
    people = [ana.create("person", name=str(number)) for number in range(7)]
    for at in range(8):
        for _ in range(random.randint(0, 3)):
            match random.choice(("person", "pet", "update", "delete", "away", "today")):
                case "person":
                    people.append(ana.create("person", name="new"))
                case "pet":
                    ana.create("pet", person_id=random.choice(people), name="狗")
                case "update":
                    ana.update("person", random.choice(people), name=f"{at}")
                case "delete" if len(people) > 2:
                    ana.delete("person", people.pop(random.randrange(len(people))))
                case "away" if len(people) > 2:
                    move(people.pop(random.randrange(len(people))), BOOKS[BEN])
                case "today":
                    app.extensions["toys.first"][ANA] = random.sample(people, 2)
            ana.pull()
        whole(ana)
        whole(ben)


def test_only_what_changed_is_made_again(phone, monkeypatch):
    ana = phone()
    people = [ana.create("person", name=str(number)) for number in range(9)]
    ana.snapshot(pack=True)
    made: list[str] = []

    def counting(text: bytes, *about):
        made.append(text.decode())
        return pack(text, *about)

    monkeypatch.setattr(snapshot, "pack", counting)
    ana.snapshot(pack=True)
    assert len(made) == 1  # the head
    ana.update("person", people[4], name="changed")
    made.clear()
    ana.snapshot(pack=True)
    _, piece = made
    assert [people[at] in piece for at in range(9)] == [3 <= at < 6 for at in range(9)]


def test_a_download_goes_on_after_any_line_of_an_older_piece(phone):
    ana, other = phone(), phone()
    people = [ana.create("person", name=str(number)) for number in range(9)]
    ana.snapshot(pack=True)
    ana.update("person", people[7], name="later")
    other.pull()
    head, *lines = ana.snapshot(pack=True)
    for kept in range(len(lines)):
        again, *rest = ana.snapshot(after=lines[kept]["t"], pack=True)
        assert again["rows"] == len(rest)
        assert [line["id"] for line in rest] == [line["id"] for line in lines[kept + 1 :]]
        for cursor in (head["cursor"], again["cursor"]):
            ana.rows = {(line["kind"], line["id"]): line["row"] for line in lines[: kept + 1] + rest}
            ana.cursor = cursor
            ana.pull()
            assert ana.rows == other.rows


def test_what_is_forgotten_for_good_is_in_no_piece(phone, app, monkeypatch):
    ana = phone()
    gone, _ = [ana.create("person", name=name) for name in ("gone", "stays")]
    ana.snapshot(pack=True)
    ana.pull()
    ana.delete("person", gone)
    monkeypatch.setattr("sync.tombstones.KEPT", timedelta(days=-1))
    assert purge(utcnow()) == 1
    assert gone not in {line.get("id") for line in ana.snapshot(pack=True)}
    whole(ana)


def test_the_cache_is_bounded_and_the_oldest_goes_first():
    kept = Shelves(most=250)
    for name in "abc":
        kept.put(name, Shelf("x", {}, {(1, "person"): (pack(bytes(Random(name).randbytes(80)), rows=1),)}))
    assert [kept.get(name) is not None for name in "abc"] == [False, True, True]
    kept.put("d", Shelf("x", {}, {(1, "person"): (pack(Random(1).randbytes(1000)),)}))
    assert [kept.get(name) for name in "bcd"] == [None, None, None]


def test_with_no_room_nothing_is_kept(phone, app):
    shelves().most = 0
    ana = phone()
    ana.create("person", name="王芳")
    try:
        whole(ana)
        assert shelves().get((ANA, tuple(BOOKS))) is None
        assert not shelves()._kept
    finally:
        shelves().most = 1 << 20


def test_pieces_make_one_gzip_stream():
    random = Random(7)
    texts = [random.randbytes(random.choice((0, 1, 100, 70_000))) for _ in range(30)]
    stream = b"".join(gzip_of([pack(text) for text in texts]))
    assert gzip.decompress(stream) == b"".join(texts)
    assert gzip.decompress(b"".join(gzip_of([]))) == b""
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)  # one member: browsers read no second
    unpack.decompress(stream)
    assert unpack.eof
    assert not unpack.unused_data
