"""Ana's things, and people in every relation to them: what the access matrix is tried with."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from itertools import count
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import tokens
from portal.accounts.models import Agent, Unit
from portal.accounts.people import add_agent
from portal.accounts.units import add_unit
from portal.api import webhooks
from portal.needs import definitions
from portal.products.models import Product
from portal.proposals import snapshot
from portal.team import hand_overs
from sync import devices
from sync.columns import new_id
from sync.database import db, table_of, write
from tests import people as cast_of
from tests.people import Cast, Person, sign_in
from tests.portal.imports.test_writing import path_of, run, upload
from tests.portal.proposals.test_freeze import Book
from tests.portal.team.test_escrow import HandingIn

PRODUCT = table_of(Product)
NAME = "李雪梅"
#: What stands sealed on Ana's customer; who leads her sees none of it unasked.
PRIVATE = {
    "mobile": "13912348765",
    "phone_home": "057187651234",
    "email": "lixm-8765@example.com",
    "wechat_id": "lixm8765",
    "home_address": "文三路八七六五号",
    "note": "她丈夫八七六五号心脏病",
}
RELATIVE, RELATIVE_MOBILE = "王志远", "13912345678"
CSV = "姓名,手机\n周{number},1370000{number}\n错号,12\n"

#: Beside the cast: the same roles in other places of the tree.
OTHERS = {
    "target": ("agent", cast_of.TEAM),  # somebody to whom things are done
    "other_office": ("office", cast_of.OTHER_TEAM),
    "branch_office": ("office", cast_of.BRANCH),
    "branch_agent": ("agent", cast_of.BRANCH),
    "far_manager": ("manager", "临江分公司"),
}


def everybody(app: Flask, people: Cast) -> dict[str, Person]:
    """The cast by part, and the others."""
    with app.app_context(), write() as session:
        units = {unit.name: unit for unit in session.scalars(sa.select(Unit))}
        units["临江分公司"] = add_unit(session, "临江分公司")
        more = {}
        for part, (role, unit) in OTHERS.items():
            made = add_agent(
                session, username=part, name="外人", role=role, unit=units[unit], password_hash=cast_of._hash()
            )
            more[part] = Person(made.id, part, "外人", role, made.unit_id, "")
    parts = {part: getattr(people, part) for part in cast_of.ROLES}
    return parts | more


@dataclass
class Things:
    """What addresses name, by the name of the thing. Each is made when it is first asked for, or afresh."""

    app: Flask
    people: dict[str, Person]

    def __post_init__(self) -> None:
        self.made: dict[str, str] = {}
        self.numbers = count(1000)
        self.book = Book(self.people["ana"])
        self.made["customer"] = self.book.customer
        sets = {name: [None, value] for name, value in PRIVATE.items()}
        assert self.book.edit("update", "customer", self.book.customer, sets, 1)["verdict"] == "ok"
        assert self.book.freeze(snapshot.frozen(self.book.given()))["verdict"] == "ok"
        self.made |= {"analysis": self.book.analysis, "proposal": self.book.id, "relative": self._relative()}
        self.made |= {
            "kind": "customer",
            "setting": "office_name",
            "relatives": "relatives",
            "rates": "rates",
            "no_blob": "0" * 64,
        }
        self.made |= {part: person.id for part, person in self.people.items()}
        self.made["unit"] = self.people["ana"].unit_id

    def on(self, app: Flask) -> Things:
        """The same things in a copy of the database."""
        same = copy(self)
        same.app, same.made = app, dict(self.made)
        return same

    @property
    def ana(self) -> FlaskClient:
        """Ana at a desk."""
        return self.browser(self.people["ana"])

    def browser(self, person: Person | None) -> FlaskClient:
        made = self.app.test_client()
        made.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return sign_in(made, person) if person else made

    def of(self, name: str, *, fresh: bool = False) -> str:
        """The id of a thing. `fresh`: one to which nothing has been done, where it can be made anew."""
        maker: Any = getattr(self, f"_new_{name}", None)
        if maker and (fresh or name not in self.made):
            db.session.rollback()
            self.made[name] = maker()
            db.session.rollback()
        return self.made[name]

    def _agent(self, part: str) -> Agent:
        return db.session.get_one(Agent, self.people[part].id)

    def _relative(self) -> str:
        row_id = new_id()
        about = {"relation": "spouse", "name": RELATIVE, "mobile": RELATIVE_MOBILE}
        assert self.book.create("relative", row_id, customer_id=self.book.customer, **about)["verdict"] == "ok"
        return row_id

    def _new_nothing(self) -> str:
        return new_id()

    def _new_device(self) -> str:
        return devices.register(self.people["ana"].id, "Mate 60")[0]

    def _new_escrow(self) -> str:
        phone = HandingIn(self.app.test_client(), self.people["ana"])
        phone.hand_in(phone.edit("update", "customer", self.book.customer, mobile=(None, PRIVATE["mobile"])))
        return phone.id

    def _new_import(self) -> str:
        number = next(self.numbers)  # somebody new each time
        return path_of(upload(self.ana, CSV.format(number=number).encode(), "客户.csv")).rpartition("/")[2]

    def _new_done_import(self) -> str:
        job_id = self._new_import()
        run(self.ana, f"/imports/{job_id}")
        return job_id

    def _new_choice(self) -> str:
        ana, ben = self.people["ana"].id, self.people["ben"].id
        return hand_overs.keep(self._agent("leader"), ana, ben, [self.book.customer])

    def _new_moved(self) -> str:
        other = new_id()
        assert self.book.create("customer", other, name="移交者")["verdict"] == "ok"
        job_id = hand_overs.keep(self._agent("leader"), self.people["ana"].id, self.people["ben"].id, [other])
        hand_overs.start(job_id)
        hand_overs.advance(job_id)
        return job_id

    def _new_token(self) -> str:
        tokens.make(self._agent("ana"), "账本", ["me"], 30)
        db.session.rollback()
        return str(tokens.of(self._agent("ana"))[0].id)

    def _new_webhook(self) -> str:
        return webhooks.add("仓库", "https://example.com/hook", ["customer"], self._agent("admin"))[0]

    def _new_definition(self) -> str:
        return definitions.all_of("questionnaire")[0]["id"]

    def _new_product(self) -> str:
        return str(db.session.scalar(sa.select(PRODUCT.c.id).order_by(PRODUCT.c.id)))
