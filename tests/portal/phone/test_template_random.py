"""Random templates over random models: both sides print the same, or both refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal.phone.parity import Fixture

SHARED = {
    "lib.html": (
        "{% macro tag(text, kind='plain') %}<i class=\"{{ kind }}\">{{ text }}</i>{% endmacro %}"
        "{% macro box(title, n=1) %}[{{ title }}{{ n }}{{ caller() }}]{{ caller() }}{% endmacro %}"
    ),
    "part.html": "{% block p %}({{ x }}{{ n }}{{ person.name }}){% endblock %}",
    "base.html": "<{% block a %}base {{ x }}{% endblock %}|{% block b %}{{ n }}{% endblock %}>",
    "middle.html": '{% extends "base.html" %}{% block a %}m{{ super() }}{% block c %}{{ n }}{% endblock %}{% endblock %}',
}
HEAD = '{% from "lib.html" import tag, box %}'
# No braces, so that random text does not become a tag.
LETTERS = st.sampled_from([*"ab <>&\"'`$\\/\n\t;=-", "陈", "👩‍👧", "\u2028", "</script>", "${x}", "&amp;"])
WORDS = st.lists(LETTERS, max_size=6).map("".join)
TEXTS = st.text(max_size=12) | WORDS
NUMBERS = st.integers(-5, 5) | st.sampled_from([2**53 - 1, -(2**53) + 1, 2**53])
BOOLEANS = st.booleans()
ANYTHING: st.SearchStrategy[Any] = st.none() | BOOLEANS | st.floats(0.1, 0.9) | st.just([]) | st.just({})
PEOPLE = st.fixed_dictionaries({"name": TEXTS, "age": NUMBERS, "vip": BOOLEANS})
MODELS = st.fixed_dictionaries(
    {
        "x": TEXTS,
        "y": TEXTS,
        "n": NUMBERS,
        "yes": BOOLEANS,
        "no": BOOLEANS,
        "names": st.lists(TEXTS, max_size=3),
        "numbers": st.lists(NUMBERS, max_size=3),
        "person": PEOPLE,
        "people": st.lists(PEOPLE, max_size=3),
    },
    optional={"surprise": ANYTHING | TEXTS},
)


class Writer:
    """Draws a template that mostly means something."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self.names: dict[str, list[str]] = {
            "string": ["x", "y", "person.name", 'person["name"]'],
            "integer": ["n", "person.age"],
            "boolean": ["yes", "no", "person.vip"],
            "list": ["names", "numbers"],
        }
        self.sets = 0
        self.loops = 0

    def pick(self, *choices: Callable[[], str]) -> str:
        return self.draw(st.sampled_from(choices))()

    def name(self, kind: str) -> str:
        if self.draw(st.integers(0, 60)) == 0:
            return self.draw(
                st.sampled_from(["surprise", "absent", "person.absent", "names[0]", "numbers[1]", "x", "yes"])
            )
        return self.draw(st.sampled_from(self.names[kind]))

    def literal(self) -> str:
        return "'" + self.draw(WORDS).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"

    def string(self, depth: int) -> str:
        if depth <= 0:
            return self.pick(self.literal, lambda: self.name("string"))
        return self.pick(
            self.literal,
            lambda: self.name("string"),
            lambda: f"({self.value(depth - 1)} ~ {self.value(depth - 1)})",
            lambda: f"({self.value(depth - 1)} if {self.boolean(depth - 1)} else {self.value(depth - 1)})",
            lambda: f"_('%(a)s & <b>%(b)s</b> 100%%', a={self.value(depth - 1)}, b={self.value(depth - 1)})",
            lambda: f"ngettext('%(num)s visit', '%(num)s visits', {self.integer(depth - 1)})",
            lambda: f"tag({self.value(depth - 1)})",
            lambda: f"tag(kind={self.value(depth - 1)}, text={self.value(depth - 1)})",
            lambda: f"({self.list(depth - 1)} | join({self.string(depth - 1)}))",
            lambda: f"url_for('customers.search', word={self.string(depth - 1)}, page={self.integer(depth - 1)})",
        )

    def integer(self, depth: int) -> str:
        plain = [lambda: str(self.draw(st.integers(0, 4))), lambda: self.name("integer")]
        if self.loops:
            plain.append(lambda: "loop.index")
        return self.pick(*plain, lambda: f"({self.list(depth - 1)} | length)")

    def boolean(self, depth: int) -> str:
        if depth <= 0:
            return self.name("boolean")
        choices = [
            lambda: self.name("boolean"),
            lambda: f"not {self.boolean(depth - 1)}",
            lambda: f"({self.boolean(depth - 1)} and {self.boolean(depth - 1)})",
            lambda: f"({self.boolean(depth - 1)} or {self.boolean(depth - 1)})",
            lambda: f"({self.string(depth - 1)} {self.draw(st.sampled_from(['==', '!=']))} {self.string(depth - 1)})",
            lambda: (
                f"({self.integer(depth - 1)} {self.draw(st.sampled_from(['<', '<=', '>', '>=', '==', '!=']))} {self.integer(0)})"
            ),
            lambda: f"({self.string(depth - 1)} {self.draw(st.sampled_from(['in', 'not in']))} {self.list(depth - 1)})",
        ]
        return self.pick(*choices, *([lambda: "loop.first", lambda: "loop.last"] if self.loops else []))

    def list(self, depth: int) -> str:
        return self.pick(
            lambda: self.name("list"),
            lambda: f"[{', '.join(self.string(depth - 1) for _ in range(self.draw(st.integers(0, 2))))}]",
        )

    def value(self, depth: int) -> str:
        return self.pick(lambda: self.string(depth), lambda: self.string(depth), lambda: self.integer(depth))

    def body(self, depth: int) -> str:
        return "".join(self.statement(depth) for _ in range(self.draw(st.integers(1, 3))))

    def statement(self, depth: int) -> str:
        plain = [lambda: self.draw(WORDS), lambda: f"{{{{ {self.value(2)} }}}}"]
        if depth <= 0:
            return self.pick(*plain)
        return self.pick(
            *plain,
            *plain,
            lambda: self.condition(depth),
            lambda: self.loop(depth),
            lambda: self.call(depth),
            self.include,
        )

    def condition(self, depth: int) -> str:
        middle = self.pick(str, lambda: f"{{% elif {self.boolean(1)} %}}{self.body(depth - 1)}")
        end = self.pick(str, lambda: f"{{%- else %}}{self.body(depth - 1)}")
        return f"{{% if {self.boolean(2)} %}}{self.body(depth - 1)}{middle}{end}{{% endif %}}"

    def loop(self, depth: int) -> str:
        kind, target = self.draw(st.sampled_from([("string", "x"), ("string", "item"), ("integer", "n")]))
        source = self.draw(st.sampled_from(["names", "[x, y]"])) if kind == "string" else "numbers"
        kept = {key: list(value) for key, value in self.names.items()}
        self.names[kind].append(target)
        self.loops += 1
        inner = self.body(depth - 1)
        self.loops, self.names = self.loops - 1, kept
        end = self.pick(str, lambda: f"{{% else %}}{self.body(depth - 1)}")
        return f"{{% for {target} in {source} %}}\n  {inner}{end}\n  {{% endfor %}}\n"

    def call(self, depth: int) -> str:
        return f"{{% call box({self.value(1)}) %}}{self.body(depth - 1)}{{% endcall %}}"

    def include(self) -> str:
        return '{% include "part.html" %}'

    def set(self) -> str:
        kind = self.draw(st.sampled_from(["string", "integer", "boolean", "block"]))
        self.sets += 1
        target = f"s{self.sets}"
        if kind == "block":
            made = f"{{% set {target} %}}{self.body(1)}{{% endset %}}"
        else:
            made = f"{{% set {target} = {getattr(self, kind)(2)} %}}"
        self.names["string" if kind == "block" else kind].append(target)
        return made

    def blocks(self) -> str:
        parent = self.draw(st.sampled_from(["base.html", "middle.html"]))
        named = self.draw(st.lists(st.sampled_from("abc"), unique=True, min_size=1))
        above = self.set() if self.draw(st.booleans()) else ""
        made = ""
        for name in named:
            kept = {key: list(value) for key, value in self.names.items()}
            again = "{{ super() }}" if name != "c" or parent == "middle.html" else ""
            made += f"{{% block {name} %}}{self.set()}{again}{self.body(2)}{{% endblock %}}\n"
            self.names = kept
        return f'{{% extends "{parent}" %}}{HEAD}{above}\n{made}'

    def page(self) -> str:
        if self.draw(st.integers(0, 3)) == 0:
            return self.blocks()
        return HEAD + "".join(self.pick(self.set, lambda: self.body(3)) for _ in range(self.draw(st.integers(1, 4))))


@st.composite
def pages(draw: Callable[..., Any]) -> tuple[str, dict[str, Any]]:
    return Writer(draw).page(), draw(MODELS)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(pages(), min_size=4, max_size=12), st.sampled_from(["en", "zh-CN"]))
@example([("{{ x }}", {"x": "<"})], "en")
def test_random_templates_print_the_same(render_both, made, lang):
    templates = {f"page{number}.html": source for number, (source, _) in enumerate(made)}
    fixtures = [Fixture(f"page{number}.html", "", lang, model) for number, (_, model) in enumerate(made)]
    for fixture, (server, phone) in zip(fixtures, render_both({**SHARED, **templates}, fixtures), strict=True):
        about = f"{templates[fixture.template]}\n{json.dumps(fixture.model, ensure_ascii=False)}\n{server}\n{phone}"
        assert bool(server.error) == bool(phone.error), about
        assert server.html == phone.html, about
