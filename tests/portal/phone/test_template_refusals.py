"""What a phone template may not say is refused at build, with file and line; what depends on values, when printed."""

from __future__ import annotations

import pytest

from portal.phone.parity import Fixture
from portal.phone.units import Refusals

LIB = (
    "{% macro tag(text, kind='plain') %}{{ text }}{{ kind }}{% endmacro %}"
    "{% macro box(title) %}{{ title }}{{ caller() }}{% endmacro %}"
)
OTHER = "{% macro tag(text) %}other {{ text }}{% endmacro %}"
SHARED = {
    "base.html": "{% block title %}{% endblock %}{% block main %}{% endblock %}",
    "lib.html": LIB,
    "other.html": OTHER,
    "part.html": "part {{ x }}",
    "reads_tag.html": "{{ tag }}",
    "imports_tag.html": '{% from "other.html" import tag %}{% block title %}{{ tag("x") }}{% endblock %}',
    "sets_t.html": "{% set t = 1 %}{% block title %}{% endblock %}",
    "circle.html": '{% include "page.html" %}',
}
IMPORT = '{% from "lib.html" import tag, box %}'
CHILD = '{% extends "base.html" %}'
CONSTANT = "takes a constant string"

# Name, template, what the refusal says. The refused thing stands in line 2 of `page.html`, after a comment.
REFUSED = {
    "printing a boolean": ("{{ true }}", "boolean cannot be printed"),
    "printing a comparison": ("{{ a == b }}", "boolean cannot be printed"),
    "printing and": ("{{ a and b }}", "boolean cannot be printed"),
    "printing or": ('{{ a or "default" }}', "boolean cannot be printed"),
    "printing not": ("{{ not a }}", "boolean cannot be printed"),
    "printing loop.first": ("{% for a in b %}{{ loop.first }}{% endfor %}", "boolean cannot be printed"),
    "printing a boolean in an inline if": ("{{ true if a else 'b' }}", "boolean cannot be printed"),
    "joining a boolean": ("{{ 'a' ~ (a == b) }}", "boolean cannot be printed"),
    "printing a list": ("{{ [1, 2] }}", "list cannot be printed"),
    "none": ("{{ none }}", "constant None"),
    "comparing with none": ("{% if a == none %}{% endif %}", "constant None"),
    "a float": ("{{ 1.5 }}", "constant 1.5"),
    "a huge integer": ("{{ 9007199254740992 }}", "constant 9007199254740992"),
    "truth of a string": ("{% if 'a' %}{% endif %}", "condition is a boolean"),
    "truth of a number": ("{% if xs | length %}{% endif %}", "condition is a boolean"),
    "truth of a list": ("{% if [] %}{% endif %}", "condition is a boolean"),
    "truth of a text": ("{% if _('a') %}{% endif %}", "condition is a boolean"),
    "truth of loop.index": ("{% for a in b %}{% if loop.index %}{% endif %}{% endfor %}", "condition is a boolean"),
    "truth in and": ("{% if a and 'b' %}{% endif %}", "condition is a boolean"),
    "is defined": ("{% if a is defined %}{% endif %}", "test is not allowed"),
    "is none": ("{% if a is none %}{% endif %}", "test is not allowed"),
    "is not": ("{% if a is not string %}{% endif %}", "test is not allowed"),
    "built-in filter": ("{{ a | upper }}", "filter 'upper' is not on the list"),
    "safe": ("{{ a | safe }}", "filter 'safe' is not on the list"),
    "default": ("{{ a | default('b', true) }}", "filter 'default' is not on the list"),
    "filter nobody knows": ("{{ a | money }}", "money"),
    "filter with wrong arguments": ("{{ a | join }}", "takes 1 arguments"),
    "filter with named arguments": ("{{ a | join(d=', ') }}", "takes 1 arguments"),
    "filter block": ("{% filter upper %}a{% endfilter %}", "filterblock is not allowed"),
    "filter of a set block": ("{% set a | upper %}a{% endset %}", "set takes no filter"),
    "plus": ("{{ a + b }}", "add is not allowed"),
    "minus": ("{{ a - b }}", "sub is not allowed"),
    "times": ("{{ a * 2 }}", "mul is not allowed"),
    "divided": ("{{ a / 2 }}", "div is not allowed"),
    "whole divided": ("{{ a // 2 }}", "floordiv is not allowed"),
    "rest": ("{{ a % 2 }}", "mod is not allowed"),
    "power": ("{{ a ** 2 }}", "pow is not allowed"),
    "negative number": ("{{ -1 }}", "neg is not allowed"),
    "positive sign": ("{{ +a }}", "pos is not allowed"),
    "negative index": ("{{ a[-1] }}", "neg is not allowed"),
    "slice": ("{{ a[1:2] }}", "slice is not allowed"),
    "dict": ("{% set a = {'b': 1} %}", "dict is not allowed"),
    "tuple": ("{% for a in (1, 2) %}{% endfor %}", "tuple is not allowed"),
    "chain of comparisons": ("{% if 1 < a < 3 %}{% endif %}", "two values at a time"),
    "inline if without else": ("{{ 'a' if b }}", "inline if has an else"),
    "method": ("{{ a.items }}", "is a method or private"),
    "method called": ("{{ a.strip() }}", "can be called"),
    "private field": ("{{ a.__class__ }}", "is a method or private"),
    "function": ("{{ a(1) }}", "can be called"),
    "range": ("{% for a in range(3) %}{% endfor %}", "can be called"),
    "namespace": ("{% set a = namespace(b=1) %}", "can be called"),
    "namespace's field": ("{% set a.b = 1 %}", "set gives one name a value"),
    "cycler": ("{{ cycler('a', 'b') }}", "can be called"),
    "the long name of _": ("{{ gettext('a') }}", "can be called"),
    "star arguments": (IMPORT + "{{ tag(*a) }}", "args"),
    "double star arguments": (IMPORT + "{{ tag(**a) }}", "kwargs"),
    "macro as a value": (IMPORT + "{{ tag }}", "is a macro: call it"),
    "macro in a list": (IMPORT + "{% set a = [tag] %}", "is a macro: call it"),
    "module as a value": ('{% import "lib.html" as lib %}{{ lib }}', "is a macro: call it"),
    "too many arguments": (IMPORT + "{{ tag(1, 2, 3) }}", "takes 2 arguments"),
    "unknown argument": (IMPORT + "{{ tag(1, colour=2) }}", "takes no argument 'colour'"),
    "argument twice": (IMPORT + "{{ tag(1, text=2) }}", "takes no argument 'text'"),
    "argument missing": (IMPORT + "{{ tag(kind=2) }}", "wants 'text'"),
    "macro that reads the page": ("{% macro m() %}{{ x }}{% endmacro %}{{ m() }}", "sees its parameters only"),
    "macro that includes": (
        '{% macro m() %}{% include "part.html" %}{% endmacro %}{{ m() }}',
        "a macro includes nothing",
    ),
    "default that is no constant": ("{% macro m(a, b=a) %}{{ b }}{% endmacro %}{{ m(1) }}", "default is a constant"),
    "parameter called caller": ("{% macro m(caller='') %}{% endmacro %}{{ m() }}", "the name 'caller' is taken"),
    "varargs": ("{% macro m() %}{{ varargs }}{% endmacro %}{{ m() }}", "cannot be used as a value"),
    "kwargs": ("{% macro m() %}{{ kwargs }}{% endmacro %}{{ m() }}", "cannot be used as a value"),
    "caller outside": ("{{ caller() }}", "caller() stands in a macro"),
    "caller with arguments": ("{% macro m() %}{{ caller(1) }}{% endmacro %}{{ x }}", "takes 0 arguments"),
    "caller as a value": (
        "{% macro m() %}{% if caller %}{% endif %}{% endmacro %}{{ x }}",
        "cannot be used as a value",
    ),
    "caller in another call": (
        IMPORT + "{% macro m() %}{% call box(1) %}{{ caller() }}{% endcall %}{% endmacro %}{{ x }}",
        "not the outer macro's",
    ),
    "call without caller": (IMPORT + "{% call tag(1) %}{% endcall %}", "prints no caller()"),
    "caller without call": (IMPORT + "{{ box(1) }}", "use {% call %}"),
    "call with parameters": (IMPORT + "{% call(a) box(1) %}{% endcall %}", "caller takes no arguments"),
    "macro called too early": ("{{ m() }}{% macro m() %}{% endmacro %}", "after it is made"),
    "macro called too early by another": (
        "{% macro a() %}{{ b() }}{% endmacro %}{{ a() }}{% macro b() %}{% endmacro %}",
        "after it is made",
    ),
    "import used too early": ("{{ tag('x') }}" + IMPORT, "can be called"),
    "import of a name read before": ("{{ tag }}" + IMPORT, "is read as a value"),
    "macro in a block": ("{% block b %}{% macro m() %}{% endmacro %}{% endblock %}", "at the top level"),
    "macro in a loop": ("{% for a in b %}{% macro m() %}{% endmacro %}{% endfor %}", "at the top level"),
    "import in an if": ("{% if a %}" + IMPORT + "{% endif %}", "at the top level"),
    "import with context": ('{% from "lib.html" import tag with context %}', "import with context"),
    "module with context": ('{% import "lib.html" as lib with context %}', "import with context"),
    "import of what is not there": ('{% from "lib.html" import nothing %}', "has no macro 'nothing'"),
    "call of what is not there": ('{% import "lib.html" as lib %}{{ lib.nothing() }}', "can be called"),
    "import of an import": ('{% import "imports_tag.html" as lib %}', "more than macros and imports"),
    "import of a page": ('{% import "part.html" as lib %}', "more than macros and imports"),
    "import by variable": ("{% import a as lib %}", CONSTANT),
    "import over a macro": (IMPORT + "{% macro tag() %}{% endmacro %}", "already means something"),
    "import twice": (IMPORT + '{% from "other.html" import tag %}', "already means something"),
    "import over a function": ('{% from "lib.html" import tag as url_for %}', "already means something"),
    "include of macros": ('{% include "lib.html" %}', "import them"),
    "include that may be missing": ('{% include "no.html" ignore missing %}', "ignore missing"),
    "include without context": ('{% include "part.html" without context %}', "without context"),
    "include by variable": ("{% include a %}", CONSTANT),
    "include of a choice": ('{% include ["a.html", "b.html"] %}', CONSTANT),
    "extends by variable": ("{% extends a %}", CONSTANT),
    "scoped block": ("{% for a in b %}{% block c scoped %}{% endblock %}{% endfor %}", "scoped and required"),
    "required block": ("{% block c required %}{% endblock %}", "scoped and required"),
    "block in a loop": ("{% for a in b %}{% block c %}{% endblock %}{% endfor %}", "a block stands at the top level"),
    "block in a call": (
        IMPORT + "{% call box(1) %}{% block c %}{% endblock %}{% endcall %}",
        "a block stands at the top level",
    ),
    "private block": ("{% block __proto__ %}{% endblock %}", "begins with a letter"),
    "block twice": ("{% block a %}{% endblock %}{% block a %}{% endblock %}", "defined twice"),
    "super outside a block": ("{{ super() }}", "super() stands in a block"),
    "super with arguments": ("{% block a %}{{ super(1) }}{% endblock %}", "takes 0 arguments"),
    "super's super": ("{% block a %}{{ super.super() }}{% endblock %}", "can be called"),
    "self": ("{% block a %}{% endblock %}{{ self.a() }}", "can be called"),
    "request": ("{{ request.path }}", "cannot be used as a value"),
    "config": ("{{ config.SECRET_KEY }}", "cannot be used as a value"),
    "session": ("{{ session }}", "cannot be used as a value"),
    "g": ("{{ g.agent }}", "cannot be used as a value"),
    "for if": ("{% for a in b if a %}{% endfor %}", "neither `if` nor `recursive`"),
    "recursive": ("{% for a in b recursive %}{{ loop(a) }}{% endfor %}", "neither `if` nor `recursive`"),
    "unpacking": ("{% for a, b in c %}{% endfor %}", "for has one name"),
    "loop's other fields": ("{% for a in b %}{{ loop.length }}{% endfor %}", "loop.index, loop.first and loop.last"),
    "loop.index0": ("{% for a in b %}{{ loop.index0 }}{% endfor %}", "loop.index, loop.first and loop.last"),
    "loop.cycle": ("{% for a in b %}{{ loop.cycle('x') }}{% endfor %}", "can be called"),
    "loop outside": ("{{ loop.index }}", "loop.index, loop.first and loop.last"),
    "loop as a value": ("{% for a in b %}{% set c = loop %}{% endfor %}", "neither in a loop"),
    "loop handed on": (IMPORT + "{% for a in b %}{{ tag(loop) }}{% endfor %}", "cannot be used as a value"),
    "loop of the caller's page": ("{% for a in b %}{% include 'reads_loop.html' %}{% endfor %}", "no template"),
    "set in a loop": ("{% for a in b %}{% set c = 1 %}{% endfor %}", "neither in a loop nor in an if"),
    "set in an if": ("{% if a %}{% set c = 1 %}{% endif %}", "neither in a loop nor in an if"),
    "set block in a loop": ("{% for a in b %}{% set c %}1{% endset %}{% endfor %}", "neither in a loop nor in an if"),
    "set of two": ("{% set a, b = c %}", "set gives one name a value"),
    "set twice": ("{% set a = 1 %}{% set a = 2 %}", "once, before it is read"),
    "set after reading": ("{{ a }}{% set a = 2 %}", "once, before it is read"),
    "set of itself": ("{% set a = a %}", "once, before it is read"),
    "set of a parameter": ("{% macro m(a) %}{% set a = 1 %}{% endmacro %}{{ m(1) }}", "once, before it is read"),
    "set over a macro": (IMPORT + "{% set tag = 1 %}", "already means something"),
    "set of a function": ("{% set url_for = 1 %}", "is taken"),
    "set of loop": ("{% set loop = 1 %}", "is taken"),
    "private name": ("{% set __proto__ = 1 %}", "is taken"),
    "text by variable": ("{{ _(a) }}", CONSTANT),
    "text joined": ("{{ _('a' ~ b) }}", CONSTANT),
    "text with a value missing": ("{{ _('%(a)s') }}", "the text wants ['a']"),
    "text with a value too many": ("{{ _('a', b=1) }}", "the text wants []"),
    "text with another format": ("{{ _('%(a)d', a=1) }}", "only %(name)s"),
    "text with a bare percent": ("{{ _('100%') }}", "only %(name)s"),
    "text with positional values": ("{{ _('%(a)s', 1) }}", "named values"),
    "plural without number": ("{{ ngettext('a', 'b') }}", "named values"),
    "plural with num": ("{{ ngettext('%(num)s', '%(num)s', 1, num=2) }}", "the text wants"),
    "relative address": ("{{ url_for('.index') }}", "not an endpoint"),
    "unknown address": ("{{ url_for('nowhere') }}", "not an endpoint"),
    "address with a query": ("{{ url_for('customers.index', q=a) }}", "takes []"),
    "address without its value": ("{{ url_for('customers.show') }}", "takes ['customer_id']"),
    "address of two rules": ("{{ url_for('twice') }}", "one plain address"),
    "address with a float": ("{{ url_for('odd', x=a) }}", "no twin"),
    "address by variable": ("{{ url_for(a) }}", CONSTANT),
    "absolute address": ("{{ url_for('customers.index', _external=true) }}", "takes []"),
    "trans": ("{% trans %}a{% endtrans %}", "trans"),
    "with": ("{% with a = 1 %}{% endwith %}", "with is not allowed"),
    "do": ("{% do a %}", "do"),
    "autoescape": ("{% autoescape false %}{% endautoescape %}", "not allowed"),
    "break": ("{% for a in b %}{% break %}{% endfor %}", "break"),
    "no Jinja2": ("{% if %}", "expression"),
    "unfinished": ("{% if a %}", "end of"),
    "template that is not there": ('{% include "no.html" %}', "there is no template 'no.html'"),
    "circle": ('{% include "circle.html" %}', "in a circle"),
    "argument named twice": (IMPORT + "{{ tag(text=1, text=2) }}", "keyword argument repeated"),
    "two meanings along includes": (IMPORT + '{% include "reads_tag.html" %}', "is read as a value"),
}
# Jinja2 reports some errors at another line, and some things are wrong in another file.
ELSEWHERE = {
    "circle": ("circle.html", 1),
    "argument named twice": ("page.html", 1),
    "two meanings along includes": ("reads_tag.html", 1),
}
# The same below `extends`, whose refusals stand in line 2 as well: `extends` is line 1.
REFUSED_BELOW = {
    "text outside blocks": ("{{ x }}", "outside the blocks"),
    "words outside blocks": ("words", "outside the blocks"),
    "if outside blocks": ("{% if x %}{% block title %}{% endblock %}{% endif %}", "outside the blocks"),
    "loop outside blocks": ("{% for x in y %}{% endfor %}", "outside the blocks"),
    "include outside blocks": ('{% include "part.html" %}', "outside the blocks"),
    "call outside blocks": (IMPORT + "{% call box(1) %}{% endcall %}", "outside the blocks"),
    "extends twice": ('{% extends "base.html" %}', "very first thing"),
}


def refusals_of(compiled, source: str) -> list:
    with pytest.raises(Refusals) as caught:
        compiled({**SHARED, "page.html": source})
    return caught.value.refused


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(compiled, name):
    source, why = REFUSED[name]
    refused = refusals_of(compiled, "{# line 1 #}\n" + source)
    assert any(why in one.why for one in refused), refused
    place = ELSEWHERE.get(name, ("page.html", 2))
    assert place in {(one.file, one.line) for one in refused}, refused


@pytest.mark.parametrize("name", REFUSED_BELOW)
def test_is_refused_below_extends(compiled, name):
    source, why = REFUSED_BELOW[name]
    refused = refusals_of(compiled, CHILD + "\n" + source)
    assert any(why in one.why and (one.file, one.line) == ("page.html", 2) for one in refused), refused


@pytest.mark.parametrize(
    "source",
    [
        '{% extends "imports_tag.html" %}{% from "lib.html" import tag %}{% block main %}{{ tag("x") }}{% endblock %}',
        '{% extends "sets_t.html" %}{% set t = 2 %}{% block title %}{{ t }}{% endblock %}',
    ],
)
def test_one_name_with_two_meanings_along_inheritance_is_refused(compiled, source):
    assert any("means" in one.why for one in refusals_of(compiled, source))


def test_a_parents_macro_read_as_a_value_is_refused(compiled):
    source = '{% extends "imports_tag.html" %}{% block title %}{{ tag }}{% endblock %}'
    assert any("is read as a value" in one.why for one in refusals_of(compiled, source))


def test_blanks_before_extends_are_refused(compiled):
    assert any("before any blank" in one.why for one in refusals_of(compiled, '\n{% extends "base.html" %}'))


def test_everything_refused_is_named_at_once(compiled):
    source = "{{ a | upper }}\n{{ b + 1 }}\n{% for x in y %}\n{{ x.items }}\n{% endfor %}"
    refused = refusals_of(compiled, source)
    assert [one.line for one in refused] == [1, 2, 4]
    assert str(refused[0]) == "page.html:1: the filter 'upper' is not on the list"


# Template, model, and what both sides say.
GUARDED = {
    "null": ("{{ x }}", {"x": None}, "cannot print: null"),
    "boolean": ("{{ x }}", {"x": True}, "cannot print: boolean"),
    "float": ("{{ x }}", {"x": 1.5}, "cannot print: float"),
    "large": ("{{ x }}", {"x": 2**53}, "cannot print: float"),
    "list": ("{{ x }}", {"x": []}, "cannot print: list"),
    "dict": ("{{ x }}", {"x": {}}, "cannot print: dict"),
    "null in a text": ("{{ _('%(x)s', x=x) }}", {"x": None}, "cannot print: null"),
    "null joined": ("{{ 'a' ~ x }}", {"x": None}, "cannot print: null"),
    "boolean joined to html": ("{{ _('a') ~ x }}", {"x": False}, "cannot print: boolean"),
    "list with a null": ("{{ x | join(',') }}", {"x": ["a", None]}, "cannot print: null"),
    "truth of a string": ("{% if x %}{% endif %}", {"x": ""}, "must be a boolean, not: string"),
    "truth of zero": ("{% if x %}{% endif %}", {"x": 0}, "must be a boolean, not: integer"),
    "truth of an empty list": ("{% if x %}{% endif %}", {"x": []}, "must be a boolean, not: list"),
    "truth of an empty dict": ("{% if not x %}{% endif %}", {"x": {}}, "must be a boolean, not: dict"),
    "truth of null": ("{{ 'a' if x else 'b' }}", {"x": None}, "must be a boolean, not: null"),
    "truth in and": ("{% if true and x %}{% endif %}", {"x": 1}, "must be a boolean, not: integer"),
    "truth in or": ("{% if x or true %}{% endif %}", {"x": "a"}, "must be a boolean, not: string"),
    "truth in elif": ("{% if false %}{% elif x %}{% endif %}", {"x": "a"}, "must be a boolean, not: string"),
    "string and integer": ("{% if x == 1 %}{% endif %}", {"x": "1"}, "cannot compare: string and integer"),
    "boolean and integer": ("{% if x == 1 %}{% endif %}", {"x": True}, "cannot compare: boolean and integer"),
    "null and string": ("{% if x != 'a' %}{% endif %}", {"x": None}, "cannot compare: null and string"),
    "two lists": ("{% if x == x %}{% endif %}", {"x": []}, "cannot compare: list and list"),
    "order of strings": ("{% if x < 'b' %}{% endif %}", {"x": "a"}, "not an integer: string"),
    "order of booleans": ("{% if x >= 1 %}{% endif %}", {"x": True}, "not an integer: boolean"),
    "in a string": ("{% if 'a' in x %}{% endif %}", {"x": "abc"}, "not a list: string"),
    "in a dict": ("{% if 'a' in x %}{% endif %}", {"x": {"a": 1}}, "not a list: dict"),
    "in a list of other things": (
        "{% if 'a' in x %}{% endif %}",
        {"x": ["a", 1]},
        "cannot compare: integer and string",
    ),
    "loop over a string": ("{% for a in x %}{% endfor %}", {"x": "abc"}, "not a list: string"),
    "loop over a dict": ("{% for a in x %}{% endfor %}", {"x": {"a": 1}}, "not a list: dict"),
    "loop over null": ("{% for a in x %}{% endfor %}", {"x": None}, "not a list: null"),
    "length of a string": ("{{ x | length }}", {"x": "𠮷"}, "not a list: string"),
    "no such variable": ("{{ x }}", {}, "x"),
    "no such variable in a condition": ("{% if x %}{% endif %}", {}, "x"),
    "no such variable to loop over": ("{% for a in x %}{% endfor %}", {}, "x"),
    "name of every object": ("{{ constructor }}", {}, "constructor"),
    "no such variable, set and not used": ("{% set a = x %}", {}, "x"),
    "no such variable, passed and not used": ("{% macro m(a) %}{% endmacro %}{{ m(x) }}", {}, "x"),
    "no such field": ("{{ x.name }}", {"x": {"nmae": 1}}, "no such field: name"),
    "field of every object": ("{{ x.constructor }}", {"x": {}}, "no such field: constructor"),
    "field of every list": ("{{ x.length }}", {"x": []}, "list has no field: length"),
    "field of a string": ("{{ x.length }}", {"x": "a"}, "string has no field: length"),
    "field of null": ("{{ x.a }}", {"x": None}, "null has no field: a"),
    "index out of range": ("{{ x[2] }}", {"x": ["a"]}, "no such field: 2"),
    "negative index": ("{{ x[i] }}", {"x": ["a"], "i": -1}, "no such field: -1"),
    "index that is a boolean": ("{{ x[i] }}", {"x": ["a"], "i": False}, "list has no field: boolean"),
    "index of a dict": ("{{ x[0] }}", {"x": {"0": "a"}}, "dict has no field: integer"),
    "element of a string": ("{{ x[0] }}", {"x": "abc"}, "string has no field: integer"),
    "count that is a string": ("{{ ngettext('a', 'b', x) }}", {"x": "1"}, "not an integer: string"),
    "count that is a boolean": ("{{ ngettext('a', 'b', x) }}", {"x": True}, "not an integer: boolean"),
    "address of null": ("{{ url_for('customers.search', word=x, page=1) }}", {"x": None}, ""),
    "no parent block": ("{% block a %}{{ super() }}{% endblock %}", {}, "no parent block"),
}


@pytest.fixture(scope="module")
def guarded(render_both):
    """What both sides say about every guarded template; one Node process makes all."""
    fixtures = [Fixture(f"{name}.html", name, "en", model) for name, (_, model, _) in GUARDED.items()]
    templates = {f"{name}.html": source for name, (source, _, _) in GUARDED.items()}
    return dict(zip(GUARDED, render_both(templates, fixtures), strict=True))


@pytest.mark.parametrize("name", GUARDED)
def test_is_refused_when_printed_on_both_sides(guarded, name):
    server, phone = guarded[name]
    said = GUARDED[name][2]
    assert server.error
    assert phone.error
    assert said in server.error
    assert said in phone.error
