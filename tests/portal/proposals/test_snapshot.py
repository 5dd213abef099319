"""A draft is frozen to the same bytes on the phone and on the server."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.products import eligibility, premium
from portal.proposals import snapshot
from tests.portal.proposals.drafts import BODIES, CATALOGUE, coverage, given, large_plan, small_plan

ROOT = Path(__file__).resolve().parents[3]
DRAFTS = 200


@pytest.fixture(scope="module")
def phone() -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    node = subprocess.Popen(
        [ROOT / ".venv" / "bin" / "node", Path(__file__).with_name("freezing.js")],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    assert node.stdin
    assert node.stdout

    def ask(draft: dict[str, Any]) -> dict[str, Any]:
        print(
            json.dumps({name: value for name, value in draft.items() if name != "catalogue"}),
            file=node.stdin,
            flush=True,
        )
        answer = node.stdout.readline()
        assert answer, draft
        return json.loads(answer)

    ask({"tell": CATALOGUE})
    yield ask
    node.stdin.close()
    node.wait(10)


def same(phone: Callable[..., Any], draft: dict[str, Any]) -> bool:
    """Both halves freeze alike or find the same faults; whether there was a text."""
    answer, text, faults = phone(draft), "", []
    try:
        text = snapshot.frozen(draft)
    except snapshot.NotPriced as fault:
        faults = fault.faults
    if faults:
        assert answer == {"faults": faults}
        return False
    said = json.loads(text)
    assert answer["text"] == text
    assert answer["sha256"] == snapshot.digest(text)
    assert answer["plan"] == snapshot.plan_of(said)
    assert answer["years"] == [(snapshot.rows(each) or [None])[-1] for each in said["illustration"].values()]
    return True


def test_both_write_the_same_bytes(phone):
    rare = {"id": "㛃䶮𬭎𠮷", "name": '㛃䶮𬭎𠮷\u2028\x7f"\\/'}
    check = {
        "id": "R04",
        "code": "ratio",
        "level": "amber",
        "data": {"𠮷": 1, "\uffff": 2},
        "reason": "好",
        "answered_at": None,
    }
    for plan in (small_plan(), large_plan()):
        assert same(phone, given(plan))
        assert same(phone, given(plan, customer=rare, note="😀 \n", checks=[check]))
        assert same(phone, given(plan, analysis=None, result=None, supersedes="x", revision=9))
        assert same(phone, given(plan, made_at="2026-12-31T16:00:00.000Z"))


def test_random_plans_over_the_whole_catalogue(phone):
    dice = random.Random(20261125)
    frozen = sum(same(phone, given(a_plan(dice))) for _ in range(DRAFTS))
    assert frozen > DRAFTS // 4


def a_plan(dice: random.Random) -> dict[str, Any]:
    covers = [a_cover(dice, number) for number in range(1, dice.randrange(2, 6))]
    return {"start": "2026-11-26", "mode": dice.choice(["year", "half", "quarter", "month"]), "coverages": covers}


def a_cover(dice: random.Random, number: int) -> dict[str, Any]:
    product = dice.choice([name for name, body in BODIES.items() if body["role"] == "main"])
    body = BODIES[product]
    limits, insured = body["limits"], dice.choice(["mei", "gang", "bo", "yue", "lan"])
    more: dict[str, Any] = {}
    if body["chooses"] in ("sum", "premium"):
        field = "sum_fen" if body["chooses"] == "sum" else "premium_fen"
        step = limits["step_fen"]
        more[field] = min(limits["max_fen"], limits["min_fen"] + step * dice.randrange(50))
    if body["chooses"] == "plan":
        more["plan"] = dice.choice(body["price"]["plans"])["code"]
    if body["chooses"] == "items":
        more["items"] = {item["code"]: a_choice(dice, item) for item in body["price"]["items"] if dice.random() < 0.7}
    more["extras"] = [each["code"] for each in body["price"].get("extras") or [] if dice.random() < 0.5]
    return coverage(number, product, insured, dice.choice(body["terms"]), dice.choice(body["pays"]), **more)


def a_choice(dice: random.Random, item: dict[str, Any]) -> Any:
    if "choices" in item:
        return dice.choice(item["choices"])["code"]
    return dice.randrange(1, item["count"]["most"] + 1) if "count" in item else dice.randrange(1, 50) * 1_234_567


def test_what_cannot_be_priced_is_not_frozen():
    plan = small_plan()
    plan["coverages"][0]["insured"] = "bo"
    with pytest.raises(snapshot.NotPriced) as fault:
        snapshot.build(given(plan))
    assert [each["coverage"] for each in fault.value.faults] == ["c1"]


def test_the_plan_comes_out_of_the_text_again():
    for plan in (small_plan(), large_plan()):
        draft = given(plan)
        said = json.loads(snapshot.frozen(draft))
        assert snapshot.plan_of(said) == plan
        assert eligibility.plan_faults(plan, CATALOGUE, said["people"]) == eligibility.plan_faults(
            snapshot.plan_of(said), CATALOGUE, said["people"]
        )
        priced = premium.priced(plan, CATALOGUE, said["people"], today="2026-11-25")
        assert said["yearly_fen"] == priced["yearly_fen"]


def test_a_large_family_is_small_enough_to_send():
    text = snapshot.frozen(given(large_plan()))
    assert len(text.encode()) < 60_000
