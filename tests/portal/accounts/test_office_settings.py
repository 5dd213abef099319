"""/admin/settings and /admin/log: what holds from a day on, what held before, and lines that nobody can change."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.accounts import log, settings
from portal.accounts.admin.frame import today
from portal.accounts.models import Agent, NotAdded, OfficeEvent, OfficeSetting
from sync.backup import back_up
from sync.columns import utcnow
from sync.database import db, write
from tests.portal.accounts.forms import form, logged, send

TOMORROW = today() + timedelta(days=1)


def put(client, name: str, value: str, day=None, **more: str):
    page = f"/admin/settings/{name}"
    return send(client, page, page, value=value, from_date=(day or today()).isoformat(), **more)


def now(name: str, day=None):
    db.session.rollback()
    return settings.value_of(name, day)


def test_a_value_holds_from_its_day_on(admin, people):
    assert now("code_hours") == 24
    assert put(admin, "code_hours", "48").status_code == 303
    assert put(admin, "code_hours", "12", TOMORROW).status_code == 303
    assert (now("code_hours"), now("code_hours", TOMORROW)) == (48, 12)
    assert now("code_hours", today() - timedelta(days=1)) == 24  # what was in force stays as it was
    assert put(admin, "code_hours", "36", TOMORROW).status_code == 303  # thought better of
    assert now("code_hours", TOMORROW + timedelta(days=400)) == 36
    assert put(admin, "code_hours", "36", TOMORROW + timedelta(days=9)).status_code == 303
    assert [facts["new"] for _what, _by, facts in logged()] == [48, 12, 36]  # the last changed nothing
    page = admin.get("/admin/settings/code_hours").text
    for text in ("48 小时", "12 小时", "36 小时", "24 小时", "生效", "管理员"):
        assert text in page
    assert "36 小时" in admin.get("/admin/settings").text


def test_what_cannot_be_entered(admin):
    faults = [
        ("code_hours", ["0", "169", "-1", "2.5", "²", "1e3", "", "x", "9" * 30]),
        ("two_step", ["", "never", "Required"]),
        ("help_phone", ["call me", "12", "javascript:1", "1" * 25]),
        ("office_name", ["长" * 41, "a\nb", "a\u202eb"]),
    ]
    for name, values in faults:
        for value in values:
            refused = put(admin, name, value)
            assert (refused.status_code, 'id="value-error"' in refused.text) == (422, True), (name, value)
    yesterday = (today() - timedelta(days=1)).isoformat()
    for day in (yesterday, "", "soon", "2026-02-30"):
        refused = send(admin, "/admin/settings/code_hours", "/admin/settings/code_hours", value="2", from_date=day)
        assert (refused.status_code, 'id="from_date-error"' in refused.text) == (422, True), day
    with pytest.raises(NotAdded), write() as session:
        settings.put(session, settings.BY_NAME["code_hours"], 2, today() - timedelta(days=1), None)
    assert logged() == []


def test_two_who_decide_at_once(admin, desk, people):
    page = "/admin/settings/code_hours"
    mine = form(admin.get(page).text)
    assert put(desk(people.admin), "code_hours", "2").status_code == 303
    stale = admin.post(page, data=mine | {"value": "100"})
    assert (stale.status_code, now("code_hours")) == (409, 2)
    assert form(stale.text)["value"] == "100"


def test_name_and_phone_of_the_office_stand_where_people_sign_in(admin, client):
    put(admin, "office_name", "望江保险 <b>")
    put(admin, "help_phone", "010-8888 6666")
    assert "望江保险 &lt;b&gt;" in client.get("/sign-in").text
    assert 'href="tel:010-8888 6666"' in client.get("/sign-in/help").text


# ---- the log --------------------------------------------------------------------------------------------------------


def test_a_line_can_be_neither_changed_nor_taken_away(app, people):
    """Not by a fault of ours, and not by somebody with a console of the database either."""
    line = db.session.scalars(sa.select(OfficeEvent)).first()
    db.session.rollback()
    for statement in (
        sa.update(OfficeEvent).values(what="nothing"),
        sa.delete(OfficeEvent).where(OfficeEvent.id == line.id),
        sa.text("DELETE FROM office_event"),
    ):
        with pytest.raises(sa.exc.DBAPIError), write() as session:
            session.execute(statement)
    assert db.session.get(OfficeEvent, line.id).what == line.what


def test_a_line_is_there_if_and_only_if_what_it_says_happened(app, people):
    before = db.session.scalar(sa.select(sa.func.count()).select_from(OfficeEvent))
    db.session.rollback()

    def half_done() -> None:
        with write() as session:
            log.note(session, "password_set", None, agent=session.get_one(Agent, people.ana.id))
            raise RuntimeError("the rest failed")

    with pytest.raises(RuntimeError):
        half_done()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OfficeEvent)) == before
    with pytest.raises(ValueError), write() as session:
        log.note(session, "no such thing", None)


def test_the_log_is_narrowed_and_paged(admin, desk, people):
    for number in range(1, 31):
        put(admin, "registration_days", str(number))
    with write() as session:
        for _ in range(25):
            log.note(session, "password_set", None, agent=session.get_one(Agent, people.ana.id))
    page = admin.get("/admin/log").text
    assert page.count("<li><div class") == 50
    assert "服务器命令行" in page
    older = page.split('class="btn" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "30 天" not in admin.get(older).text
    access = admin.get("/admin/log?subject=access").text
    assert "沈清越" in access
    assert "到期提醒" not in access
    compliance = desk(people.compliance)
    assert "到期提醒" in compliance.get("/admin/log?subject=settings").text
    assert compliance.get(f"/admin/log?person={people.ana.id}").text.count("<li><div class") == 26
    assert "没有符合" in compliance.get(f"/admin/log?until={today() - timedelta(days=1)}").text
    for strange in ("subject=x", "until=9999-12-31", "until=0001-01-01", "before='", "person=%00", "until=%F0"):
        assert compliance.get(f"/admin/log?{strange}").status_code == 200


def test_every_sentence_of_the_log_can_be_printed(app, people, admin):
    """With whatever facts an old line has."""
    with write() as session:
        for what in log.SENTENCES:
            log.note(session, what, people.admin.id, unit="望江", role="agent", setting="gone")
    for lang in ("zh-CN", "en"):
        admin.set_cookie("lang", lang)
        assert "%(" not in admin.get("/admin/log").text


def test_the_log_and_the_settings_are_in_a_backup(app, people, admin, tmp_path):
    put(admin, "code_hours", "48")
    made = back_up(tmp_path / "x.backup", utcnow(), with_keys=False, force=False)
    assert made
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OfficeSetting)) == 1
