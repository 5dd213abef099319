"""What the administrator's pages of the catalogue print, out of records, imports and faults."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal import dates, money
from portal.customers import labels
from portal.dates import SHANGHAI, day_of
from portal.pages import language
from portal.products import blobs, catalogue, drafts
from portal.products.samples import Difference, Sample
from portal.products.sheet_fields import PRODUCT, SHEETS, TITLES, Field
from portal.products.sheet_reading import Fault
from portal.products.sheets import at, sheets_of
from portal.translations import msgid
from sync.columns import utcnow

Record = Mapping[str, Any]

FORMS = {
    "table": msgid("by term, payment, sex and age"),
    "bands": msgid("by age band"),
    "per_sum": msgid("per 1,000 yuan of the sum"),
    "plans": msgid("by plan"),
    "premium": msgid("the premium is chosen"),
    "waived": msgid("per 1,000 yuan of premium waived"),
    "items": msgid("by parts"),
}
#: The codes of the first sheet in words; what stands in the file is the code.
WORDS: dict[str, dict[str, str]] = {
    "kind": {**labels.CODES["kind"], "waiver": msgid("Waiver of premium")},
    "line": {
        **labels.CODES["kind"],
        "life": msgid("Life"),
        "retirement": labels.CODES["kind"]["annuity"],
        "car": labels.CODES["kind"]["motor"],
    },
    "design": {
        "ordinary": msgid("Ordinary"),
        "participating": msgid("Participating"),
        "universal": msgid("Universal"),
        "linked": msgid("Investment-linked"),
    },
    "role": {"main": msgid("Main cover"), "rider": msgid("Rider")},
    "chooses": {
        "sum": msgid("The sum"),
        "premium": msgid("The premium"),
        "plan": msgid("A plan"),
        "items": msgid("Its parts"),
    },
    "entry.social_insurance": {"any": msgid("With or without"), "required": msgid("Must be held")},
    "limits.group": {"death": msgid("Those paid on death"), "ci": msgid("Those for critical illness")},
    "price.form": FORMS,
}
SEXES = {"m": msgid("Male"), "f": msgid("Female"), "x": msgid("Any")}
YEARS_SHOWN = (1, 5, 10, 20)
LONG_AGO = date(1900, 1, 1)


def name_of(body: Record) -> str:
    """The product's name in the reader's language."""
    return body["en" if language() == "en" else "zh"]["name"]


def shown(day: date) -> str:
    """A day, with its year."""
    return dates.shown(day, language(), LONG_AGO)


def sale_of(record: Record, today: date) -> str:
    """When a version is sold, in words."""
    starts, ends = record["from_date"], record["to_date"]
    if ends is not None and ends < starts:
        return _("never on sale")
    if ends is not None and ends < today:
        return _("on sale until %(day)s", day=shown(ends))
    if starts > today:
        return _("on sale from %(day)s", day=shown(starts))
    if ends is None:
        return _("on sale since %(day)s", day=shown(starts))
    return _("on sale, last on %(day)s", day=shown(ends))


def products(today: date) -> list[dict[str, Any]]:
    """Every product with its versions, the newest first."""
    groups: dict[str, list[Record]] = {}
    for each in catalogue.all_of():
        groups.setdefault(each["code"], []).append(each)
    return [
        {
            "name": name_of(versions[0]["body"]),
            "code": code,
            "rows": [
                {
                    "href": f"/admin/products/{each['id']}",
                    "text": _("Version %(n)s", n=each["version"]),
                    "sub": sale_of(each, today),
                    "icon": "circle-check" if catalogue.is_on_sale(each, today) else "clock",
                }
                for each in versions
            ],
        }
        for code, versions in groups.items()
    ]


def waiting() -> list[dict[str, str]]:
    """Imports that nobody has published yet."""
    return [
        {
            "href": f"/admin/products/imports/{each['id']}",
            "text": name_of(each["body"]),
            "sub": " · ".join([each["code"], each["file_name"], moment(each["made_at"])]),
        }
        for each in drafts.waiting()
    ]


def moment(at_: Any) -> str:
    """An instant as people of the office read it."""
    return at_.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def published(record: Record) -> str:
    """Who published a version, and when."""
    found = drafts.publication_of(record["id"])
    if found is None:
        return _("Came with Doorstep on %(day)s.", day=shown(day_of(record["created_at"])))
    return _(
        "Published by %(name)s on %(when)s out of %(file)s.",
        name=found["name"],
        when=moment(found["published_at"]),
        file=found["file_name"],
    )


def product(code: str, body: Record, tables: Mapping[str, Any]) -> dict[str, Any]:
    """All that a product says, for reading."""
    sheets = sheets_of(code, body, tables)
    price = body["price"]
    form = FORMS[price["form"]]
    return {
        "name": name_of(body),
        "code": code,
        "is_demo": body["demo"],
        "facts": _facts(sheets["product"], body),
        "benefits": [_benefit(each) for each in body["benefits"]],
        "exclusions": [each[_lang()] for each in body["exclusions"]],
        "notes": [each[_lang()] for each in body["notes"]],
        "form": _(form),
        "lists": [_plain(name, sheets[name]) for name in _readable_lists(sheets)],
        "tables": [
            {"title": title, "count": ngettext("%(num)s table", "%(num)s tables", len(parts)), "parts": parts}
            for title, parts in (
                (_("Rates"), rates(tables.get(price.get("rates") or ""))),
                (_("Cash values"), values(tables.get(body["values"] or ""))),
            )
            if parts
        ],
    }


def _lang() -> str:
    return "en" if language() == "en" else "zh"


def _facts(rows: list[list[Any]], body: Record) -> list[dict[str, str]]:
    """The lines of the first sheet that say something, texts of the other language left out."""
    other = "zh" if _lang() == "en" else "en"
    said = {row[0]: row[1] for row in rows[1:]}
    return [
        {"label": _(field.label), "value": _fact(field, said[field.name], at(body, field.steps))}
        for field in PRODUCT
        if said.get(field.name) is not None and other not in field.name.split(".")
    ]


def _fact(field: Field, written: Any, value: Any) -> str:
    if field.kind == "yuan":
        return money.exact(value, language())
    if field.kind == "yes_no":
        return _("Yes") if value else _("No")
    if field.name in WORDS:
        words = WORDS[field.name]
        return _(words[value])
    if field.name in ("terms", "pays"):
        comma = ", " if language() == "en" else "，"
        return comma.join(_("single premium") if code == "single" else _years(code) for code in value)
    return str(written)


def _benefit(each: Record) -> dict[str, str]:
    more = []
    if each["bp"] is not None:
        more.append(f"{each['bp'] / 100:g} %")
    if each["fen"] is not None:
        more.append(money.exact(each["fen"], language()))
    if each["times"] == 1:
        more.append(_("once"))
    elif each["times"]:
        more.append(_("at most %(n)s times", n=each["times"]))
    if each["waiting_days"]:
        more.append(_("%(n)s waiting days", n=each["waiting_days"]))
    if each["ages"]:
        low, high = each["ages"]
        more.append(_("from age %(n)s", n=low) if high is None else _("ages %(low)s to %(high)s", low=low, high=high))
    return {"text": each[_lang()], "more": " · ".join(more)}


def _readable_lists(sheets: Mapping[str, Any]) -> list[str]:
    apart = {"product", "benefits", "exclusions", "notes", "rates", "values", "reserves"}
    return [name for name in sheets if name not in apart and len(sheets[name]) > 1]


def _plain(name: str, rows: list[list[Any]]) -> dict[str, Any]:
    labels = {field.name: field.label for field in SHEETS[name]}
    return {
        "title": _(TITLES[name]),
        "heads": [_(labels[head]) if head in labels else str(head) for head in rows[0]],
        "rows": [["" if cell is None else f"{cell:,}" if isinstance(cell, int | float) else str(cell) for cell in row]
                 for row in rows[1:]],
    }  # fmt: skip


def rates(table: Record | None) -> list[dict[str, Any]]:
    """A table of rates by age, one for each term and payment."""
    found = []
    for key, sexes in sorted((table or {"cells": {}})["cells"].items()):
        first = min(start for start, _ages in sexes.values())
        last = max(start + len(ages) for start, ages in sexes.values())
        order = [sex for sex in SEXES if sex in sexes]
        found.append(
            {
                "title": _key(key),
                "heads": [_("Age"), *(_(SEXES[sex]) for sex in order)],
                "rows": [
                    [str(age), *(_yuan(_at(sexes[sex], age)) for sex in order)] for age in range(first, last)
                ],
            }
        )  # fmt: skip
    return found


def values(table: Record | None) -> list[dict[str, Any]]:
    """Cash values after some years, for every tenth age; the file has them all."""
    found = []
    for key, sexes in sorted((table or {"cells": {}})["cells"].items()):
        rows = [
            [_(SEXES[sex]), str(age), *(_yuan(fens[year - 1] if len(fens) >= year else None) for year in YEARS_SHOWN)]
            for sex, (first, ages) in sorted(sexes.items(), reverse=True)
            for age, fens in enumerate(ages, first)
            if fens is not None and (age % 10 == 0 or len(ages) == 1)
        ]
        heads = [_("Sex"), _("Age"), *(_("year %(n)s", n=year) for year in YEARS_SHOWN)]
        found.append({"title": _key(key), "heads": heads, "rows": rows})
    return found


def _key(key: str) -> str:
    term, _mark, pay = key.rpartition("|")
    paid = _("single premium") if pay == "single" else _("paid %(pay)s", pay=_years(pay))
    return _("%(term)s, %(paid)s", term=_years(term), paid=paid) if term else paid


def _years(code: str) -> str:
    if code.startswith("y"):
        return _("%(n)s years", n=code[1:])
    return _("up to age %(n)s", n=code[1:]) if code.startswith("a") else _("for life")


def _at(cell: Any, age: int) -> int | None:
    first, ages = cell
    return ages[age - first] if first <= age < first + len(ages) else None


def _yuan(fen: int | None) -> str:
    return "—" if fen is None else f"{fen / 100:,.2f}"


def fault(each: Fault) -> dict[str, str]:
    """A mistake with its reason, and where it is found: sheet, row, column, and what stands there."""
    row = _("Row %(row)s", row=each.row) if each.row else ""
    return {
        "reason": _(each.message, **dict(each.params)) if each.params else _(each.message),
        "place": " · ".join(part for part in (each.sheet, row, each.column, each.value) if part),
    }


def changes(lines: Iterable[Difference], counts: Mapping[str, int]) -> list[dict[str, str]]:
    """What is different, in words."""
    labels = {field.name: field.label for field in PRODUCT}
    told = [
        {
            "label": _(labels[each.name]) if each.sheet == "product" else f"{_(TITLES[each.sheet])} {each.name}",
            "before": _told(each, each.before),
            "after": _told(each, each.after),
        }
        for each in lines
    ]
    counted = [
        {"label": _(TITLES[sheet]), "before": "", "after": _("%(n)s rows are different", n=f"{count:,}")}
        for sheet, count in counts.items()
    ]
    return [*counted, *told]


def _told(each: Difference, written: str | None) -> str:
    """A line as it is written on its sheet; amounts of the first sheet so that their digits can be counted."""
    if not written:
        return _("nothing")
    kinds = {field.name: field.kind for field in PRODUCT}
    if each.sheet == "product" and kinds[each.name] == "yuan":
        return money.exact(round(float(written) * 100), language())
    return written


def samples(now: Iterable[Sample], before: Iterable[Sample]) -> list[dict[str, str]]:
    """Yearly premiums, beside those of the version on sale."""
    old = {each.key: each.yearly_fen for each in before}
    return [
        {
            "who": _("%(sex)s, %(age)s", sex=_(SEXES[each.sex]), age=each.age),
            "what": " · ".join(part for part in (_key(f"{each.term}|{each.pay}"), each.plan, _chosen(each)) if part),
            "before": money.exact(old[each.key], language()) if each.key in old else "—",
            "now": money.exact(each.yearly_fen, language()),
            "change": _change(old.get(each.key), each.yearly_fen),
        }
        for each in now
    ]


def _chosen(each: Sample) -> str:
    return "" if each.chosen_fen is None else money.short(each.chosen_fen, language())


def _change(before: int | None, now: int) -> str:
    if not before or before == now:
        return ""
    return f"{(now - before) * 100 / before:+.1f} %"


def tables_of(body: Record, texts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The tables a body names: out of an import's own texts, or out of the catalogue."""
    given = texts or {}
    return {name: json.loads(given[name]) if name in given else blobs.parsed(name) for name in blobs.named_in(body)}


def today() -> date:
    """The day in the office."""
    return day_of(utcnow())
