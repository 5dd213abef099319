"""Jinja2's expressions as JavaScript source."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from jinja2 import nodes
from jinja2.visitor import NodeVisitor

from portal.phone.filters import ARGUMENTS, FILTERS
from portal.phone.units import Branch, Macro, Refused, Scope, Unit

if TYPE_CHECKING:
    from portal.phone.program import Program

SAFE_INTEGER = 2**53 - 1
# Names that Jinja2 or Flask answer on the server even when the model has nothing of that name.
GLOBALS = {"range", "dict", "lipsum", "cycler", "joiner", "namespace", "config", "request", "session", "g"}
GLOBALS |= {"get_flashed_messages", "gettext", "pgettext", "npgettext", "ngettext", "url_for", "_"}
SPECIAL = {"loop", "self", "super", "caller", "varargs", "kwargs", "context"}
# `thing.items` is the method of a Python dict: write `thing["items"]`.
METHODS = set(dir(dict))
COMPARISONS = {"eq": "equal", "ne": "!equal", "in": "within", "notin": "!within"}
ORDERS = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
LOOP = {"index": "({i} + 1)", "first": "({i} === 0)", "last": "({i} === {of}.length - 1)"}
PARAMETER = re.compile(r"%(?:%|\((\w+)\)s|)", re.ASCII)
UNSAFE_IN_SOURCE = re.compile("[\u2028\u2029\ud800-\udfff]")
# What an expression makes, by its form.
KINDS: list[tuple[tuple[type[nodes.Node], ...], str]] = [
    ((nodes.Compare, nodes.And, nodes.Or, nodes.Not), "boolean"),
    ((nodes.TemplateData, nodes.Concat, nodes.Call), "string"),
    ((nodes.List,), "list"),
]


def quoted(text: str) -> str:
    """A JavaScript string literal."""
    return UNSAFE_IN_SOURCE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


class Expressions(NodeVisitor):
    """Visits an expression and returns JavaScript that makes its value."""

    program: Program
    unit: Unit
    scope: Scope
    within = -1  # the number of the branch being compiled

    def refuse(self, node: nodes.Node, why: str) -> Refused:
        lines = (inner.lineno for inner in (node, *node.find_all(nodes.Node)))
        return Refused(self.unit.name, next(filter(None, lines), 1), why)

    def generic_visit(self, node: nodes.Node, *args: object, **kwargs: object) -> str:
        raise self.refuse(node, f"{type(node).__name__.lower()} is not allowed in a phone template")

    def branch(self, node: nodes.Node, what: str) -> Branch:
        return Branch(self.unit.name, node.lineno, what, self.within)

    def constant(self, node: nodes.Expr, what: str) -> str:
        if not (isinstance(node, nodes.Const) and isinstance(node.value, str)):
            raise self.refuse(node, f"{what} takes a constant string")
        return node.value

    # -- Output

    def kind(self, node: nodes.Node) -> str:
        """The kind of value an expression makes, where its form tells."""
        if isinstance(node, nodes.Const):
            return {bool: "boolean", int: "integer", str: "string"}.get(type(node.value), "")
        if isinstance(node, nodes.Getattr) and names(node.node, "loop"):
            return {"index": "integer", "first": "boolean", "last": "boolean"}.get(node.attr, "")
        if isinstance(node, nodes.Filter):
            return FILTERS.get(node.name, "")
        return next((kind for types, kind in KINDS if isinstance(node, types)), "")

    def printed(self, node: nodes.Expr) -> str:
        """JavaScript that makes HTML text of a value."""
        if isinstance(node, nodes.TemplateData):
            return quoted(node.data)
        if isinstance(node, nodes.CondExpr):
            return self.choice(node, self.printed)
        self.check_printable(node)
        return self.markup(node) or f"print({self.visit(node)})"

    def check_printable(self, node: nodes.Expr) -> None:
        if self.kind(node) in ("boolean", "list"):
            raise self.refuse(node, f"a {self.kind(node)} cannot be printed")

    def markup(self, node: nodes.Expr) -> str:
        """JavaScript that makes the HTML text of a call whose result is always Markup; of other nodes nothing."""
        if not isinstance(node, nodes.Call):
            return ""
        if isinstance(node.node, nodes.Name) and not self.local(node.node.name):
            special = {"caller": self.caller, "super": self.parent_block, "_": self.gettext, "ngettext": self.ngettext}
            if node.node.name in special:
                return special[node.node.name](node)
            if node.node.name == "url_for":
                return ""
        return self.macro_call(node)

    def visit_Call(self, node: nodes.Call) -> str:
        source = self.markup(node)
        return f"safe({source})" if source else self.url_for(node)

    def caller(self, node: nodes.Call) -> str:
        self.arguments(node, "caller", [])
        for scope in self.scope.chain():
            if scope.kind == "call":
                raise self.refuse(
                    node, "caller() in the body of a call is not the outer macro's: set it to a name first"
                )
            if scope.kind == "macro":
                return "caller()"
        raise self.refuse(node, "caller() stands in a macro")

    def parent_block(self, node: nodes.Call) -> str:
        self.arguments(node, "super", [])
        block = next((scope for scope in self.scope.chain() if scope.kind == "block"), None)
        if not block:
            raise self.refuse(node, "super() stands in a block")
        return f"block(c, {quoted(block.block)}, level + 1)"

    # -- Texts and addresses

    def gettext(self, node: nodes.Call) -> str:
        return f"gettext(c, {self.text(node, 1, set())})"

    def ngettext(self, node: nodes.Call) -> str:
        return f"ngettext(c, {self.text(node, 2, {'num'})})"

    def text(self, node: nodes.Call, count: int, known: set[str]) -> str:
        """The arguments of a translated text, whose parameters must all be given."""
        msgids, rest = node.args[:count], node.args[count:]
        if node.dyn_args or node.dyn_kwargs or len(node.args) != (count if count == 1 else count + 1):
            raise self.refuse(node, "a text takes its msgid (with plural and number) and named values")
        texts = [self.constant(msgid, "a text") for msgid in msgids]
        wanted: set[str] = set()
        for found in (found for text in texts for found in PARAMETER.finditer(text)):
            if found[0] == "%":
                raise self.refuse(node, "in a text only %(name)s and %% are allowed")
            wanted |= {found[1]} if found[1] else set()
        given = {keyword.key: keyword.value for keyword in node.kwargs}
        if given.keys() & known or wanted - known != given.keys() or any(key[0] == "_" for key in given):
            raise self.refuse(node, f"the text wants {sorted(wanted)}, given are {sorted(given)}")
        values = ", ".join(f"{key}: {self.visit(value)}" for key, value in given.items())
        arguments = [*map(quoted, texts), *map(self.visit, rest), *([f"{{ {values} }}"] if values else [])]
        return ", ".join(arguments)

    def url_for(self, node: nodes.Call) -> str:
        if not node.args or len(node.args) > 1 or node.dyn_args or node.dyn_kwargs:
            raise self.refuse(node, "url_for takes an endpoint and named values")
        endpoint = self.constant(node.args[0], "url_for")
        given = {keyword.key: keyword.value for keyword in node.kwargs}
        try:
            parts = self.program.urls(endpoint, set(given))
        except LookupError as error:
            raise self.refuse(node, f"url_for: {error.args[0]}") from None
        pieces = [quoted(text) if kind == "text" else f"{kind}({self.visit(given[text])})" for kind, text in parts]
        return f"({' + '.join(pieces)})"

    # -- Names

    def local(self, name: str) -> str:
        """The JavaScript variable of a name, or nothing."""
        return next((scope.names[name] for scope in self.scope.chain() if name in scope.names), "")

    def visit_Name(self, node: nodes.Name) -> str:
        if node.name in GLOBALS | SPECIAL:
            raise self.refuse(node, f"{node.name!r} cannot be used as a value")
        for scope in self.scope.chain():
            scope.read.add(node.name)
            if node.name in scope.names:
                return scope.names[node.name]
        if node.name in self.unit.imports or node.name in self.unit.macros:
            raise self.refuse(node, f"{node.name!r} is a macro: call it")
        if any(scope.kind == "macro" for scope in self.scope.chain()):
            raise self.refuse(node, f"a macro sees its parameters only: pass {node.name!r}")
        self.unit.lookups.setdefault(node.name, node.lineno)
        return f"name(c, {quoted(node.name)})"

    # -- Calls of macros

    def macro_call(self, node: nodes.Call, caller: str = "") -> str:
        """A call of a macro: JavaScript that makes HTML text."""
        name, macro = self.called(node)
        if bool(caller) != macro.has_caller:
            why = "prints no caller(): call it plainly" if caller else "prints caller(): use {% call %}"
            raise self.refuse(node, f"macro {name!r} {why}")
        given = self.arguments(node, name, macro.parameters)
        for parameter in macro.parameters:
            if parameter not in given and parameter not in macro.defaults:
                raise self.refuse(node, f"macro {name!r} wants {parameter!r}")
        values = {key: self.visit(value) for key, value in given.items()}
        defaults = {key: self.visit(value) for key, value in macro.defaults.items() if key not in given}
        ordered = [(values | defaults)[parameter] for parameter in macro.parameters]
        return f"{macro.function}({', '.join(['c', *ordered, *([caller] if caller else [])])})"

    def called(self, node: nodes.Call) -> tuple[str, Macro]:
        """The macro a call means."""
        target = node.node
        found: Macro | Unit | None = None
        if isinstance(target, nodes.Name) and not self.local(target.name):
            found = self.unit.imports.get(target.name) or self.unit.macros.get(target.name)
        elif (
            isinstance(target, nodes.Getattr)
            and isinstance(target.node, nodes.Name)
            and not self.local(target.node.name)
        ):
            module = self.unit.imports.get(target.node.name)
            found = module.macros.get(target.attr) if isinstance(module, Unit) and target.attr[0] != "_" else None
        if not isinstance(found, Macro):
            raise self.refuse(node, "only macros, caller(), super(), _(), ngettext() and url_for() can be called")
        if not (found.is_made or self.unit.is_library):
            raise self.refuse(node, "a macro is called after it is made")
        return getattr(target, "name", getattr(target, "attr", "")), found

    def arguments(self, node: nodes.Call, name: str, parameters: list[str]) -> dict[str, nodes.Expr]:
        """The arguments of a call by name."""
        if node.dyn_args or node.dyn_kwargs:
            raise self.refuse(node, "*args and **kwargs are not allowed")
        if len(node.args) > len(parameters):
            raise self.refuse(node, f"{name!r} takes {len(parameters)} arguments")
        given = dict(zip(parameters, node.args, strict=False))
        for keyword in node.kwargs:
            if keyword.key not in parameters or keyword.key in given:
                raise self.refuse(node, f"{name!r} takes no argument {keyword.key!r}, or has it already")
            given[keyword.key] = keyword.value
        return given

    # -- Values

    def visit_Const(self, node: nodes.Const) -> str:
        if isinstance(node.value, bool):
            return "true" if node.value else "false"
        if isinstance(node.value, str):
            return quoted(node.value)
        if isinstance(node.value, int) and node.value <= SAFE_INTEGER:
            return str(node.value)
        raise self.refuse(node, f"the constant {node.value!r} is not allowed")

    def visit_List(self, node: nodes.List) -> str:
        return f"[{', '.join(map(self.visit, node.items))}]"

    def visit_Getattr(self, node: nodes.Getattr) -> str:
        if names(node.node, "loop"):
            return self.loop(node)
        if node.attr in METHODS or node.attr[0] == "_":
            raise self.refuse(node, f".{node.attr} is a method or private: for a field write [{node.attr!r}]")
        return f"at({self.visit(node.node)}, {quoted(node.attr)})"

    def visit_Getitem(self, node: nodes.Getitem) -> str:
        return f"at({self.visit(node.node)}, {self.visit(node.arg)})"

    def loop(self, node: nodes.Getattr) -> str:
        scopes = (scope for scope in self.scope.chain() if scope.loop)
        found = next(scopes, None)
        if not found or not found.loop or node.attr not in LOOP:
            raise self.refuse(node, "of a loop there are loop.index, loop.first and loop.last")
        return LOOP[node.attr].format(i=found.loop[0], of=found.loop[1])

    def condition(self, node: nodes.Node) -> str:
        """An expression that is a boolean."""
        kind, source = self.kind(node), self.visit(node)
        if kind not in ("boolean", ""):
            raise self.refuse(node, f"a condition is a boolean, not a {kind}: compare it, or name it in the view-model")
        return source if kind else f"truth({source})"

    def visit_Not(self, node: nodes.Not) -> str:
        return f"!{self.condition(node.node)}"

    def visit_And(self, node: nodes.And) -> str:
        return f"({self.condition(node.left)} && {self.condition(node.right)})"

    def visit_Or(self, node: nodes.Or) -> str:
        return f"({self.condition(node.left)} || {self.condition(node.right)})"

    def visit_Compare(self, node: nodes.Compare) -> str:
        if len(node.ops) != 1:
            raise self.refuse(node, "compare two values at a time")
        operator, left, right = node.ops[0].op, self.visit(node.expr), self.visit(node.ops[0].expr)
        if operator in ORDERS:
            return f"(integer({left}) {ORDERS[operator]} integer({right}))"
        return f"{COMPARISONS[operator]}({left}, {right})"

    def visit_CondExpr(self, node: nodes.CondExpr) -> str:
        return self.choice(node, self.visit)

    def choice(self, node: nodes.CondExpr, visit: Callable[[nodes.Expr], str]) -> str:
        """An inline if, each side made by `visit`."""
        if node.expr2 is None:
            raise self.refuse(node, "an inline if has an else")
        sides = []
        for side, what in ((node.expr1, "inline if true"), (node.expr2, "inline if false")):
            mark, source = self.program.mark(self.branch(node, what)), visit(side)
            sides.append(f"({mark}, {source})" if mark else source)
        return f"({self.condition(node.test)} ? {sides[0]} : {sides[1]})"

    def visit_Concat(self, node: nodes.Concat) -> str:
        for part in node.nodes:
            self.check_printable(part)
        return f"concat({', '.join(map(self.visit, node.nodes))})"

    def visit_Filter(self, node: nodes.Filter) -> str:
        if node.name not in FILTERS or node.node is None:
            raise self.refuse(node, f"the filter {node.name!r} is not on the list")
        if node.kwargs or node.dyn_args or node.dyn_kwargs or len(node.args) != ARGUMENTS[node.name]:
            raise self.refuse(node, f"the filter {node.name!r} takes {ARGUMENTS[node.name]} arguments")
        return f"{node.name}({', '.join(map(self.visit, [node.node, *node.args]))})"


def is_constant(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Const) or (isinstance(node, nodes.List) and all(map(is_constant, node.items)))


def names(node: nodes.Node, name: str) -> bool:
    """Whether a node is just this name."""
    return isinstance(node, nodes.Name) and node.name == name
