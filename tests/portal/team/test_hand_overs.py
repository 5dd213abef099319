"""The pages on which a leader hands customers over: choose, look once more, watch, read the report, take it back."""

from __future__ import annotations

import re
from threading import Thread
from uuid import uuid4

import pytest
import sqlalchemy as sa

from portal.accounts import people as office
from portal.team import hand_overs
from portal.team.models import HandOver, HandOverItem, Reassignment
from sync.apply import apply_edits
from sync.columns import instant_text, utcnow
from sync.database import db, write
from sync.devices import server_author
from tests.portal.team.conftest import customers, history, owner


@pytest.fixture
def lin(desk, people):
    return desk(people.leader)


def choose(client, old, new, ids=(), **more):
    return client.post(
        f"/team/customers/{old.id}/hand-overs", data={"customer": list(ids), "to": new.id if new else "", **more}
    )


def path_of(response) -> str:
    assert response.status_code == 303, response.text[:3000]
    return response.headers["Location"]


def finish(client, path: str) -> str:
    """Press the buttons as without script; the report."""
    assert client.post(f"{path}/run").status_code == 303
    for _turn in range(100):
        page = client.get(path).text
        if f"{path}/steps" not in page:
            return page
        assert client.post(f"{path}/steps").status_code == 303
    raise AssertionError("the hand-over does not end")


def deleted(person, customer_id):
    gone = {"op": "delete", "kind": "customer", "id": customer_id, "base": 1, "at": instant_text(utcnow())}
    assert apply_edits([gone], server_author(f"office:{person.id}", person.id))[0]["verdict"] == "ok"


def test_some_are_chosen_looked_at_and_handed_over(lin, people):
    every = customers(people.ana, ["王芳", "李娜", "赵敏"])
    page = lin.get(f"/team/customers/{people.ana.id}").text
    assert all(name in page for name in ("王芳", "李娜", "赵敏"))
    path = path_of(choose(lin, people.ana, people.ben, every[:2]))
    look = lin.get(path).text
    assert "王芳" in look
    assert "赵敏" not in look
    assert [owner(one) for one in every] == [people.ana.id] * 3
    report = finish(lin, path)
    assert "2 位客户已移交给顾以宁" in report
    assert [owner(one) for one in every] == [people.ben.id, people.ben.id, people.ana.id]
    assert history(every[0]) == [(people.ana.id, people.ben.id, people.leader.id)]
    assert path in lin.get("/team/customers").text


def test_all_that_were_found_but_one(lin, people):
    every = customers(people.ana, [f"王{n}" for n in "一二三四五"] + ["李娜"])
    answer = choose(lin, people.ana, people.ben, all="1", found_q="w", found_stage="", **{"except": [every[2]]})
    finish(lin, path_of(answer))
    moved = [owner(one) == people.ben.id for one in every]
    assert moved == [True, True, False, True, True, False]


def test_one_goes_without_a_second_look(lin, people, customer):
    who = customer(people.ana)
    page = lin.get(f"/team/customers/{people.ana.id}/{who}").text
    assert "王芳" in page
    path = path_of(choose(lin, people.ana, people.ben, [who], one=who))
    assert "1 位客户已移交给顾以宁" in lin.get(path).text
    assert owner(who) == people.ben.id


def test_what_is_missing_is_said_beside_the_field_and_the_choice_stays(lin, people):
    one, two = customers(people.ana, ["王芳", "李娜"])
    nobody = choose(lin, people.ana, None, [one])
    assert nobody.status_code == 422
    assert 'aria-describedby="to-error"' in nobody.text
    assert "请选择由谁接手" in nobody.text
    assert re.search(f'value="{one}" checked', nobody.text)
    assert not re.search(f'value="{two}" checked', nobody.text)
    none = choose(lin, people.ana, people.ben)
    assert none.status_code == 422
    assert "请至少选一位客户" in none.text
    assert re.search(f'value="{people.ben.id}" selected', none.text)
    same = choose(lin, people.ana, people.ana, [one])
    assert (same.status_code, "本来就在" in same.text) == (422, True)
    single = choose(lin, people.ana, None, [one], one=one)
    assert (single.status_code, "请选择由谁接手" in single.text) == (422, True)


def test_it_can_be_moved_back_once(lin, people):
    every = customers(people.ana, ["王芳", "李娜", "赵敏"])
    path = path_of(choose(lin, people.ana, people.ben, every))
    assert f"{path}/undo" in finish(lin, path)
    deleted(people.ben, every[0])
    back = path_of(lin.post(f"{path}/undo"))
    assert path_of(lin.post(f"{path}/undo")) == back
    assert "把 2 位客户移回给沈清越" in lin.get(back).text
    report = finish(lin, back)
    assert "2 位客户已移交给沈清越" in report
    assert [owner(one) for one in every] == [None, people.ana.id, people.ana.id]
    first = lin.get(path).text
    assert f"{path}/undo" not in first
    assert back in first
    assert path_of(lin.post(f"{path}/undo")) == back


def test_customers_of_somebody_who_left_stand_first_and_cannot_go_back(lin, people, customer):
    who = customer(people.ben)
    office.disable(people.ben.id)
    page = lin.get("/team/customers").text
    assert "已离职" in page
    assert page.index("顾以宁") < page.index("林知远")
    path = path_of(choose(lin, people.ben, people.ana, [who]))
    assert "不能移回" in finish(lin, path)
    assert lin.post(f"{path}/undo").status_code == 409
    # With nothing left in the book the person is no longer listed.
    assert f"/team/customers/{people.ben.id}" not in lin.get("/team/customers").text


def test_what_could_not_be_moved_is_told_with_the_reason(lin, people, program):
    every = customers(people.ana, ["王芳", "李娜", "赵敏", "周杰"])
    path = path_of(choose(lin, people.ana, people.ben, every))
    deleted(people.ana, every[0])
    for one, to in ((every[1], people.leader), (every[2], people.ben)):
        asked = {"json": {"agent": to.id}, "auth": people.leader.basic}
        assert program.post(f"/api/customers/{one}/reassignments", **asked).status_code == 201
    report = finish(lin, path)
    assert "1 位客户已移交给顾以宁" in report
    for text in ("已被删除", "李娜", "现在在别人名下", "赵敏", "本来就在新代理人名下"):
        assert text in report
    assert owner(every[1]) == people.leader.id


def test_a_new_owner_who_leaves_in_the_middle_gets_no_more(lin, people, monkeypatch):
    every = customers(people.ana, [f"客户{n}" for n in range(6)])
    path = path_of(choose(lin, people.ana, people.ben, every))
    lin.post(f"{path}/run")
    monkeypatch.setattr(hand_overs, "SLICE_SECONDS", 0.0)
    hand_overs.advance(path.rpartition("/")[2], seconds=0.0)  # one customer, and the time is over
    office.disable(people.ben.id)
    report = finish(lin, path)
    assert "没有移交：新代理人或您已不再有权限" in report
    assert [owner(one) for one in every].count(people.ben.id) == 1


def test_a_leader_who_is_no_longer_one_moves_nothing_more(lin, people):
    every = customers(people.ana, ["王芳", "李娜"])
    job_id = path_of(choose(lin, people.ana, people.ben, every)).rpartition("/")[2]
    hand_overs.start(job_id)
    from portal.accounts.models import Agent

    with write() as session:
        session.execute(sa.update(Agent).where(Agent.id == people.leader.id).values(role="agent"))
    assert hand_overs.go_on(utcnow()) == 1
    assert [owner(one) for one in every] == [people.ana.id] * 2
    assert hand_overs.counts(job_id) == {"stopped": 2}


@pytest.mark.parametrize("viewer", ["ana", "ben", "stranger", "office", "compliance", "admin"])
def test_the_pages_are_for_leaders(desk, people, customer, viewer):
    who = customer(people.ana)
    client = desk(getattr(people, viewer))
    for page in ("/team/customers", f"/team/customers/{people.ana.id}", f"/team/customers/{people.ana.id}/{who}"):
        assert client.get(page).status_code == 403
    assert choose(client, people.ana, people.ben, [who]).status_code == 403


def test_another_leaders_people_customers_and_jobs_do_not_exist(lin, desk, people, customer):
    who, foreign = customer(people.ana), customer(people.stranger)
    path = path_of(choose(lin, people.ana, people.ben, [who]))
    other = desk(people.other_leader)
    for page in (f"/team/customers/{people.ana.id}", f"/team/customers/{people.ana.id}/{who}", path):
        assert other.get(page).status_code == 404
    for verb in ("run", "steps", "discard", "undo"):
        assert other.post(f"{path}/{verb}").status_code == 404
    assert choose(other, people.ana, people.other_leader, [who]).status_code == 404
    assert choose(lin, people.stranger, people.ben, [foreign]).status_code == 404
    assert choose(lin, people.ana, people.stranger, [who]).status_code == 404
    assert lin.get(f"/team/customers/{people.ana.id}/{foreign}").status_code == 404
    assert lin.get(f"/team/hand-overs/{uuid4()}").status_code == 404
    # A foreign id among one's own is not in this book, and nothing is said of it.
    assert choose(lin, people.ana, people.ben, [foreign], one="").status_code == 303
    assert "没有可以移交的客户" in lin.get(path_of(choose(lin, people.ana, people.ben, [foreign]))).text
    assert owner(foreign) == people.stranger.id


def test_what_one_leader_has_not_confirmed_is_nobody_elses(desk, lin, people, customer):
    path = path_of(choose(lin, people.ana, people.ben, [customer(people.ana)]))
    boss = desk(people.manager)
    assert path not in boss.get("/team/customers").text
    assert boss.get(path).status_code == 404
    assert boss.post(f"{path}/run").status_code == 404
    finish(lin, path)
    assert boss.get(path).status_code == 200


def test_forms_of_other_sites_do_nothing(lin, people, customer):
    who = customer(people.ana)
    path = path_of(choose(lin, people.ana, people.ben, [who]))
    lin.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    for verb in ("run", "steps", "discard", "undo"):
        assert lin.post(f"{path}/{verb}").status_code == 403
    assert choose(lin, people.ana, people.ben, [who]).status_code == 403
    assert owner(who) == people.ana.id


def test_contact_fields_are_masked_and_cannot_be_searched_for(lin, people, customer):
    customer(people.ana, "王芳", mobile="13912345678", note="有糖尿病", email="wang@example.com")
    page = lin.get(f"/team/customers/{people.ana.id}").text
    assert "139****5678" in page
    for hidden in ("13912345678", "1391234", "糖尿病", "wang@example.com"):
        assert hidden not in page
    found = lin.post(f"/team/customers/{people.ana.id}/results", data={"q": "12345"}, headers={"HX-Request": "true"})
    assert "王芳" not in found.text


def test_the_list_is_searched_by_sound_and_stage_and_keeps_what_was_chosen(lin, people):
    every = customers(people.ana, ["王芳", "单雄信", "李娜"], stage="client")
    customers(people.ana, ["单田芳"], stage="potential")
    asked = {"q": "shan", "stage": "client", "customer": [every[0]]}
    part = lin.post(f"/team/customers/{people.ana.id}/results", data=asked, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert re.search(f'value="{every[0]}" checked', part)
    assert "单雄信" in part
    assert "李娜" not in part
    assert "单田芳" not in part
    whole = lin.post(f"/team/customers/{people.ana.id}/results", data=asked).text
    assert "<html" in whole


def test_a_long_list_comes_in_pages_and_each_customer_once(lin, people):
    every = customers(people.ana, [f"客户{n:03}" for n in range(230)])
    seen, page = [], lin.get(f"/team/customers/{people.ana.id}").text
    while True:
        seen += re.findall(r'name="customer" value="([^"]+)"', page)
        more = re.search(r'hx-post="([^"]+after=[^"]+)"', page)
        if not more:
            break
        page = lin.post(more[1], data={"customer": seen[:3]}, headers={"HX-Request": "true"}).text
    assert len(seen) == 230
    assert set(seen) == set(every)


def test_five_hundred_at_once_killed_in_the_middle_go_on_without_doubles(app, lin, people, monkeypatch):
    every = customers(people.ana, [f"客户{n:03}" for n in range(510)])
    path = path_of(choose(lin, people.ana, people.ben, all="1"))
    job_id = path.rpartition("/")[2]
    assert "把 510 位客户移交给顾以宁" in lin.get(path).text
    assert lin.post(f"{path}/run").status_code == 303

    class Killed(BaseException):
        """Like SIGKILL: nothing in the code catches it, and no lease is given back."""

    real, count = hand_overs.move, 0

    def dying(*given, **more):
        nonlocal count
        count += 1
        if count == 200:
            raise Killed
        return real(*given, **more)

    monkeypatch.setattr(hand_overs, "move", dying)
    with pytest.raises(Killed):
        hand_overs.advance(job_id, seconds=60)
    monkeypatch.setattr(hand_overs, "move", real)
    with write() as session:  # the lease of the dead server would run out by itself
        session.execute(sa.update(HandOver).where(HandOver.id == job_id).values(lease_until=None))
    moved = [owner(one) for one in every].count(people.ben.id)
    assert 0 < moved < 510
    # Whoever comes back sees how far it is, and it goes on.
    assert f"<b>{moved} <small>/ 510" in lin.get(path).text
    step = lin.post(f"{path}/steps", headers={"HX-Request": "true"})
    assert step.status_code == 200
    assert hand_overs.go_on(utcnow()) <= 1
    assert "510 位客户已移交给顾以宁" in lin.get(path).text
    assert {owner(one) for one in every} == {people.ben.id}
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Reassignment)) == 510


def test_two_at_work_on_one_job_move_each_customer_once(app, lin, people):
    every = customers(people.ana, [f"客户{n}" for n in range(60)])
    job_id = path_of(choose(lin, people.ana, people.ben, every)).rpartition("/")[2]
    hand_overs.start(job_id)

    def work():
        with app.app_context():
            for _turn in range(30):
                hand_overs.advance(job_id, seconds=0.05)

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    hand_overs.go_on(utcnow())
    assert hand_overs.counts(job_id) == {"moved": 60}
    assert all(len(history(one)) == 1 for one in every)


def test_two_jobs_that_want_the_same_customers_leave_each_with_one(app, lin, desk, people):
    """Lin gives them to Ben, the manager to a stranger, at once: each customer has one owner and one move."""
    every = customers(people.ana, [f"客户{n}" for n in range(30)])
    boss = desk(people.manager)
    jobs = [
        path_of(choose(lin, people.ana, people.ben, every)).rpartition("/")[2],
        path_of(choose(boss, people.ana, people.stranger, every[::-1])).rpartition("/")[2],
    ]
    for job_id in jobs:
        hand_overs.start(job_id)

    def work(job_id):
        with app.app_context():
            hand_overs.advance(job_id, seconds=60)

    threads = [Thread(target=work, args=(job_id,)) for job_id in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    first, second = (hand_overs.counts(job_id) for job_id in jobs)
    assert first.get("moved", 0) + second.get("moved", 0) == 30
    assert first.get("elsewhere", 0) + second.get("elsewhere", 0) == 30
    assert all(len(history(one)) == 1 for one in every)


def test_a_new_choice_takes_the_place_of_the_one_not_confirmed(lin, people, customer):
    who = customer(people.ana)
    first = path_of(choose(lin, people.ana, people.ben, [who]))
    second = path_of(choose(lin, people.ana, people.leader, [who]))
    assert lin.get(first).status_code == 404
    assert lin.post(f"{second}/discard").status_code == 303
    assert lin.get(second).status_code == 404
    with write() as session:
        for model in (HandOverItem, HandOver):
            assert session.scalar(sa.select(sa.func.count()).select_from(model)) == 0


def test_an_office_without_customers_says_what_to_do(lin, people):
    assert "还没有移交过" in lin.get("/team/customers").text
    page = lin.get(f"/team/customers/{people.ana.id}").text
    assert "这里没有客户" in page
    assert "换一位代理人" in page


@pytest.mark.parametrize("path", ["/team", "/team/customers", "/team/devices"])
def test_without_a_session_one_signs_in_first(client, people, path):
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")
