"""Jinja2 templates to JavaScript, by walking Jinja2's own syntax tree.

What cannot be printed byte for byte the same in both languages is refused with file and line (docs/templates.md lists
it). What depends on a value is guarded at run time by `offline/runtime.js` and, in the proofs, by `strict.py`.

The generated code is static: macros are functions, imports are names, inheritance is a table. Only a page's own
variables are looked up by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jinja2 import nodes

from portal.phone.expressions import GLOBALS, SPECIAL, Expressions, is_constant, quoted
from portal.phone.units import Macro, Refused, Scope, Unit

if TYPE_CHECKING:
    from portal.phone.program import Program

DECLARATIONS = (nodes.Import, nodes.FromImport, nodes.Macro)


class Compiler(Expressions):
    """Compiles one template, statement by statement."""

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

    # -- Writing

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
            self.reached(node, body, what)
        else:
            self.statements(body)
        self.write(f"return {result};")
        inner, self.lines = self.lines, kept
        return "{\n" + "\n".join(inner) + "\n}"

    def reached(self, node: nodes.Node, body: Iterable[nodes.Node], what: str) -> None:
        """A branch: the note that it was taken, and its statements."""
        if mark := self.program.mark(self.branch(node, what)):
            self.write(f"{mark};")
        outer, self.within = self.within, len(self.program.branches) - 1
        self.statements(body)
        self.within = outer

    # -- The template

    def template(self, tree: nodes.Template) -> None:
        body = list(tree.body)
        if body and isinstance(first := body[0], nodes.Extends):
            self.extends(first)
            del body[0]
        self.unit.is_library = not self.unit.parent and self.is_library(body)
        self.declare_macros(body)
        if self.unit.is_library:
            self.statements(body)
            self.program.sources += self.macros
            return
        parent = self.program.units[self.unit.parent].variable if self.unit.parent else ""
        root = self.function(body, tree, "template", f"{parent}.root(c)" if parent else "o")
        table = ", ".join(f"{name}: {variable}" for name, variable in sorted(self.unit.blocks.items()))
        arguments = [f"(c) => {root}", f"{{ {table} }}", *([parent] if parent else [])]
        self.program.sources += [
            *self.macros,
            *self.blocks,
            f"const {self.unit.variable} = template({', '.join(arguments)});",
        ]

    def extends(self, node: nodes.Extends) -> None:
        try:
            name = self.constant(node.template, "extends")
            self.unit.parent = self.program.unit(name, self.unit.name, node.lineno).name
        except Refused as refused:
            self.program.refused.append(refused)

    @staticmethod
    def is_library(body: list[nodes.Node]) -> bool:
        return any(isinstance(node, nodes.Macro) for node in body) and all(
            isinstance(node, DECLARATIONS) or is_blank(node) for node in body
        )

    def declare_macros(self, body: list[nodes.Node]) -> None:
        """In a file of macros they may call each other whatever their order, so all are known beforehand."""
        for node in body:
            if isinstance(node, nodes.Macro):
                names = [argument.name for argument in node.args]
                defaults = dict(zip(names[len(names) - len(node.defaults) :], node.defaults, strict=True))
                has_caller = any(name.name == "caller" for name in node.find_all(nodes.Name))
                function = self.program.fresh(f"m_{node.name}_")
                self.unit.macros[node.name] = Macro(function, names, defaults, has_caller)
                self.unit.origins[node.name] = f"macro {self.unit.name} {node.name}"

    def at_top(self, node: nodes.Node, what: str) -> None:
        if self.scope.kind != "template" or self.conditional:
            raise self.refuse(node, f"{what} stands at the top level of a template")

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
        if self.scope.kind not in ("template", "block"):
            raise self.refuse(node, "a block stands at the top level or in a block, not in loops, macros or calls")
        if node.name[0] == "_":
            raise self.refuse(node, "a block's name begins with a letter")
        with self.inside(Scope("block", block=node.name)):
            # A block without content is there to be filled by others.
            body = self.function(node.body, node, f"block {node.name}" if node.body else "")
        variable = self.unit.blocks[node.name] = self.program.fresh(f"b_{node.name}_")
        self.blocks.append(f"const {variable} = (c, level) => {body};")
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
        if self.means_something(alias) or alias in self.unit.macros:
            raise self.refuse(node, f"{alias!r} already means something")
        self.unit.imports[alias] = what
        self.unit.origins[alias] = f"macro {origin or getattr(what, 'name', '')} {wanted}"

    def means_something(self, name: str) -> bool:
        return name in self.unit.imports or name in GLOBALS | SPECIAL or name in self.scope.names

    def visit_Macro(self, node: nodes.Macro) -> None:
        self.at_top(node, "a macro")
        macro = self.unit.macros[node.name]
        macro.is_made = True
        if self.means_something(node.name):
            raise self.refuse(node, f"{node.name!r} already means something")
        scope = Scope("macro")
        parameters = ["c", *(self.bind(node, parameter, scope) for parameter in macro.parameters)]
        for default in macro.defaults.values():
            if not is_constant(default):
                raise self.refuse(default, "a macro's default is a constant")
        with self.inside(scope):
            body = self.function(node.body, node, f"macro {node.name}")
        parameters += ["caller"] if macro.has_caller else []
        self.macros.append(f"const {macro.function} = ({', '.join(parameters)}) => {body};")

    def visit_CallBlock(self, node: nodes.CallBlock) -> None:
        if node.args or node.defaults:
            raise self.refuse(node, "caller takes no arguments")
        self.is_dropped(node)
        with self.inside(Scope("call", self.scope)):
            body = self.function(node.body, node, "call")
        self.output(self.macro_call(node.call, f"() => {body}"))

    def bind(self, node: nodes.Node, name: str, scope: Scope) -> str:
        """Make a name known in a scope, once, before anything there read it."""
        if name in GLOBALS | SPECIAL or name[0] == "_":
            raise self.refuse(node, f"the name {name!r} is taken")
        if name in scope.names or name in scope.read:
            raise self.refuse(node, f"{name!r} is set once, before it is read")
        scope.names[name] = self.program.fresh(f"{name}_")
        return scope.names[name]

    def settable(self, node: nodes.Assign | nodes.AssignBlock) -> str:
        """The name of a `set`, which is always reached and never in a loop. Raises Refused."""
        if self.conditional or self.scope.kind == "loop":
            raise self.refuse(node, "set stands neither in a loop nor in an if")
        if not isinstance(node.target, nodes.Name):
            raise self.refuse(node, "set gives one name a value")
        if self.scope.kind == "template" and node.target.name in self.unit.imports.keys() | self.unit.macros.keys():
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
        with self.inside(Scope("set", self.scope)):
            body = self.function(node.body, node)
        self.assign(node, name, f"safe((() => {body})())")

    # -- Conditions and loops

    def visit_If(self, node: nodes.If) -> None:
        self.is_dropped(node)
        self.write(f"if ({self.condition(node.test)}) {{")
        self.perhaps(node, node.body, "if true")
        for part in node.elif_:
            self.write(f"}} else if ({self.condition(part.test)}) {{")
            self.perhaps(part, part.body, "elif true")
        if node.else_ or self.program.cover:
            self.write("} else {")
        self.perhaps(node, node.else_, "else" if node.else_ else "if false")
        self.write("}")

    def perhaps(self, node: nodes.Node, body: Iterable[nodes.Node], what: str) -> None:
        with self.maybe():
            self.reached(node, body, what)

    def visit_For(self, node: nodes.For) -> None:
        self.is_dropped(node)
        if node.test or node.recursive:
            raise self.refuse(node, "for takes neither `if` nor `recursive`: filter in the view-model")
        if not isinstance(node.target, nodes.Name):
            raise self.refuse(node, "for has one name: give the elements fields")
        values, index = self.program.fresh("list"), self.program.fresh("i")
        self.write(f"const {values} = list({self.visit(node.iter)});")
        self.write(f"for (let {index} = 0; {index} < {values}.length; {index}++) {{")
        with self.inside(Scope("loop", self.scope, loop=(index, values))):
            variable = self.bind(node, node.target.name, self.scope)
            self.write(f"const {variable} = {values}[{index}];")
            self.perhaps(node, node.body, "for body")
        self.write("}")
        if node.else_:
            self.write(f"if (!{values}.length) {{")
            with self.inside(Scope("loop", self.scope)):
                self.perhaps(node, node.else_, "for else")
            self.write("}")


def is_blank(node: nodes.Node) -> bool:
    """Whether a node prints blanks only."""
    return isinstance(node, nodes.Output) and all(
        isinstance(child, nodes.TemplateData) and not child.data.strip() for child in node.nodes
    )
