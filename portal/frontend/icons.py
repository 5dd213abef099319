"""One sprite with the icons that are used, cut from the npm package @tabler/icons; the door is our own."""

from __future__ import annotations

import re
from pathlib import Path

# A macro call in a template, a view-model's field, or a plain reference.
USES = (
    re.compile(r"""icon\(shell, ["']([a-z0-9-]+)["']"""),
    re.compile(r"""\bicon: ["']([a-z0-9-]+)["']"""),
    re.compile(r"""#i-([a-z0-9-]+)"""),
)
BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
BLANK = re.compile(r"\s*\n\s*")


class NoSuchIcon(Exception):
    """A template names an icon that neither the package nor our own folder has."""


def used(root: Path) -> set[str]:
    """Names of icons that templates and page functions mention, and those listed in img/icons.txt."""
    names: set[str] = set()
    listed = root / "portal" / "static" / "img" / "icons.txt"
    if listed.exists():
        names |= set(listed.read_text().split())
    sources = [*(root / "portal" / "templates").rglob("*.html"), *(root / "portal" / "static" / "js").rglob("*.js")]
    for path in sources:
        if "generated" not in path.parts:
            text = path.read_text()
            names |= {name for pattern in USES for name in pattern.findall(text)}
    return names


def sprite(root: Path) -> str:
    """The sprite as one SVG document. Raises NoSuchIcon."""
    symbols = "".join(_symbol(root, name) for name in sorted(used(root)))
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n'


def _symbol(root: Path, name: str) -> str:
    own = root / "portal" / "static" / "img" / "own" / f"{name}.svg"
    package = root / "node_modules" / "@tabler" / "icons" / "icons"
    for path in (own, package / "outline" / f"{name}.svg", package / "filled" / f"{name}.svg"):
        if path.exists():
            body = BODY.search(path.read_text().split("-->")[-1])
            if body:
                return f'<symbol id="i-{name}" viewBox="0 0 24 24">{BLANK.sub("", body.group(1))}</symbol>'
    raise NoSuchIcon(f"no icon named {name!r}")
