"""Walking a page by the Tab key: what is reached, in which order, and whether one sees where one is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

KEYBOARD = Path(__file__).with_suffix(".js").read_text().strip().rstrip(";")
MOST = 150
# Something that was not there at the start: a draft that came back offers to be thrown away.
NEW = -1


@dataclass
class Steps:
    """What was wrong on the way."""

    missed: list[str] = field(default_factory=list)
    backwards: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)


def tabbed(page: Page) -> Steps:
    """Tab from the top until the focus leaves the page."""
    steps, wanted = Steps(), page.evaluate(KEYBOARD, "start")
    reached: list[int] = []
    floor = -1.0
    for _ in range(MOST):
        page.keyboard.press("Tab")
        here = page.evaluate(KEYBOARD, "here")
        if here is None or here["step"] in reached[:-1]:
            break
        # A field for a date has a stop for each of its parts.
        if here["step"] == NEW or here["step"] in reached:
            continue
        reached.append(here["step"])
        if not here["marked"]:
            steps.unmarked.append(here["html"])
        if here["bottom"] < floor:
            steps.backwards.append(here["html"])
        floor = here["top"]
    steps.missed = [one for at, one in enumerate(wanted) if at not in reached]
    return steps
