"""Jinja2 templates to JavaScript, by walking Jinja2's own syntax tree.

What cannot be printed byte for byte the same in both languages is refused with file and line (docs/offline.md lists
it). What depends on a value is guarded at run time by `offline/runtime.js` and, in the tests, by `strict.py`.

The generated code is static: macros are functions, imports are names, inheritance is a table. Only a page's own
variables are looked up by name.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from jinja2 import Environment, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.visitor import NodeVisitor

from portal.phone.filters import FILTERS

SAFE_INTEGER = 2**53 - 1
# Names that Jinja2 or Flask answer on the server even when the model has nothing of that name.
GLOBALS = {"range", "dict", "lipsum", "cycler", "joiner", "namespace", "config", "request", "session", "g"}
GLOBALS |= {"get_flashed_messages", "gettext", "pgettext", "npgettext", "ngettext", "url_for", "_"}
SPECIAL = {"loop", "self", "super", "caller", "varargs", "kwargs", "context"}
# `thing.items` is the method of a Python dict: write `thing["items"]`.
METHODS = set(dir(dict))
COMPARISONS = {"eq": "{}", "ne": "!{}", "in": "{}", "notin": "!{}"}
ORDERS = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
LOOP = {"index": "({i} + 1)", "first": "({i} === 0)", "last": "({i} === {of}.length - 1)"}
PARAMETER = re.compile(r"%(?:%|\((\w+)\)s|)")
UNSAFE_IN_SOURCE = re.compile("[\u2028\u2029\ud800-\udfff]")
DECLARATIONS = (nodes.Import, nodes.FromImport, nodes.Macro)
BOOLEAN = (nodes.Compare, nodes.And, nodes.Or, nodes.Not)


# An endpoint's pattern as pieces ("text" | "value", text or parameter); raises LookupError.
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


@dataclass
class Macro:
    """A macro: the JavaScript function and what a call must look like."""

    function: str
    parameters: list[str]
    defaults: dict[str, nodes.Expr]
    has_caller: bool


@dataclass
class Scope:
    """The names one stretch of a template can see without asking the page's context."""

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
    blocks: set[str] = field(default_factory=set)
    is_library: bool = False


def quoted(text: str) -> str:
    """A JavaScript string literal."""
    return UNSAFE_IN_SOURCE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


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

    def mark(self, template: str, line: int, what: str) -> str:
        """JavaScript that notes that a branch was taken; nothing in what is shipped."""
        self.branches.append(Branch(template, line, what))
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


class Compiler(NodeVisitor):
    """One template. Statements write lines, expressions return JavaScript source."""

    def __init__(self, program: Program, name: str, tree: nodes.Template) -> None:
        self.program = program
        self.unit = Unit(name, program.fresh(f"t_{name.removesuffix('.html')}_"))
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.scope = Scope("template")
        self.conditional = 0
        self.blocks: list[str] = []
        self.macros: list[str] = []
        self.template(tree)

    # -- Plumbing

    def refuse(self, node: nodes.Node, why: str) -> Refused:
        return Refused(self.unit.name, node.lineno, why)

    def generic_visit(self, node: nodes.Node, *args: object, **kwargs: object) -> str:
        raise self.refuse(node, f"{type(node).__name__.lower()} is not allowed in a phone template")

    def write(self, line: str) -> None:
        self.flush()
        self.lines.append(line)

    def flush(self) -> None:
        """Write what has been gathered for output as one statement."""
        if self.pieces:
            pieces, self.pieces = self.pieces, []
            self.lines.append(f"o += {' + '.join(pieces)};")

    def output(self, piece: str) -> None:
        """Gather a piece of JavaScript that makes text; neighbouring literals become one."""
        if self.pieces and piece[0] == self.pieces[-1][0] == '"':
            self.pieces[-1] = self.pieces[-1][:-1] + piece[1:]
        else:
            self.pieces.append(piece)

    @contextmanager
    def inside(self, scope: Scope) -> Iterator[None]:
        outer, self.scope = self.scope, scope
        conditional, self.conditional = self.conditional, 0 if scope.kind != "loop" else self.conditional
        try:
            yield
        finally:
            self.flush()
            self.scope, self.conditional = outer, conditional

    @contextmanager
    def maybe(self) -> Iterator[None]:
        """Statements that may not be reached."""
        self.conditional += 1
        try:
            yield
        finally:
            self.flush()
            self.conditional -= 1

    def statements(self, body: Iterable[nodes.Node]) -> None:
        """Compile each statement; a refused one does not hide the next."""
        for node in body:
            try:
                self.visit(node)
            except Refused as refused:
                self.program.refused.append(refused)

    def function(self, body: Iterable[nodes.Node], node: nodes.Node, what: str = "", result: str = "o") -> str:
        """The statements as the body of a JavaScript function."""
        self.flush()
        kept, self.lines = self.lines, ['let o = "";']
        if what:
            self.reach(node, what)
        self.statements(body)
        self.write(f"return {result};")
        inner, self.lines = self.lines, kept
        return "{\n" + "\n".join(inner) + "\n}"

    def reach(self, node: nodes.Node, what: str) -> None:
        """Note that a branch was taken."""
        if mark := self.program.mark(self.unit.name, node.lineno, what):
            self.write(f"{mark};")

    # -- The template

    def template(self, tree: nodes.Template) -> None:
        body = list(tree.body)
        if body and isinstance(body[0], nodes.Extends):
            self.extends(body.pop(0))
        self.unit.is_library = not self.unit.parent and self.is_library(body)
        self.declare_macros(body)
        self.beginning = list(itertools.takewhile(lambda node: isinstance(node, DECLARATIONS) or is_blank(node), body))
        if self.unit.is_library:
            self.statements(body)
            self.program.sources += self.macros
            return
        parent = self.program.units[self.unit.parent].variable if self.unit.parent else ""
        root = self.function(body, tree, "template", f"{parent}.root(c)" if parent else "o")
        table = ", ".join(f"{name}: {self.unit.variable}_{name}" for name in sorted(self.unit.blocks))
        arguments = [f"(c) => {root}", f"{{ {table} }}", *([parent] if parent else [])]
        self.program.sources += [
            *self.macros,
            *self.blocks,
            f"const {self.unit.variable} = template({', '.join(arguments)});",
        ]

    def extends(self, node: nodes.Extends) -> None:
        try:
            self.unit.parent = self.program.unit(
                self.constant(node.template, "extends"), self.unit.name, node.lineno
            ).name
        except Refused as refused:
            self.program.refused.append(refused)

    @staticmethod
    def is_library(body: list[nodes.Node]) -> bool:
        return any(isinstance(node, nodes.Macro) for node in body) and all(
            isinstance(node, DECLARATIONS) or is_blank(node) for node in body
        )

    def declare_macros(self, body: list[nodes.Node]) -> None:
        """Macros may call each other whatever their order, so all are known before the first is compiled."""
        for node in body:
            if isinstance(node, nodes.Macro):
                names = [argument.name for argument in node.args]
                defaults = dict(zip(names[len(names) - len(node.defaults) :], node.defaults, strict=True))
                has_caller = any(name.name == "caller" for name in node.find_all(nodes.Name))
                function = self.program.fresh(f"m_{node.name}_")
                self.unit.macros[node.name] = Macro(function, names, defaults, has_caller)
                self.unit.origins[node.name] = f"macro {self.unit.name} {node.name}"

    def at_top(self, node: nodes.Node, what: str) -> None:
        """Declarations stand first in a template, so that nothing can use them before they are made."""
        if node not in self.beginning:
            raise self.refuse(node, f"{what} stands at the beginning of a template, before anything else")

    def visit_Extends(self, node: nodes.Extends) -> None:
        raise self.refuse(node, "extends is the very first thing in a template, before any blank")

    def visit_Output(self, node: nodes.Output) -> None:
        for child in node.nodes:
            if self.is_dropped(child):
                continue
            try:
                self.output(self.printed(child))
            except Refused as refused:
                self.program.refused.append(refused)

    def is_dropped(self, child: nodes.Node) -> bool:
        """Blanks between blocks of a page that extends another, or between macros."""
        outside = self.scope.kind == "template" and (self.unit.parent or self.unit.is_library)
        if outside and not (isinstance(child, nodes.TemplateData) and not child.data.strip()):
            raise self.refuse(child, "text outside the blocks of a template that extends another is never printed")
        return bool(outside)

    def visit_Block(self, node: nodes.Block) -> None:
        if node.scoped or node.required:
            raise self.refuse(node, "scoped and required blocks are not allowed")
        if self.scope.kind not in ("template", "block") or (
            self.scope.kind == "template" and self.unit.parent and self.conditional
        ):
            raise self.refuse(
                node, "a block stands at the top level or in another block, not in loops, macros or calls"
            )
        with self.inside(Scope("block", block=node.name)):
            body = self.function(node.body, node, f"block {node.name}")
        self.blocks.append(f"const {self.unit.variable}_{node.name} = (c, level) => {body};")
        self.unit.blocks.add(node.name)
        if not (self.unit.parent and self.scope.kind == "template"):
            self.output(f"block(c, {quoted(node.name)})")

    def visit_Include(self, node: nodes.Include) -> None:
        name = self.constant(node.template, "include")
        if node.ignore_missing or not node.with_context:
            raise self.refuse(node, "include takes neither `ignore missing` nor `without context`")
        if any(scope.kind == "macro" for scope in self.scope.chain()):
            raise self.refuse(node, "a macro includes nothing")
        self.is_dropped(node)
        included = self.program.unit(name, self.unit.name, node.lineno)
        if included.is_library:
            raise self.refuse(node, f"{name} holds macros: import them")
        self.unit.includes.add(name)
        seen = {key: variable for scope in reversed(list(self.scope.chain())) for key, variable in scope.names.items()}
        locals_ = ", ".join(f"{quoted(key)}: {variable}" for key, variable in seen.items())
        self.output(f"include({included.variable}, c, {{ {locals_} }})")

    # -- Imports and macros

    def library(self, node: nodes.Import | nodes.FromImport) -> Unit:
        self.at_top(node, "import")
        if node.with_context:
            raise self.refuse(node, "import with context is not allowed: pass what the macro needs")
        unit = self.program.unit(self.constant(node.template, "import"), self.unit.name, node.lineno)
        if not unit.is_library:
            raise self.refuse(node, f"{unit.name} holds more than macros and imports")
        return unit

    def visit_Import(self, node: nodes.Import) -> None:
        self.bind_import(node, node.target, self.library(node), "*")

    def visit_FromImport(self, node: nodes.FromImport) -> None:
        unit = self.library(node)
        for name in node.names:
            wanted, alias = name if isinstance(name, tuple) else (name, name)
            if wanted not in unit.macros:
                raise self.refuse(node, f"{unit.name} has no macro {wanted!r}")
            self.bind_import(node, alias, unit.macros[wanted], wanted, unit.name)

    def bind_import(self, node: nodes.Node, alias: str, what: Macro | Unit, wanted: str, origin: str = "") -> None:
        if (
            alias in self.unit.imports
            or alias in self.unit.macros
            or alias in GLOBALS | SPECIAL
            or alias in self.scope.names
        ):
            raise self.refuse(node, f"{alias!r} already means something")
        self.unit.imports[alias] = what
        self.unit.origins[alias] = f"macro {origin or getattr(what, 'name', '')} {wanted}"

    def visit_Macro(self, node: nodes.Macro) -> None:
        self.at_top(node, "a macro")
        macro = self.unit.macros[node.name]
        if node.name in self.unit.imports or node.name in GLOBALS | SPECIAL or node.name in self.scope.names:
            raise self.refuse(node, f"{node.name!r} already means something")
        scope = Scope("macro")
        for parameter in macro.parameters:
            self.bind(node, parameter, scope)
        for default in macro.defaults.values():
            if not is_constant(default):
                raise self.refuse(default, "a macro's default is a constant")
        with self.inside(scope):
            body = self.function(node.body, node, f"macro {node.name}")
        parameters = ["c", *scope.names.values(), *(["caller"] if macro.has_caller else [])]
        self.macros.append(f"const {macro.function} = ({', '.join(parameters)}) => {body};")

    def visit_CallBlock(self, node: nodes.CallBlock) -> None:
        if node.args or node.defaults:
            raise self.refuse(node, "caller takes no arguments")
        self.is_dropped(node)
        with self.inside(Scope("call", self.scope)):
            body = self.function(node.body, node, "call")
        self.output(self.macro_call(node.call, f"() => {body}"))

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

    # -- Names

    def local(self, name: str) -> str:
        """The JavaScript variable of a name, or nothing."""
        return next((scope.names[name] for scope in self.scope.chain() if name in scope.names), "")

    def bind(self, node: nodes.Node, name: str, scope: Scope) -> str:
        """Make a name known in a scope, once, before anything there read it."""
        if name in GLOBALS | SPECIAL or name[0] == "_":
            raise self.refuse(node, f"the name {name!r} is taken")
        if name in scope.names or name in scope.read:
            raise self.refuse(node, f"{name!r} is set once, before it is read")
        scope.names[name] = self.program.fresh(f"{name}_")
        return scope.names[name]

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

    def settable(self, node: nodes.Assign | nodes.AssignBlock) -> str:
        """The name of a `set`, which is always reached and never in a loop. Raises Refused."""
        if self.conditional or self.scope.kind == "loop":
            raise self.refuse(node, "set stands neither in a loop nor in an if")
        if not isinstance(node.target, nodes.Name):
            raise self.refuse(node, "set gives one name a value")
        if self.scope.kind == "template" and (
            node.target.name in self.unit.imports or node.target.name in self.unit.macros
        ):
            raise self.refuse(node, f"{node.target.name!r} already means something")
        return node.target.name

    def assign(self, node: nodes.Assign | nodes.AssignBlock, name: str, value: str) -> None:
        variable = self.bind(node, name, self.scope)
        self.write(f"const {variable} = {value};")
        if self.scope.kind == "template":
            self.unit.origins[name] = f"set {self.unit.name}"
            self.write(f"c.values[{quoted(name)}] = {variable};")

    def visit_Assign(self, node: nodes.Assign) -> None:
        self.assign(node, self.settable(node), self.visit(node.node))

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> None:
        name = self.settable(node)
        if node.filter:
            raise self.refuse(node, "set takes no filter")
        with self.inside(Scope("call", self.scope)):
            body = self.function(node.body, node)
        self.assign(node, name, f"safe((() => {body})())")

    # -- Conditions and loops

    def visit_If(self, node: nodes.If) -> None:
        self.is_dropped(node)
        word = "if"
        for part in (node, *node.elif_):
            test = self.condition(part.test)
            if word == "if":
                self.write(f"if ({test}) {{")
            else:
                self.write(f"}} else if ({test}) {{")
            self.branch(part, part.body, f"{word} true")
            word = "elif"
        if node.else_ or self.program.cover:
            self.write("} else {")
        self.branch(node, node.else_, "else" if node.else_ else "if false")
        self.write("}")

    def branch(self, node: nodes.Node, body: Iterable[nodes.Node], what: str) -> None:
        self.reach(node, what)
        with self.maybe():
            self.statements(body)

    def condition(self, node: nodes.Expr) -> str:
        """An expression that is a boolean."""
        source = self.visit(node)
        is_known = isinstance(node, BOOLEAN) or self.is_flag_of_loop(node) or source in ("true", "false")
        return source if is_known else f"truth({source})"

    def is_flag_of_loop(self, node: nodes.Expr) -> bool:
        return isinstance(node, nodes.Getattr) and node.attr in ("first", "last") and names(node.node, "loop")

    def visit_For(self, node: nodes.For) -> None:
        self.is_dropped(node)
        if node.test or node.recursive:
            raise self.refuse(node, "for takes neither `if` nor `recursive`: filter in the view-model")
        if not isinstance(node.target, nodes.Name):
            raise self.refuse(node, "for has one name: give the elements fields")
        values, index = self.program.fresh("list"), self.program.fresh("i")
        self.write(f"const {values} = list({self.visit(node.iter)});")
        self.write(f"for (let {index} = 0; {index} < {values}.length; {index}++) {{")
        with self.inside(Scope("loop", self.scope, loop=(index, values))), self.maybe():
            variable = self.bind(node, node.target.name, self.scope)
            self.write(f"const {variable} = {values}[{index}];")
            self.reach(node, "for body")
            self.statements(node.body)
        self.write("}")
        if node.else_:
            self.write(f"if (!{values}.length) {{")
            with self.inside(Scope("loop", self.scope)):
                self.branch(node, node.else_, "for else")
            self.write("}")

    # -- Output

    def printed(self, node: nodes.Expr) -> str:
        """JavaScript that makes HTML text of a value."""
        if isinstance(node, nodes.TemplateData):
            return quoted(node.data)
        if isinstance(node, BOOLEAN) or self.is_flag_of_loop(node):
            raise self.refuse(node, "a boolean cannot be printed")
        if isinstance(node, nodes.CondExpr):
            return self.choice(node, self.printed)
        return self.markup(node) or f"print({self.visit(node)})"

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
        pieces = [quoted(text) if kind == "text" else f"segment({self.visit(given[text])})" for kind, text in parts]
        return f"({' + '.join(pieces)})"

    def constant(self, node: nodes.Expr, what: str) -> str:
        if not (isinstance(node, nodes.Const) and isinstance(node.value, str)):
            raise self.refuse(node, f"{what} takes a constant string")
        return node.value

    # -- Expressions

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
        function = "within" if "in" in operator else "equal"
        return COMPARISONS[operator].format(f"{function}({left}, {right})")

    def visit_CondExpr(self, node: nodes.CondExpr) -> str:
        return self.choice(node, self.visit)

    def choice(self, node: nodes.CondExpr, visit: Callable[[nodes.Expr], str]) -> str:
        """An inline if, each side made by `visit`."""
        if node.expr2 is None:
            raise self.refuse(node, "an inline if has an else")
        sides = []
        for side, what in ((node.expr1, "inline if true"), (node.expr2, "inline if false")):
            mark, source = self.program.mark(self.unit.name, node.lineno, what), visit(side)
            sides.append(f"({mark}, {source})" if mark else source)
        return f"({self.condition(node.test)} ? {sides[0]} : {sides[1]})"

    def visit_Concat(self, node: nodes.Concat) -> str:
        if any(isinstance(part, BOOLEAN) or self.is_flag_of_loop(part) for part in node.nodes):
            raise self.refuse(node, "a boolean cannot be printed")
        return f"concat({', '.join(map(self.visit, node.nodes))})"

    def visit_Filter(self, node: nodes.Filter) -> str:
        if node.name not in FILTERS or node.node is None:
            raise self.refuse(node, f"the filter {node.name!r} is not on the list")
        if node.kwargs or node.dyn_args or node.dyn_kwargs or len(node.args) != FILTERS[node.name]:
            raise self.refuse(node, f"the filter {node.name!r} takes {FILTERS[node.name]} arguments")
        return f"{node.name}({', '.join(map(self.visit, [node.node, *node.args]))})"


def is_blank(node: nodes.Node) -> bool:
    """Whether a node prints blanks only."""
    return isinstance(node, nodes.Output) and all(
        isinstance(child, nodes.TemplateData) and not child.data.strip() for child in node.nodes
    )


def is_constant(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Const) or (isinstance(node, nodes.List) and all(map(is_constant, node.items)))


def names(node: nodes.Node, name: str) -> bool:
    """Whether a node is just this name."""
    return isinstance(node, nodes.Name) and node.name == name
