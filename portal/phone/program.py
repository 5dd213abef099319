"""All templates of one module: each is compiled once, after those it builds on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from jinja2 import Environment, TemplateNotFound, TemplateSyntaxError, nodes

from portal.phone.compiler import Compiler
from portal.phone.units import Branch, Refused, Unit, Urls


class Program:
    """All templates of one module, each compiled once, those it builds on before it."""

    def __init__(self, environment: Environment, urls: Urls, cover: bool = False) -> None:
        self.environment = environment
        self.urls = urls
        self.cover = cover
        self.units: dict[str, Unit] = {}
        self.sources: list[str] = []
        self.branches: list[Branch] = []
        self.refused: list[Refused] = []
        self.open: list[str] = []
        self.counter = 0

    def unit(self, name: str, file: str = "", line: int = 0) -> Unit:
        """The compiled template, now or from before. Raises Refused if there is none or if it needs itself."""
        if name in self.open:
            raise Refused(file, line, f"templates need each other in a circle: {' → '.join([*self.open, name])}")
        if name not in self.units:
            self.open.append(name)
            try:
                self.units[name] = Compiler(self, name, self._parsed(name, file, line)).unit
            finally:
                self.open.pop()
        return self.units[name]

    def _parsed(self, name: str, file: str, line: int) -> nodes.Template:
        assert self.environment.loader
        try:
            source, filename, _ = self.environment.loader.get_source(self.environment, name)
            self.environment.compile(source, name, filename)  # what Jinja2 itself refuses
            return self.environment.parse(source, name, filename)
        except TemplateNotFound:
            raise Refused(file or name, line, f"there is no template {name!r}") from None
        except TemplateSyntaxError as error:
            raise Refused(error.name or name, error.lineno, error.message or "syntax") from None
        except SyntaxError as error:  # of the Python that Jinja2 makes: an argument given twice
            raise Refused(name, 1, error.msg) from None

    def fresh(self, hint: str) -> str:
        self.counter += 1
        return f"{re.sub(r'[^A-Za-z0-9]', '_', hint)}{self.counter}"

    def mark(self, branch: Branch) -> str:
        """JavaScript that notes that a branch was taken; nothing in what is shipped."""
        self.branches.append(branch)
        return f"hit({len(self.branches) - 1})" if self.cover else ""

    def check_names(self, name: str, inherited: Mapping[str, str] = MappingProxyType({})) -> None:
        """In Jinja2 a page, what it extends and what it includes share one table of names; here macros are not in it.

        So along inheritance no name may mean two things, and what is read as a value may not be a macro there.
        """
        family: list[Unit] = []
        while name:
            family.append(self.units[name])
            name = family[-1].parent
        meanings: dict[str, str] = {}
        for unit in family:
            for key, origin in unit.origins.items():
                if meanings.setdefault(key, origin) != origin:
                    self.refused.append(Refused(unit.name, 1, f"{key!r} means {origin} here and {meanings[key]} below"))
        meanings = {**inherited, **meanings}
        for unit in family:
            for key, line in unit.lookups.items():
                if meanings.get(key, "").startswith("macro "):
                    self.refused.append(
                        Refused(unit.name, line, f"{key!r} is read as a value and means {meanings[key]}")
                    )
            for included in sorted(unit.includes):
                self.check_names(included, meanings)
