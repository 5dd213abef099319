"""One JavaScript module with all templates of the phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from flask import Flask
from jinja2 import BaseLoader, Environment
from werkzeug.routing import Map

from portal.phone.environment import SETTINGS
from portal.phone.program import Program
from portal.phone.rooms import is_phones
from portal.phone.units import Branch, Refusals, Refused, Urls

RUNTIME = Path(__file__).parent.parent / "static" / "js" / "offline" / "runtime.js"
RUNTIME_URL = "../offline/runtime.js"
CALL = re.compile(r"\b([a-z]+)\(")
EXPORTED = re.compile(r"^export const (\w+)", re.MULTILINE)
PLACEHOLDER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
# How werkzeug's converters write a value.
CONVERTERS = {None: "segment", "default": "segment", "string": "segment", "path": "segment"}
CONVERTERS |= {"int": "unquoted", "uuid": "unquoted"}


def compile_phone(app: Flask) -> str:
    """The source of `generated/templates.js`. Raises Refusals."""
    loader = app.jinja_env.loader
    assert loader
    pages = [name for name in loader.list_templates() if is_phones(name)]
    return compile_templates(loader, pages, urls_of(app.url_map))[0]


def compile_templates(
    loader: BaseLoader, pages: Iterable[str], urls: Urls, *, runtime: str = RUNTIME_URL, cover: bool = False
) -> tuple[str, list[Branch]]:
    """A module for these pages and its branches. With `cover` it exports HITS, the numbers of those taken."""
    program = Program(Environment(loader=loader, **SETTINGS), urls, cover)
    units = []
    for name in sorted(pages):
        try:
            units.append(program.unit(name))
        except Refused as refused:
            program.refused.append(refused)
    shown = [unit for unit in units if not unit.is_library]
    for unit in shown:
        program.check_names(unit.name)
    if program.refused:
        raise Refusals(program.refused)
    table = "".join(f"  {json.dumps(unit.name)}: page({unit.variable}),\n" for unit in shown)
    body = "\n".join([*program.sources, f"export const TEMPLATES = {{\n{table}}};\n"])
    used = sorted(set(EXPORTED.findall(RUNTIME.read_text())) & set(CALL.findall(body)))
    head = [
        "// @ts-nocheck: generated from portal/templates by portal.phone.build; do not edit.",
        f"import {{ {', '.join(used)} }} from {json.dumps(runtime)};",
    ]
    if cover:
        head.append("export const HITS = new Set();\nconst hit = (branch) => HITS.add(branch);")
    return "\n".join([*head, body]), program.branches


def urls_of(url_map: Map) -> Urls:
    """`url_for` for endpoints with one plain rule: text and whole values, no methods of its own, no query."""

    def find(endpoint: str, given: set[str]) -> list[tuple[str, str]]:
        rules = [rule for rule in url_map.iter_rules() if rule.endpoint == endpoint]
        if len(rules) != 1 or rules[0].defaults or rules[0].subdomain or rules[0].host:
            raise LookupError(f"{endpoint!r} is not an endpoint with one plain address")
        pieces, wanted = pieces_of(rules[0].rule)
        if wanted != given:
            raise LookupError(f"{endpoint!r} takes {sorted(wanted)}, given are {sorted(given)}")
        return pieces

    return find


def pieces_of(rule: str) -> tuple[list[tuple[str, str]], set[str]]:
    """`/customers/<uuid:id>` as text and values, and the names of the values."""
    pieces, end = [], 0
    for found in PLACEHOLDER.finditer(rule):
        if found[1] not in CONVERTERS:
            raise LookupError(f"the converter {found[1]!r} has no twin on the phone")
        pieces += [("text", rule[end : found.start()]), (CONVERTERS[found[1]], found[2])]
        end = found.end()
    pieces.append(("text", rule[end:]))
    return [piece for piece in pieces if piece[1]], {text for kind, text in pieces if kind != "text"}
