"""Idempotency keys: the same request twice is done once, another request under the same key is refused."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from portal import idempotency
from portal.idempotency import HEADER, KEPT, KeptAnswer
from portal.team.models import Reassignment
from sync.columns import new_id, utcnow
from sync.database import db, write

KEY = "9d0e6f2c-1b1a-4b4e-9f5e-2f6f9a3b7c11"


def edits(*names: str) -> dict:
    made = [{"op": "create", "kind": "customer", "id": new_id(), "set": {"name": [None, name]}} for name in names]
    return {"edits": made}


def send(use, body, key=KEY):
    return use("POST", "/api/edits", body, **{HEADER: key})


def count(use) -> int:
    return len(use("GET", "/api/records/customer").json["records"])


def test_every_post_of_the_api_takes_a_key(app):
    posts = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/") and "POST" in rule.methods]
    assert len(posts) >= 3
    assert [rule.rule for rule in posts if not getattr(app.view_functions[rule.endpoint], "once", False)] == []


def test_the_same_again_is_the_same_answer(people, program):
    use, body = program(people.ana), edits("王芳")
    first, second = send(use, body), send(use, body)
    assert first.status_code == second.status_code == 200
    assert first.json == second.json
    assert idempotency.REPLAYED not in first.headers
    assert second.headers[idempotency.REPLAYED] == "true"
    assert count(use) == 1


def test_an_answer_that_was_packed_can_be_asked_for_again(people, program):
    use, body = program(people.ana), edits("王芳", "李雷")
    first = use("POST", "/api/edits", body, **{HEADER: KEY, "Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    second = send(use, body)
    assert json.loads(gzip.decompress(first.data)) == second.json


def test_a_201_stays_a_201(people, program):
    customer = program(people.ana).create().json["verdicts"][0]["row"]["id"]
    use, path = program(people.leader), f"/api/customers/{customer}/reassignments"
    first, second = (use("POST", path, {"agent": people.ben.id}, **{HEADER: KEY}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Reassignment)) == 1


def test_another_body_under_the_same_key_is_refused(people, program):
    use = program(people.ana)
    send(use, edits("王芳"))
    said = send(use, edits("李雷"))
    assert (said.status_code, said.json["code"]) == (422, "idempotency_key_reused")
    assert count(use) == 1


def test_another_address_under_the_same_key_is_refused(people, program):
    use = program(people.ana)
    send(use, edits())
    said = use("POST", f"/api/devices/{new_id()}/revocations", edits(), **{HEADER: KEY})
    assert said.json["code"] == "idempotency_key_reused"


def test_a_key_belongs_to_its_person(people, program):
    ana, ben = program(people.ana), program(people.ben)
    assert send(ana, edits("王芳")).status_code == 200
    assert send(ben, edits("李雷")).status_code == 200
    assert (count(ana), count(ben)) == (1, 1)


def test_two_tokens_of_one_person_share_it(people, program):
    body = edits("王芳")
    first, second = send(program(people.ana), body), send(program(people.ana), body)
    assert first.json == second.json


def test_who_may_come_in_no_more_gets_no_answer_from_before(people, program):
    use, body = program(people.ana), edits("王芳")
    send(use, body)
    only_reads = program(people.ana, "records:read")
    assert send(only_reads, body).json["code"] == "scope_missing"


def test_after_a_refusal_the_key_is_free(people, program):
    use = program(people.ana)
    assert send(use, {"edits": "nonsense"}).status_code == 400
    assert send(use, edits("王芳")).status_code == 200


@pytest.mark.parametrize("key", ["", "two words", "x" * 201, "ä", "\t"])
def test_a_strange_key_is_refused(people, program, key):
    said = send(program(people.ana), edits(), key)
    assert (said.status_code, said.json["code"]) == (400, "bad_idempotency_key")


def test_a_day_later_it_is_forgotten(people, program):
    use, body = program(people.ana), edits("王芳")
    send(use, body)
    assert idempotency.forget_old(utcnow() + KEPT - timedelta(minutes=1)) == 0
    assert idempotency.forget_old(utcnow() + KEPT + timedelta(minutes=1)) == 1
    assert idempotency.REPLAYED not in send(use, body).headers
    assert count(use) == 1  # the record was there: the same edit again changes nothing


def test_the_first_is_still_under_way(people, program):
    use, body = program(people.ana), edits("王芳")
    send(use, body)
    with write() as session:
        session.execute(sa.update(KeptAnswer).values(status=None, body=None))
    said = send(use, body)
    assert (said.status_code, said.json["code"], said.headers["Retry-After"]) == (409, "under_way", "1")


def test_who_died_on_the_way_is_done_again(people, program):
    use, body = program(people.ana), edits("王芳")
    send(use, body)
    with write() as session:
        long_ago = utcnow() - timedelta(minutes=3)
        session.execute(sa.update(KeptAnswer).values(status=None, body=None, begun_at=long_ago))
    assert send(use, body).json["verdicts"][0]["verdict"] == "ok"
    assert count(use) == 1


def test_two_at_once_are_one(people, program):
    use, other, body, barrier, said = program(people.ana), program(people.ana), edits("王芳"), Barrier(2), []

    def go(one) -> None:
        barrier.wait()
        said.append(send(one, body))

    threads = [Thread(target=go, args=(each,)) for each in (use, other)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    codes = sorted(each.status_code for each in said)
    assert codes in ([200, 200], [200, 409])
    fresh = [each for each in said if each.status_code == 200 and idempotency.REPLAYED not in each.headers]
    assert len(fresh) == 1


def test_what_is_kept_is_sealed(people, program):
    send(program(people.ana), edits("王芳"))
    kept = db.session.scalars(sa.select(KeptAnswer.body)).one()
    assert "王芳".encode() not in kept
    assert b"name" not in kept


def test_a_huge_body_is_refused_before_anything_else(app, people, program):
    app.config["MAX_BODY_BYTES"] = 50_000
    use = program(people.ana)
    said = send(use, {"edits": ["x" * 60_000]})
    assert said.status_code == 413
    said = use("POST", f"/api/devices/{new_id()}/revocations", {"x": "x" * 5000}, **{HEADER: KEY})
    assert said.status_code == 413
    assert db.session.scalar(sa.select(sa.func.count()).select_from(KeptAnswer)) == 0
