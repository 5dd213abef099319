"""Plans from a gap in a real Chromium held to a quarter of a core: three of them made, a sum changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.bench.phone import QUIET, ROOT, SHARES
from tests.bench.report import Report
from tests.bench.slow import quota
from tests.e2e.conftest import chromium
from tests.portal.proposals.planning import SETTINGS, catalogue, facts, lis, plan

ROUNDS = 30


def run(report: Report, folder: Path) -> None:
    report.title("plans for a family of five, the demo catalogue of thirteen products")
    with sync_playwright() as playwright:
        for share in SHARES:
            with quota(chromium() or playwright.chromium.executable_path, share, folder) as slow:
                report.line(slow.how)
                started = playwright.chromium.launch(executable_path=slow.executable, args=QUIET)
                _plans(report, started.new_page())
                started.close()


def _plans(report: Report, page: Page) -> None:
    page.goto("about:blank")
    page.evaluate(_bundle())
    found = page.evaluate("([given, rounds]) => planTimes(given, rounds)", [_given(), ROUNDS])
    seconds = {name: [one / 1000 for one in each] for name, each in found.items() if name != "first"}
    report.times("three plans, priced and checked, the very first time", [found["first"] / 1000], "aim <= 300 ms")
    report.times("three plans made", seconds["make"], "aim <= 300 ms")
    report.times("three plans made, priced, closed, checked", seconds["whole"], "aim <= 300 ms")
    report.times("a sum changed: priced, closed, checked", seconds["change"], "aim <= 50 ms")


def _given() -> dict[str, Any]:
    family = lis()
    around = facts(family, plan())
    return {
        "result": family.result,
        "people": family.people,
        "policies": family.policies,
        "catalogue": catalogue(),
        "settings": SETTINGS,
        "facts": around,
    }


def _bundle() -> str:
    command = [str(ROOT / "node_modules/.bin/esbuild"), str(Path(__file__).with_name("plans.js")), "--bundle"]
    command += ["--format=iife", "--log-level=warning"]
    made = subprocess.run(command, capture_output=True, check=True, env={"PATH": str(Path(sys.executable).parent)})
    return made.stdout.decode()
