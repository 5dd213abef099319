"""The phone's rules in Python: Jinja2 that raises where `offline/runtime.js` throws.

Only the proofs render with it. The server renders the same templates without the guards; guards never change what is
printed, they only stop a page whose values the two languages would treat differently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from jinja2 import BaseLoader, Environment, Undefined, nodes, pass_context, pass_eval_context
from jinja2.environment import TemplateModule
from jinja2.exceptions import TemplateRuntimeError
from jinja2.filters import do_join
from jinja2.runtime import LoopContext
from jinja2.visitor import NodeTransformer

from portal.phone.environment import configure
from portal.phone.expressions import SAFE_INTEGER

Words = Any  # what has gettext(text) and ngettext(one, many, n), like gettext.NullTranslations


class Unlike(TemplateRuntimeError):
    """A value that Python and JavaScript would not treat alike."""


def kind(value: Any) -> str:
    """The kind of a value by the names that the runtime uses."""
    if isinstance(value, int) and not isinstance(value, bool):
        return "integer" if abs(value) <= SAFE_INTEGER else "float"
    kinds: dict[type, str] = {
        type(None): "null",
        bool: "boolean",
        str: "string",
        list: "list",
        dict: "dict",
        float: "float",
    }
    return next((name for type_, name in kinds.items() if isinstance(value, type_)), type(value).__name__)


def printable(value: Any) -> Any:
    """Strings (HTML or not) and whole numbers."""
    if kind(value) not in ("string", "integer"):
        raise Unlike(f"cannot print: {kind(value)}")
    return value


def given(value: Any) -> Any:
    """A name's value, as soon as it is read and not only when it is used."""
    if isinstance(value, Undefined):
        str(value)  # raises UndefinedError, which tells the name
    return value


def condition(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unlike(f"a condition must be a boolean, not: {kind(value)}")
    return value


def whole_list(value: Any) -> list:
    if not isinstance(value, list):
        raise Unlike(f"not a list: {kind(value)}")
    return value


def integer(value: Any) -> int:
    if kind(value) != "integer":
        raise Unlike(f"not an integer: {kind(value)}")
    return value


def equal(one: Any, other: Any) -> bool:
    if kind(one) != kind(other) or kind(one) not in ("string", "integer", "boolean"):
        raise Unlike(f"cannot compare: {kind(one)} and {kind(other)}")
    return one == other


def within(one: Any, values: Any) -> bool:
    """Whether it is among the values, all of which must be of its kind."""
    return sum(equal(value, one) for value in whole_list(values)) > 0


def compare(one: Any, operator: str, other: Any) -> bool:
    """What the compiler makes of `one <operator> other`."""
    ways: dict[str, Callable[[], bool]] = {
        "eq": lambda: equal(one, other),
        "ne": lambda: not equal(one, other),
        "in": lambda: within(one, other),
        "notin": lambda: not within(one, other),
        "lt": lambda: integer(one) < integer(other),
        "lteq": lambda: integer(one) <= integer(other),
        "gt": lambda: integer(one) > integer(other),
        "gteq": lambda: integer(one) >= integer(other),
    }
    return ways[operator]()


@pass_eval_context
def join(eval_ctx: nodes.EvalContext, values: Any, between: Any) -> str:
    return do_join(eval_ctx, [printable(value) for value in whole_list(values)], printable(between))


class Guards(NodeTransformer):
    """Puts a guard around every condition, comparison, list and part of a text."""

    def guarded(self, node: nodes.Node, guard: str, *arguments: nodes.Expr) -> nodes.Expr:
        return nodes.Filter(
            cast(nodes.Expr, node),
            f"strict_{guard}",
            list(arguments),
            [],
            None,
            None,
            lineno=node.lineno,
            environment=node.environment,
        )

    def visit_If(self, node: nodes.If | nodes.CondExpr) -> nodes.Node:
        self.generic_visit(node)
        node.test = self.guarded(node.test, "condition")
        return node

    visit_CondExpr = visit_If

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        return self.guarded(node, "given") if node.ctx == "load" else node

    def visit_Not(self, node: nodes.Not) -> nodes.Node:
        self.generic_visit(node)
        node.node = self.guarded(node.node, "condition")
        return node

    def visit_And(self, node: nodes.And) -> nodes.Node:
        self.generic_visit(node)
        node.left, node.right = self.guarded(node.left, "condition"), self.guarded(node.right, "condition")
        return node

    visit_Or = visit_And

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        node.iter = self.guarded(node.iter, "whole_list")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        node.nodes = [self.guarded(part, "printable") for part in node.nodes]
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        (operand,) = node.ops
        return self.guarded(node.expr, "compare", nodes.Const(operand.op), operand.expr)


class StrictEnvironment(Environment):
    """Jinja2 with our settings, the words of one language and all guards."""

    def __init__(self, loader: BaseLoader, words: Words, url_for: Callable[..., str] | None = None) -> None:
        super().__init__(loader=loader, extensions=["jinja2.ext.i18n"])
        configure(self)
        self.finalize = printable
        guards = (given, condition, whole_list, printable, compare)
        self.filters.update({f"strict_{guard.__name__}": guard for guard in guards})
        self.filters.update(length=lambda values: len(whole_list(values)), join=join)
        self.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
        for name in ("gettext", "ngettext"):
            self.globals[name] = self._checked(cast(Callable[..., str], self.globals[name]))
        if url_for:
            self.globals["url_for"] = self._checked(pass_context(lambda _, *rest, **values: url_for(*rest, **values)))

    @staticmethod
    def _checked(translate: Callable[..., str]) -> Callable[..., str]:
        """A function that takes printable values only, and a whole number to count by."""

        @pass_context
        def checked(context: Any, *arguments: Any, **values: Any) -> str:
            for count in arguments[2:]:
                integer(count)
            for value in values.values():
                printable(value)
            return translate(context, *arguments, **values)

        return checked

    def _generate(self, source: nodes.Template, *arguments: Any, **named: Any) -> str:
        return super()._generate(Guards().visit(source), *arguments, **named)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, (LoopContext, TemplateModule)):
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """A field of a dict, an element of a list."""
        if kind(argument) != {"dict": "string", "list": "integer"}.get(kind(obj)):
            raise Unlike(f"{kind(obj)} has no field: {argument if isinstance(argument, str) else kind(argument)}")
        found = 0 <= argument < len(obj) if isinstance(obj, list) else argument in obj
        if not found:
            raise Unlike(f"no such field: {argument}")
        return obj[argument]
