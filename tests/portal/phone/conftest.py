"""Templates out of a dict, rendered by Jinja2 and, compiled, by Node."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from jinja2 import DictLoader

from portal.phone.build import compile_templates, urls_of
from portal.phone.parity import Fixture, Rendered
from tests.portal.phone.sides import ADDRESSES, CATALOGUES, sides


@pytest.fixture(scope="session")
def render_both() -> Callable[..., list[tuple[Rendered, Rendered]]]:
    """Render fixtures on both sides: a pair (server, phone) for each."""

    def render(templates: Mapping[str, str], fixtures: list[Fixture]) -> list[tuple[Rendered, Rendered]]:
        made = sides(templates, {fixture.template for fixture in fixtures})
        phone, _missed = made.in_node(fixtures, CATALOGUES)
        return list(zip(made.in_python(fixtures), phone, strict=True))

    return render


@pytest.fixture(scope="session")
def compiled() -> Callable[..., str]:
    """Compile one page of some templates; raises Refusals."""

    def compile_page(templates: Mapping[str, str], page: str = "page.html") -> str:
        return compile_templates(DictLoader(dict(templates)), [page], urls_of(ADDRESSES))[0]

    return compile_page
