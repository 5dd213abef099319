"""Every answer of /api and /sync that a test gets is held to the description of the API.

`tests/conftest.py` asks `check` after each call of a test's browser, so that the whole suite proves the description.
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from typing import Any

import jsonschema_rs
from flask import Flask

from sync.kinds import KINDS

PROBLEM = "application/problem+json"
JSON = ("application/json", PROBLEM)
checked = 0


class NotAsDescribed(AssertionError):
    """The server said something that the description does not know."""


class Description:
    """The document, ready to be asked about answers."""

    def __init__(self, document: dict[str, Any]):
        self.document = document
        self.paths = [(re.compile(_pattern(path)), path) for path in document["paths"]]
        self.validator = cache(self._validator)

    def path_of(self, address: str) -> str | None:
        """The described path of an address; one without parameters goes before."""
        found = [path for pattern, path in self.paths if pattern.fullmatch(address)]
        return min(found, key=lambda path: path.count("{"), default=None)

    def fault(self, method: str, address: str, response: Any) -> str | None:
        """What is not as described, or None."""
        path = self.path_of(address)
        operation = self.document["paths"].get(path, {}).get(method.lower()) if path else None
        if operation is None:  # a method or an address that does not exist
            steps = ("components", "schemas", "Problem")
            return self._wrong(steps, response) if response.mimetype == PROBLEM else None
        status = str(response.status_code)
        told = operation["responses"].get(status)
        if told is None:
            return f"status {status} is not described ({response.get_data(as_text=True)[:200]})"
        kinds = told.get("content", {})
        if kinds and response.mimetype not in kinds:
            return f"{response.mimetype} is not described for {status}"
        if response.mimetype not in JSON or not kinds:
            return None
        steps = ("paths", path, method.lower(), "responses", status, "content", response.mimetype, "schema")
        return self._wrong(steps, response)

    def _wrong(self, steps: tuple[str, ...], response: Any) -> str | None:
        raw = response.get_data()
        if response.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        if response.headers.get("Content-Encoding") == "br":
            return None
        errors = [
            f"{'/'.join(map(str, error.instance_path))}: {error.message}"
            for error in self.validator(steps).iter_errors(json.loads(raw))
        ]
        return "; ".join(errors)[:2000] or None

    def _validator(self, steps: tuple[str, ...]) -> Any:
        shape: Any = self.document
        for step in steps:
            shape = shape[step]
        about = {**shape, "components": self.document["components"]}
        return jsonschema_rs.Draft202012Validator(about, validate_formats=True)


def _pattern(path: str) -> str:
    return re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))


_made: dict[frozenset[str], Description] = {}


def of(app: Flask) -> Description:
    """The description of an application; made once for those with the same records."""
    from portal.api.document import description

    kinds = frozenset(KINDS)
    if kinds not in _made:
        _made[kinds] = Description(description(app))
    return _made[kinds]


def check(app: Flask, method: str, address: str, response: Any) -> None:
    """Raises NotAsDescribed."""
    global checked
    if not address.startswith(("/api/", "/sync/")) or method.upper() in {"HEAD", "OPTIONS"}:
        return
    checked += 1
    if wrong := of(app).fault(method, address, response):
        raise NotAsDescribed(f"{method} {address}: {wrong}")
