"""What a phone template may say, printed by Jinja2 and by the compiled JavaScript: the same bytes."""

from __future__ import annotations

import pytest

from portal.phone.parity import Fixture

NASTY = {
    "quotes": "\"double\" 'single' `backtick`",
    "ampersand": "Tom & Jerry &amp; &#39; <b>bold</b>",
    "script": "</script><script>alert(1)</script><!-- --> ]]>",
    "template": "${1+1} {{ 1 }} {% if %} \\n \\u2028 %(n)s 100% %%",
    "emoji": "👩‍👩‍👧 🇨🇳 𠮷 㛃 䶮 𬭎",
    "separators": "line\u2028paragraph\u2029next\u0085nbsp\u00a0zero\u200bbom\ufeff",
    "controls": "tab\tnewline\ncarriage\rbell\x07delete\x7f",
    "combining": "e\u0301 \u202eright to left",
    "empty": "",
    "long": "长" * 20_000 + "<&>",
}
SHARED = {
    "base.html": (
        "<!doctype html>\n<html lang={{ shell.lang }}>\n<title>{% block title %}到访{% endblock %}</title>\n"
        "{% block bar %}<h1>base</h1>{% endblock %}\n{% block main %}{% endblock %}\n"
        "{% if shell.loading %}{% block late %}loading{% endblock %}{% endif %}</html>\n"
    ),
    "middle.html": (
        '{% extends "base.html" %}\n{% from "lib.html" import tag %}\n'
        "{% block title %}middle/{{ super() }}{% endblock %}\n"
        "{% block main %}<main>{{ tag('m') }}{% block inner %}middle inner{% endblock %}</main>{% endblock %}\n"
    ),
    "lib.html": (
        '{% from "deep.html" import deep %}\n'
        "{% macro tag(text, kind='plain', wide=false) %}\n"
        '<i class="{{ kind }}{{ " wide" if wide else "" }}">{{ text }}</i>\n{% endmacro %}\n\n'
        '{% macro box(title, n=3) %}<div title="{{ title }}">{{ n }}:{{ caller() }}</div>{% endmacro %}\n'
        "{% macro twice() %}{{ caller() }}|{{ caller() }}{% endmacro %}\n"
        "{% macro outer(x) %}{{ tag(deep(x)) }}{% endmacro %}\n"
        "{% macro countdown(items) %}{% for i in items %}{{ tag(i) }}{% else %}none{% endfor %}{% endmacro %}\n"
        "{% macro wrapped() %}{% set inner = caller() %}{% call box('w') %}[{{ inner }}]{% endcall %}{% endmacro %}\n"
        "{% macro down(node) %}{{ node.name }}{% if node.more %}({{ down(node.next) }}){% endif %}{% endmacro %}\n"
    ),
    "deep.html": "{% macro deep(x) %}<b>{{ x }}</b>{{ _('Today') }}{% endmacro %}",
    "part.html": "<part>{{ x }}{% block p %}/{{ person.name }}{% endblock %}</part>",
    "part_of_middle.html": '{% extends "middle.html" %}{% block inner %}part {{ x }}{% endblock %}',
}
MODEL = {
    "shell": {"lang": "zh-CN", "loading": True, "html_class": "dark"},
    "x": "a<b",
    "n": 3,
    "zero": 0,
    "minus": -7,
    "big": 2**53 - 1,
    "yes": True,
    "no": False,
    "nothing": None,
    "names": ["Ana", "<Bo>", "陈"],
    "numbers": [3, 1, 2],
    "empty": [],
    "table": [["a", "b"], ["c"]],
    "person": {"name": "Tom & 'Jerry'", "age": 44, "vip": True, "items": "own", "tags": ["x", "y"]},
    "people": [{"name": "李 <雷>", "vip": True, "age": 30}, {"name": "韩梅梅", "vip": False, "age": 1}],
    "key": "name",
    "at": 1,
    "tree": {"name": "a", "more": True, "next": {"name": "<b>", "more": False}},
    "nasty": NASTY,
}
LIB = '{% import "lib.html" as lib %}{% from "lib.html" import tag, box, twice as two, outer %}'
SNIPPETS = {
    # printing
    "text": "plain <b>text</b> & more",
    "text with dangers": "`${1}` \\ \u2028 </script> \"q\" 'q' {{ '{{' }}",
    "string": "{{ x }}",
    "integer": "{{ n }} {{ zero }} {{ minus }} {{ big }}",
    "constants": "{{ 'a<b' }}{{ 42 }}{{ \"it's\" }}{{ 'esc\\t\\\\' }}",
    "adjacent": "{{ x }}{{ x }} {{ n }}",
    "raw": "{% raw %}{{ x }} {% if %}{% endraw %}",
    "comment": "a{# {{ x }} \n #}b",
    "trim": "a {%- if yes -%} b {%- endif %} c\n  {{- x -}}\n d",
    "lines": "<ul>\n  {% for i in numbers %}\n  <li>{{ i }}</li>\n  {% endfor %}\n</ul>\n\n",
    "trailing newlines": "x\n\n",
    "windows newlines": "a\r\nb\r\n{% if yes %}\r\nc\r\n{% endif %}\r\n",
    # names and fields
    "field": "{{ person.name }} {{ person['age'] }} {{ person[\"items\"] }}",
    "field by variable": "{{ person[key] }}",
    "element": "{{ names[0] }} {{ names[at] }} {{ table[0][1] }} {{ names.1 }}",
    "unused null": "{{ person.name }}{% if no %}{{ nothing }}{% endif %}",
    "missing in a branch not taken": "{{ 'a' if yes else absent }}{% if no %}{{ absent.b }}{% endif %}",
    # conditions
    "if": "{% if yes %}a{% endif %}{% if no %}b{% endif %}",
    "elif": "{% if no %}a{% elif n == 3 %}b{% elif absent %}c{% else %}d{% endif %}",
    "else": "{% if no %}a{% elif n > 3 %}b{% else %}c{% endif %}",
    "not and or": "{% if not no and (yes or absent) and not (no and absent) %}a{% endif %}",
    "constant condition": "{% if true %}a{% endif %}{% if false %}b{% endif %}{{ 'x' if true else 'y' }}",
    "equal strings": "{{ 'y' if x == 'a<b' else 'n' }}{{ 'y' if x != 'a<b' else 'n' }}{{ 'y' if x == key else 'n' }}",
    "equal integers": "{{ 'y' if n == 3 else 'n' }}{{ 'y' if n != 3 else 'n' }}{{ 'y' if zero == n else 'n' }}",
    "equal booleans": "{{ 'y' if yes == no else 'n' }}{{ 'y' if yes == true else 'n' }}",
    "equal html and string": "{% set h %}a{% endset %}{{ 'y' if h == 'a' else 'n' }}{{ 'y' if _('Today') == 'Today' else 'n' }}",
    "order": "{% if n < 4 and n <= 3 and n > 2 and n >= 3 and not n > 3 and minus < zero %}a{% endif %}",
    "in": "{{ 'y' if key in names else 'n' }}{{ 'y' if 'Ana' in names else 'n' }}{{ 'y' if 2 not in numbers else 'n' }}",
    "in a written list": "{{ 'y' if key in ['name', 'b'] else 'n' }}{{ 'y' if n in [] else 'n' }}",
    "inline if": "{{ x if yes else n }}{{ x if no else n }}{{ (x if no else 'b') ~ 'c' }}",
    "nested inline if": "{{ 'a' if no else 'b' if no else 'c<' }}",
    "inline if of html": "{{ _('Today') if yes else x }}{{ _('Today') if no else x }}",
    # loops
    "for": "{% for name in names %}{{ name }},{% endfor %}",
    "for else": "{% for i in empty %}{{ i }}{% else %}none {{ x }}{% endfor %}",
    "for else not taken": "{% for i in numbers %}{{ i }}{% else %}none{% endfor %}",
    "loop": "{% for i in names %}{{ loop.index }}{% if loop.first %}F{% endif %}{{ 'L' if loop.last else '-' }}{% endfor %}",
    "nested loops": (
        "{% for row in table %}{{ loop.index }}:{% for cell in row %}{{ loop.index }}{{ cell }}{% if loop.last %}!{% endif %}"
        "{% endfor %}{{ loop.index }};{% endfor %}"
    ),
    "outer loop in else": "{% for i in numbers %}{% for j in empty %}{% else %}{{ loop.index }}{% endfor %}{% endfor %}",
    "loop over own name": "{% for names in names %}{{ names }}{% endfor %}{{ names[0] }}",
    "shadowed": "{% for x in numbers %}{{ x }}{% endfor %}{{ x }}",
    "written list": "{% for i in ['a', x, n] %}{{ i }}{% endfor %}",
    "loop over field": "{% for p in people %}{{ p.name }}{% if p.vip %}*{% endif %}{% endfor %}",
    "loop with condition of its element": "{% for p in people %}{% if p.age > 18 and p.vip %}{{ p.name }}{% endif %}{% endfor %}",
    # set and ~
    "set": "{% set a = x %}{{ a }}{% set b = a ~ '!' %}{{ b }}",
    "set block": "{% set a %}<b>{{ x }}</b>{% endset %}{{ a }}{{ a ~ x }}",
    "set of a list": "{% set a = [x, 'b'] %}{% for i in a %}{{ i }}{% endfor %}",
    "set of a condition": "{% set a = n > 2 %}{% if a %}yes{% endif %}",
    "join of strings": "{{ x ~ '<' ~ n }}{{ x ~ n ~ minus }}",
    "join with html": "{{ x ~ _('Tom & Jerry <b>') ~ '<i>' }}",
    "join twice": "{% set a = x ~ '<' %}{{ a ~ a }}",
    # filters
    "length": "{{ names | length }} {{ empty|length }}{% if names | length > 2 %}many{% endif %}",
    "join": "{{ names | join(', ') }}{{ numbers|join('<') }}{{ empty | join('x') }}",
    "join html": "{{ [x, _('Today')] | join('<') }}{{ names | join(_('Tom & Jerry <b>')) }}",
    # texts
    "text of the catalogue": "{{ _('Today') }} {{ _('Tom & Jerry <b>') }} {{ _('unknown text') }}",
    "text with values": "{{ _('%(name)s is %(age)s', name=person.name, age=n) }}",
    "text with percent": "{{ _('100%% of %(name)s', name=x) }}{{ _('100%%') }}",
    "text with html value": "{{ _('%(name)s is %(age)s', name=_('Tom & Jerry <b>'), age=x) }}",
    "text with value that looks like a parameter": "{{ _('%(name)s is %(age)s', name='%(age)s %', age='%%') }}",
    "plural": "{% for i in [0, 1, 2, n] %}{{ ngettext('%(num)s visit', '%(num)s visits', i) }};{% endfor %}",
    "plural with values": "{{ ngettext('%(name)s has %(num)s policy', '%(name)s has %(num)s policies', n, name=x) }}",
    "plural without number": "{{ ngettext('one visit', 'visits', 1) }}{{ ngettext('one visit', 'visits', n) }}",
    # addresses
    "address": "{{ url_for('customers.index') }}",
    "address with id": "{{ url_for('customers.show', customer_id='0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000') }}",
    "address with words": "{{ url_for('customers.search', word=x, page=n) }}",
    "address with nasty words": (
        '{% for w in [nasty.quotes, nasty.ampersand, nasty.template, nasty.emoji, nasty.controls, "/?#[]@!$&\'()*+,;=:-._~|^"] %}'
        "{{ url_for('customers.search', word=w, page=1) }} {{ url_for('files', name=w) }}\n{% endfor %}"
    ),
    # macros
    "macro": LIB + "{{ tag(x) }}{{ tag(n, 'k') }}{{ tag(kind='<', text='t') }}{{ lib.tag('q', wide=true) }}",
    "macro in text": LIB + "{{ tag(x) ~ x }}{{ 'a' ~ tag(tag(x)) }}",
    "macro as value": LIB + "{% set a = tag(x) %}{{ a }}{{ tag(a) }}",
    "macro in condition": LIB + "{{ tag(x) if yes else tag(n) }}",
    "macro of macro": LIB + "{{ outer(x) }}{{ lib.countdown(names) }}{{ lib.countdown(empty) }}",
    "recursive macro": LIB + "{{ lib.down(tree) }}",
    "call": LIB + "{% call box(x) %}<p>{{ person.name }}</p>{% endcall %}",
    "call twice": LIB + "{% call two() %}{{ x }}{% endcall %}",
    "call in loop": LIB
    + "{% for p in people %}{% call box(p.name, n=loop.index) %}{{ loop.index }}{{ p.age }}{% endcall %}{% endfor %}",
    "loop in call": LIB + "{% call two() %}{% for i in names %}{{ loop.index }}{{ i }}{% endfor %}{% endcall %}",
    "call in call": LIB + "{% call box(1) %}{% call lib.twice() %}{{ x }}{% endcall %}{% endcall %}",
    "caller handed on": LIB + "{% call lib.wrapped() %}{{ x }}{% endcall %}",
    "set in call": LIB + "{% for i in numbers %}{% call two() %}{% set a = i ~ x %}{{ a }}{% endcall %}{% endfor %}",
    "macro of the page": "{% macro m(a, b='<') %}{{ a }}{{ b }}{% endmacro %}{{ m(x) }}{{ m(b=n, a=x) }}",
    "import below text": "<p>" + LIB + "{{ tag(x) }}",
    "macro below a block": "{% block a %}{{ x }}{% endblock %}{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(x) }}",
    # inheritance and includes
    "extends": '{% extends "base.html" %}\n{% block main %}<p>{{ x }}</p>{% endblock %}\n',
    "super": '{% extends "base.html" %}{% block title %}{{ super() }}|{{ super() ~ x }}{% endblock %}',
    "three levels": (
        '{% extends "middle.html" %}\n{% from "lib.html" import box %}\n'
        "{% block title %}page/{{ super() }}{% endblock %}\n"
        "{% block inner %}{% call box(x) %}[{{ super() }}]{% endcall %}{% endblock %}\n"
        "{% block late %}{{ person.name }} {{ super() }}{% endblock %}"
    ),
    "three levels, outer block": '{% extends "middle.html" %}{% block main %}<{{ super() }}>{% endblock %}',
    "super in a loop": '{% extends "base.html" %}{% block title %}{% for i in numbers %}{{ super() }}{{ i }}{% endfor %}{% endblock %}',
    "set above blocks": '{% extends "base.html" %}{% set t = x ~ "!" %}{% block title %}{{ t }}{% endblock %}{% block main %}{{ t }}{% endblock %}',
    "set inside a block": '{% extends "base.html" %}{% block main %}{% set x = "mine" %}{{ x }}{% endblock %}{% block title %}{{ x }}{% endblock %}',
    "blocks of a plain page": "{% block a %}{{ x }}{% block b %}{{ n }}{% endblock %}{% endblock %}{% set q = 1 %}{% block c %}{{ q }}{% endblock %}",
    "include": '{% include "part.html" %}{% set p = 1 %}{% include "part.html" %}',
    "include sees locals": '{% for x in names %}{% include "part.html" %}{% endfor %}{% for person in people %}{% include "part.html" %}{% endfor %}',
    "include in call": LIB + '{% for x in numbers %}{% call two() %}{% include "part.html" %}{% endcall %}{% endfor %}',
    "include of a page that extends": '{% block inner %}mine{% endblock %}{% include "part_of_middle.html" %}',
    "include in a block": '{% extends "base.html" %}{% block main %}{% set x = "set" %}{% include "part.html" %}{% endblock %}',
    # dangers
    "nasty": "{% for s in ["
    + ", ".join(f"nasty.{key}" for key in NASTY)
    + '] %}<p title="{{ s }}">{{ s }}</p>\n{% endfor %}',
    "nasty in texts": "{% for s in ["
    + ", ".join(f"nasty.{key}" for key in NASTY)
    + "] %}{{ _('%(name)s is %(age)s', name=s, age=1) }}{{ s ~ s }}\n{% endfor %}",
    "names of JavaScript": "{% set class = 1 %}{% set o = 2 %}{% set c = 3 %}{% for let in numbers %}{{ let }}{{ class }}{{ o }}{{ c }}{% endfor %}",
    "names of the runtime": "{% set print = 1 %}{% set list = 2 %}{% for at in numbers %}{{ at }}{{ list }}{{ print }}{% endfor %}",
    "Chinese names": "{% set 姓名 = x %}{{ 姓名 }}",
}
FIXTURES = [Fixture(f"{name}.html", name, lang, MODEL) for name in SNIPPETS for lang in ("en", "zh-CN")]


@pytest.fixture(scope="module")
def printed(render_both):
    """Both renderings of every snippet in both languages; one Node process makes all."""
    pages = {f"{name}.html": source for name, source in SNIPPETS.items()}
    pairs = render_both({**SHARED, **pages}, FIXTURES)
    return {(fixture.name, fixture.lang): pair for fixture, pair in zip(FIXTURES, pairs, strict=True)}


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize("name", SNIPPETS)
def test_prints_the_same(printed, name, lang):
    server, phone = printed[name, lang]
    assert (server.error, phone.error) == ("", "")
    assert phone.html == server.html


def test_there_are_enough_snippets():
    assert len(SNIPPETS) >= 60
