"""The catalogue: our products once, one version on sale a day, numbers that nobody gets twice."""

from __future__ import annotations

import threading
from contextvars import Context
from datetime import date, timedelta
from itertools import pairwise

import pytest

from portal.products import blobs, catalogue
from portal.products.catalogue import CannotPublish, is_on_sale, named
from portal.products.catalogue_files import ours
from portal.proposals import thresholds
from sync.devices import register
from tests.people import cast

DAY = date(2026, 12, 1)


@pytest.fixture
def admin(app):
    return cast(app).admin


@pytest.fixture
def term(app):
    """The body and the tables of a product that the repository has."""
    records, texts = ours()
    [record] = [each for each in records if each["code"] == "DF-T1"]
    return record["body"], [texts[name] for name in blobs.named_in(record["body"])]


def days(code="DF-T1"):
    return [(each["version"], each["from_date"], each["to_date"]) for each in catalogue.all_of("product", code)]


def test_ours_are_published_once(app):
    published = catalogue.publish_ours()
    assert published == [named(record) for record in ours()[0]]
    assert catalogue.publish_ours() == []
    assert thresholds.publish_ours() == ["checks@1"]
    assert thresholds.publish_ours() == []
    assert thresholds.in_force(DAY)["body"]["rules"]
    assert thresholds.by_name("checks@1")["version"] == 1


def test_a_phone_gets_products_and_rules(app, client):
    _, token = register(cast(app).ana.id, "a phone")
    catalogue.publish_ours()
    thresholds.publish_ours()
    asked = {"proto": 1, "cursor": None, "limit": 500}
    reply = client.post("/sync/pull", json=asked, headers={"Authorization": f"Bearer {token}"})
    for kind, count in (("product", len(ours()[0])), ("ruleset", 1)):
        assert reply.get_data(as_text=True).count(f'"kind":"{kind}"') == count


def test_the_shelf_has_what_a_plan_is_priced_with(app):
    catalogue.publish_ours()
    shelf = catalogue.shelf(["DF-T1@1", "DF-M1@1", "DF-T1@9", "nonsense"])
    assert sorted(shelf["products"]) == ["DF-M1@1", "DF-T1@1"]
    term = shelf["products"]["DF-T1@1"]
    assert (term["from_date"], term["to_date"]) == ("2026-01-01", None)
    assert set(shelf["blobs"]) == set(blobs.named_in(term["body"]))
    assert len(catalogue.shelf()["products"]) == len(ours()[0])


def test_a_new_version_ends_the_old_one_the_day_before(app, admin, term):
    catalogue.publish_ours()
    body, texts = term
    made = catalogue.publish("product", "DF-T1", body, texts, DAY, admin.id)
    assert named(made) == "DF-T1@2"
    assert days() == [(2, DAY, None), (1, date(2026, 1, 1), DAY - timedelta(days=1))]
    assert catalogue.on_sale("product", "DF-T1", DAY)["version"] == 2
    assert catalogue.on_sale("product", "DF-T1", DAY - timedelta(days=1))["version"] == 1
    # The repository's version was changed in its days only: it is not published again.
    assert catalogue.publish_ours() == []


def test_a_version_begins_after_the_one_before(app, admin, term):
    body, texts = term
    catalogue.publish("product", "T", body, texts, DAY, admin.id)
    with pytest.raises(CannotPublish, match="starts_too_early"):
        catalogue.publish("product", "T", body, texts, DAY, admin.id)
    assert days("T") == [(1, DAY, None)]


def test_withdrawn(app, admin, term):
    body, texts = term
    catalogue.publish("product", "T", body, texts, DAY, admin.id)
    record = catalogue.by_name("T@1")
    catalogue.withdraw("product", record, DAY, admin.id)
    assert catalogue.on_sale("product", "T", DAY + timedelta(days=1)) is None
    assert is_on_sale(catalogue.by_id(record["id"]), DAY)
    # What was withdrawn earlier stays so when a new version comes.
    catalogue.publish("product", "T", body, texts, DAY + timedelta(days=30), admin.id)
    assert days("T")[1] == (1, DAY, DAY)


def test_a_body_that_names_no_such_table_is_found(app, admin, term):
    body, _texts = term
    catalogue.publish("product", "T", {**body, "values": "0" * 64}, [], DAY, admin.id)
    with pytest.raises(blobs.NoBlob):
        catalogue.shelf(["T@1"])


def test_several_publish_at_once(app, admin, term):
    """Everybody gets a number of their own, or is told that another version begins later; nothing overlaps."""
    body, texts = term
    catalogue.publish("product", "T", body, texts, DAY, admin.id)
    start, outcomes = threading.Barrier(4), []

    def publish(number):
        with app.app_context():
            start.wait()
            try:
                outcomes.append(
                    catalogue.publish("product", "T", body, texts, DAY + timedelta(days=number), admin.id)["version"]
                )
            except CannotPublish as refusal:
                outcomes.append(str(refusal))

    threads = [threading.Thread(target=Context().run, args=(publish, number)) for number in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = [each for each in outcomes if isinstance(each, int)]
    assert len(outcomes) == 4
    assert len(set(versions)) == len(versions) >= 1
    assert set(outcomes) - set(versions) <= {"starts_too_early"}
    newest_first = days("T")
    for (_, starts, _), (_, _, ends) in pairwise(newest_first):
        assert ends == starts - timedelta(days=1)
