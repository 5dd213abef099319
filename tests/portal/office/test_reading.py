"""Leaders, managers and compliance read customers: masked until they say why, and every look is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.office import readings
from portal.office.readings import CustomerReading
from sync.columns import new_id
from sync.database import db
from tests.portal.office.conftest import MOBILE, NUMBER, row

SECRETS = (MOBILE, "139 1234 5678", NUMBER, "喜欢喝茶")


@pytest.mark.parametrize("role", ["leader", "manager", "compliance"])
def test_contact_is_masked_until_opened_with_a_reason(desk, people, family, role):
    customer, _relative, _policy = family(people.ana)
    reader, address = desk(getattr(people, role)), f"/office/customers/{customer}"
    page = reader.get(address).text
    assert "单雪梅" in page
    assert "139****5678" in page
    assert not any(secret in page for secret in SECRETS)
    assert "/edit" not in page
    assert reader.post(f"{address}/openings", data={"reason": " \0 "}).status_code == 422
    masked = reader.get(address).text
    assert not any(secret in masked for secret in SECRETS)
    assert reader.post(f"{address}/openings", data={"reason": "客户投诉，核对单雪梅的电话"}).status_code == 303
    opened = reader.get(address).text
    assert all(secret in opened for secret in (MOBILE, NUMBER, "喜欢喝茶"))
    assert reader.post(f"{address}/openings", data={"reason": "again"}).status_code == 303
    db.session.rollback()
    lines = list(db.session.scalars(sa.select(CustomerReading).order_by(CustomerReading.id)))
    assert [line.what for line in lines] == ["card", "card", "opened", "whole"]
    assert "投诉".encode() not in lines[2].reason
    other = desk(people.manager if role != "manager" else people.leader)
    masked = other.get(address).text
    assert not any(secret in masked for secret in SECRETS)


def test_after_half_an_hour_the_reason_is_asked_for_again(desk, people, family, monkeypatch):
    customer, _relative, _policy = family(people.ana)
    leader, address = desk(people.leader), f"/office/customers/{customer}"
    leader.post(f"{address}/openings", data={"reason": "回访"})
    assert MOBILE in leader.get(address).text
    monkeypatch.setattr(readings, "OPEN_FOR", timedelta(0))
    assert MOBILE not in leader.get(address).text


def test_nobody_reads_beyond_their_units(desk, people, family):
    customer, _relative, _policy = family(people.ana)
    for person in (people.other_leader, people.stranger, people.ana, people.admin):
        client = desk(person)
        for answer in (client.get(f"/office/customers/{customer}"),
                       client.post(f"/office/customers/{customer}/openings", data={"reason": "X"})):  # fmt: skip
            assert answer.status_code in (403, 404), person.role
        found = client.post("/office/results", data={"q": "单雪梅"})
        assert found.status_code == 403 or customer not in found.text
    assert desk(people.leader).get(f"/office/customers/{new_id()}").status_code == 404
    assert desk(people.leader).get("/office/customers/1").status_code == 404
    assert desk(people.office).post(f"/office/customers/{customer}/openings", data={"reason": "X"}).status_code == 403


def test_what_is_masked_finds_nobody(desk, people, family):
    customer, _relative, _policy = family(people.ana)
    leader = desk(people.leader)
    for q in ("5678", "123456", "1391234567", MOBILE, "139 1234 5678", NUMBER, "喝茶"):
        assert customer not in leader.post("/office/results", data={"q": q}).text, q
    for q in ("sxm", "浙A12345", "王小川", "杭州"):
        assert customer in leader.post("/office/results", data={"q": q}).text, q


def test_the_own_customers_of_a_leader_are_open_and_leave_no_line(desk, people, family):
    customer, _relative, _policy = family(people.leader)
    assert MOBILE in desk(people.leader).get(f"/office/customers/{customer}").text
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CustomerReading)) == 0


def test_a_page_of_another_site_opens_nothing(desk, people, family):
    customer, _relative, _policy = family(people.ana)
    leader = desk(people.leader)
    leader.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    assert leader.post(f"/office/customers/{customer}/openings", data={"reason": "X"}).status_code == 403
    assert row("customer", customer)["ver"] == 1


def test_compliance_reads_who_looked_and_why(desk, people, family, monkeypatch):
    customer, _relative, _policy = family(people.ana)
    leader = desk(people.leader)
    leader.post(f"/office/customers/{customer}/openings", data={"reason": "客户投诉 <b>"})
    leader.get(f"/office/customers/{customer}")
    desk(people.office).get(f"/office/customers/{customer}")
    log = desk(people.compliance)
    page = log.get("/office/readings").text
    for text in (people.leader.name, people.office.name, "单雪梅", people.ana.name, "客户投诉 &lt;b&gt;"):
        assert text in page
    opened = log.get("/office/readings?opened=1").text
    assert people.office.name not in opened
    assert "客户投诉" in opened
    monkeypatch.setattr("portal.office.reading_views.PAGE", 1)
    assert "before=" in log.get("/office/readings").text
    assert log.get("/office/readings?before=%00'&opened=x").status_code == 200
    for person in people.everybody():
        if person.role != "compliance":
            assert desk(person).get("/office/readings").status_code == 403
