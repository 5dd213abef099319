"""What the compiler keeps of a template: its macros, blocks, names, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from jinja2 import nodes

# An endpoint's pattern as pieces ("text" | "segment" | "unquoted", text or parameter); raises LookupError.
Urls = Callable[[str, set[str]], list[tuple[str, str]]]


class Refused(Exception):
    """Something in a template that Python and JavaScript would not do alike."""

    def __init__(self, file: str, line: int, why: str) -> None:
        super().__init__(f"{file}:{line}: {why}")
        self.file, self.line, self.why = file, line, why


class Refusals(Exception):
    """Everything that was refused in one compilation."""

    def __init__(self, refused: Iterable[Refused]) -> None:
        self.refused = sorted(refused, key=lambda one: (one.file, one.line))
        super().__init__("\n".join(map(str, self.refused)))


@dataclass(frozen=True)
class Branch:
    """A place in a template that a fixture must reach."""

    template: str
    line: int
    what: str
    within: int  # the number of the branch around it, -1 for none


@dataclass
class Macro:
    """A macro: the JavaScript function and what a call must look like."""

    function: str
    parameters: list[str]
    defaults: dict[str, nodes.Expr]
    has_caller: bool
    is_made: bool = False


@dataclass
class Scope:
    """The names one stretch of a template can see without asking the page's context.

    `kind` is template, block, macro, call (the body of one), set (a block of it) or loop.
    """

    kind: str
    outer: Scope | None = None
    block: str = ""
    names: dict[str, str] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    loop: tuple[str, str] | None = None

    def chain(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope:
            yield scope
            scope = scope.outer


@dataclass
class Unit:
    """One compiled template."""

    name: str
    variable: str
    parent: str = ""
    macros: dict[str, Macro] = field(default_factory=dict)
    imports: dict[str, Macro | Unit] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    includes: set[str] = field(default_factory=set)
    lookups: dict[str, int] = field(default_factory=dict)
    blocks: dict[str, str] = field(default_factory=dict)
    is_library: bool = False
