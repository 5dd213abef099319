"""The proof that server and phone print the same: every phone template on every fixture, and every branch taken.

    python -m portal.phone.parity      print what differs or is never shown, exit 1 if there is anything

A fixture file is `tests/vectors/pages/customers__card.json` for `customers/card.html`: a list of
`{"name": …, "lang": "zh-CN" | "en", "model": {…}}`; without `lang` it is rendered in both. The model of
`_shared.json` stands under every model, and a `shell` is merged into its `shell` field by field.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import BaseLoader
from jinja2.exceptions import TemplateError

from portal.phone.build import RUNTIME, compile_templates, urls_of
from portal.phone.rooms import is_phones
from portal.phone.strict import StrictEnvironment, Words
from portal.phone.units import Branch, Refusals, Urls

DRIVER = Path(__file__).with_name("driver.js")
FIXTURES = Path(__file__).parent.parent.parent / "tests" / "vectors" / "pages"
LANGUAGES = ("zh-CN", "en")


@dataclass(frozen=True)
class Fixture:
    """One page to be rendered on both sides."""

    template: str
    name: str
    lang: str
    model: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.template} {self.name!r} ({self.lang})"


@dataclass(frozen=True)
class Rendered:
    """What one side made of a fixture: HTML or an error."""

    html: str = ""
    error: str = ""


def load(folder: Path) -> list[Fixture]:
    """All fixtures of a folder."""
    shared_file = folder / "_shared.json"
    shared = json.loads(shared_file.read_text()) if shared_file.exists() else {}
    fixtures = []
    for path in sorted(folder.glob("[!_]*.json")):
        template = path.stem.removesuffix(".html").replace("__", "/") + ".html"
        for one in json.loads(path.read_text()):
            for lang in [one["lang"]] if "lang" in one else LANGUAGES:
                fixtures.append(Fixture(template, one["name"], lang, _under(shared, one["model"], lang)))
    return fixtures


def _under(shared: Mapping[str, Any], model: Mapping[str, Any], lang: str) -> dict[str, Any]:
    merged = {**shared, **model}
    if "shell" in shared:
        merged["shell"] = {**shared["shell"], "lang": lang, **model.get("shell", {})}
    return merged


class Sides:
    """A set of templates, ready to be rendered in Python and, compiled, in Node."""

    def __init__(
        self,
        loader: BaseLoader,
        pages: Sequence[str],
        urls: Urls,
        url_for: Callable[..., str],
        words: Mapping[str, Words],
    ) -> None:
        self.loader, self.pages, self.urls, self.url_for, self.words = loader, pages, urls, url_for, words

    def in_python(self, fixtures: Sequence[Fixture]) -> list[Rendered]:
        environments = {lang: StrictEnvironment(self.loader, words, self.url_for) for lang, words in self.words.items()}
        return [self._python(environments[fixture.lang], fixture) for fixture in fixtures]

    @staticmethod
    def _python(environment: StrictEnvironment, fixture: Fixture) -> Rendered:
        try:
            return Rendered(html=environment.get_template(fixture.template).render(fixture.model))
        except (TemplateError, TypeError, ValueError, LookupError) as error:
            return Rendered(error=f"{type(error).__name__}: {error}")

    def in_node(
        self, fixtures: Sequence[Fixture], catalogues: Mapping[str, Mapping[str, str]], runtime: Path = RUNTIME
    ) -> tuple[list[Rendered], list[Branch]]:
        """What the compiled templates make of the fixtures, and the branches that none of them took."""
        source, branches = compile_templates(self.loader, self.pages, self.urls, runtime=runtime.as_uri(), cover=True)
        wanted = [{"template": one.template, "lang": one.lang, "model": one.model} for one in fixtures]
        with tempfile.TemporaryDirectory() as folder:
            module = Path(folder) / "templates.mjs"
            module.write_text(source)
            answer = _node([str(DRIVER), module.as_uri(), runtime.as_uri()], {"words": catalogues, "pages": wanted})
        hits = {-1, *answer["hits"]}
        # What stands inside a branch that was not taken goes without saying.
        missed = [one for number, one in enumerate(branches) if number not in hits and one.within in hits]
        return [Rendered(**one) for one in answer["pages"]], missed

    def faults(
        self, fixtures: Sequence[Fixture], catalogues: Mapping[str, Mapping[str, str]], runtime: Path = RUNTIME
    ) -> list[str]:
        """What is refused; else what differs, and which branches no fixture takes."""
        try:
            phone, missed = self.in_node(fixtures, catalogues, runtime)
        except Refusals as refusals:
            return list(map(str, refusals.refused))
        found = [difference(*three) for three in zip(fixtures, self.in_python(fixtures), phone, strict=True)]
        return [line for line in found if line] + [
            f"{one.template}:{one.line}: {one.what} never taken" for one in missed
        ]


def _node(arguments: list[str], message: Any) -> Any:
    """Run Node with a JSON message and return its JSON answer."""
    own = Path(sys.executable).with_name("node")
    command = [str(own) if own.exists() else shutil.which("node") or "node", *arguments]
    done = subprocess.run(command, input=json.dumps(message), capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"node: {done.stderr}")
    return json.loads(done.stdout)


def difference(fixture: Fixture, server: Rendered, phone: Rendered) -> str:
    """How two renderings differ, or nothing. A page that fails on both sides is a broken fixture."""
    if server.error or phone.error:
        return f"{fixture}: server: {server.error or 'prints it'}; phone: {phone.error or 'prints it'}"
    if server.html == phone.html:
        return ""
    pairs = zip(server.html, phone.html, strict=False)
    at = next(
        (place for place, (one, other) in enumerate(pairs) if one != other), min(len(server.html), len(phone.html))
    )
    around = slice(max(at - 30, 0), at + 30)
    return f"{fixture}: at {at} the server prints {server.html[around]!r}, the phone {phone.html[around]!r}"


def faults(app: Flask, folder: Path = FIXTURES) -> list[str]:
    """Everything that is wrong with the phone's templates, in lines for a person."""
    from portal.translations import phones_words, translations

    loader = app.jinja_env.loader
    assert loader
    pages = [name for name in loader.list_templates() if is_phones(name)]
    words = {"zh-CN": translations("zh_CN"), "en": translations("en")}
    sides = Sides(loader, pages, urls_of(app.url_map), _url_for(app), words)
    return sides.faults(load(folder), {"zh-CN": phones_words(), "en": {}})


def _url_for(app: Flask) -> Callable[..., str]:
    addresses = app.url_map.bind("localhost")
    return lambda endpoint, **values: addresses.build(endpoint, values)


def main() -> int:
    from portal import create_app

    with tempfile.TemporaryDirectory() as folder:
        found = faults(create_app({"DATA_DIR": folder}))
    print("\n".join(found) or "server and phone print the same, and every branch is shown")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
