"""Whether a definition may be published: its shape, its texts in both languages, and what it makes of a sample family."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from portal.needs import questions
from portal.needs.gap import ModelError, analyse, program
from portal.needs.household import household, values_of
from portal.needs.kernel import KernelError
from portal.needs.sample import DAY, FAMILY
from portal.published import MOST_BODY
from sync.words import msgid

Fault = tuple[str, str]

NOT_A_MAP = msgid("This must be an object.")
NEEDS_TEXT = msgid("A text is missing in one of the languages.")
NEEDS_ID = msgid("An id is missing or stands twice.")
NO_SUCH_TYPE = msgid("There is no such type of question.")
NO_OPTIONS = msgid("There are no answers to choose from.")
NO_CEL = msgid("This expression cannot be read.")
NO_NUMBER = msgid("This must be a whole number.")
NO_RANGE = msgid("The value must lie between the smallest and the largest.")
MISSING = msgid("This is missing.")
TOO_LARGE = msgid("A definition may hold 64 KB at most.")
NO_INPUT = msgid("The explanation names a figure that is not given.")
NOT_ON_SAMPLE = msgid("The sample family cannot be worked out with this.")
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
TYPES = {
    "consent", "text", "enum", "bool", "class", "multi", "money", "int", "percent", "date", "members", "policies",
    "list", "group", "rank", "shares", "member",
}  # fmt: skip
WITH_OPTIONS = {"enum", "multi", "rank"}
WITH_FIELDS = {"list", "group"}
ASKED_OF = {"household", "member", "couple", "child"}
MOVABLE = ("rates", "whole_numbers", "amounts")
SIDES = ("need", "have")
#: Without these nothing can be asked or worked out.
NEEDED_QUESTIONS = ("G01", "H02")


def faults(kind: str, body: Any, others: Mapping[str, Any]) -> list[Fault]:
    """`[(where, msgid)]`, empty for what may be published. `others`: the bodies it works with, by kind."""
    if not isinstance(body, dict):
        return [("", NOT_A_MAP)]
    if len(json.dumps(body, ensure_ascii=False).encode()) > MOST_BODY:
        return [("", TOO_LARGE)]
    checks = {"questionnaire": _questionnaire, "assumption_set": _assumptions, "gap_model": _model}
    try:
        found = [*_texts("title", body.get("title")), *checks[kind](body, others)]
    except (AttributeError, TypeError, KeyError, ValueError):
        return [("", NOT_A_MAP)]
    return found or list(_on_sample({**others, kind: body}))


def preview(bodies: Mapping[str, Any]) -> dict[str, Any]:
    """What three definitions make of the sample family. Raises KernelError, ModelError and what broken data raises."""
    day = date.fromisoformat(DAY)
    answers = questions.counted(bodies["questionnaire"], FAMILY, values_of(bodies["assumption_set"]), day)
    return analyse(answers, bodies["gap_model"], bodies["assumption_set"], day)


def _on_sample(bodies: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        preview(bodies)
    except ModelError as fault:
        yield fault.where, NOT_ON_SAMPLE
    except KernelError as fault:
        yield fault.field, NOT_ON_SAMPLE
    except (AttributeError, TypeError, ValueError, LookupError, ArithmeticError, RuntimeError):
        yield "", NOT_ON_SAMPLE


def _texts(where: str, words: Any) -> Iterator[Fault]:
    if not isinstance(words, dict) or not all(
        isinstance(words.get(lang), str) and words[lang].strip() for lang in ("zh", "en")
    ):
        yield where, NEEDS_TEXT


def _ids(where: str, things: Iterable[Mapping[str, Any]], name: str = "id") -> Iterator[Fault]:
    seen: set[Any] = set()
    for index, thing in enumerate(things):
        code = thing.get(name)
        if not isinstance(code, str) or not CODE.fullmatch(code) or code in seen:
            yield f"{where}.{index}", NEEDS_ID
        else:
            seen.add(code)


def _cel(where: str, text: Any) -> Iterator[Fault]:
    try:
        program(text)
    except (ValueError, TypeError, RuntimeError):
        yield where, NO_CEL


def _questionnaire(body: Mapping[str, Any], _others: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _ids("sections", body["sections"])
    every = [question for section in body["sections"] for question in section["questions"]]
    yield from _ids("questions", every)
    for name in NEEDED_QUESTIONS:
        if name not in [question.get("id") for question in every]:
            yield name, MISSING
    for section in body["sections"]:
        yield from _texts(str(section.get("id")), section)
    for question in every:
        yield from _question(str(question.get("id")), question)


def _question(where: str, question: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _field(where, question)
    if question.get("of") not in ASKED_OF:
        yield f"{where}.of", MISSING
    if "when" in question:
        yield from _cel(f"{where}.when", question["when"])
    if "warn" in question:
        yield from _cel(f"{where}.warn", question["warn"]["when"])
        yield from _texts(f"{where}.warn", question["warn"])
    for name in ("help", "none"):
        if name in question:
            yield from _texts(f"{where}.{name}", question[name])


def _field(where: str, field: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _texts(where, field)
    if field.get("type") not in TYPES:
        yield f"{where}.type", NO_SUCH_TYPE
        return
    if field["type"] in WITH_OPTIONS:
        options = field.get("options") or []
        if not options:
            yield f"{where}.options", NO_OPTIONS
        yield from _ids(f"{where}.options", options, "code")
        for option in options:
            yield from _texts(f"{where}.options.{option.get('code')}", option)
    if field["type"] in WITH_FIELDS:
        yield from _ids(f"{where}.fields", field.get("fields") or [{}])
        for each in field.get("fields") or []:
            yield from _field(f"{where}.{each.get('id')}", each)
    for limit in ("min", "max"):
        if isinstance(field.get(limit), str):
            yield from _cel(f"{where}.{limit}", field[limit])


def _assumptions(body: Mapping[str, Any], others: Mapping[str, Any]) -> Iterator[Fault]:
    for group in MOVABLE:
        for name, spec in body[group].items():
            yield from _texts(f"{group}.{name}", spec)
            numbers = [spec.get(key) for key in ("value", "min", "max", "step")]
            if not all(isinstance(each, int) and not isinstance(each, bool) for each in numbers):
                yield f"{group}.{name}", NO_NUMBER
            elif not spec["min"] <= spec["value"] <= spec["max"] or spec["step"] < 1:
                yield f"{group}.{name}", NO_RANGE
    usual = others.get("assumption_set", {})
    for group in (*MOVABLE, "fixed"):
        for name in set(usual.get(group, {})) - set(body[group]):
            yield f"{group}.{name}", MISSING


def _model(body: Mapping[str, Any], others: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _ids("lines", body["lines"])
    for line in body["lines"]:
        where = str(line.get("id"))
        yield from _texts(where, line)
        yield from _cel(f"{where}.when", line["when"])
        if not isinstance(line.get("weight"), int) or line["weight"] < 0:
            yield f"{where}.weight", NO_NUMBER
        yield from _ids(f"{where}.parts", line["parts"])
        for part in line["parts"]:
            yield from _part(f"{where}.{part.get('id')}", part)
        for flag in line.get("flags", []):
            yield from _texts(f"{where}.{flag.get('code')}", flag)
            yield from _cel(f"{where}.{flag.get('code')}", flag["when"])
    for each in body["ranges"]:
        yield from _texts(str(each.get("id")), each)
        yield from _cel(f"{each.get('id')}.when", each["when"])
        yield from _cel(f"{each.get('id')}.fen", each["fen"])


def _part(where: str, part: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _texts(where, part)
    if part.get("side") not in SIDES:
        yield f"{where}.side", MISSING
    yield from _cel(f"{where}.fen", part["fen"])
    given = part.get("inputs", {})
    for name, each in given.items():
        for text in each.values():
            yield from _cel(f"{where}.{name}", text)
    if "why" in part:
        yield from _texts(f"{where}.why", part["why"])
        for words in part["why"].values():
            if set(PLACEHOLDER.findall(words)) - set(given):
                yield f"{where}.why", NO_INPUT


def facts_of_sample(assumptions: Mapping[str, Any]) -> dict[str, Any]:
    """The names an expression may use, with the values they have for the sample family."""
    values = values_of(assumptions)
    facts = household(FAMILY, values, date.fromisoformat(DAY))
    return {"m": facts["members"][0], "h": facts["household"], "c": facts["children"], "a": values}
