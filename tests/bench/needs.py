"""The needs analysis in a real Chromium held to a quarter of a core: the gap worked out, a slider that moves."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from portal.needs.sample import FAMILY
from tests.bench.phone import ROOT, SHARES, browser, download
from tests.bench.report import Report
from tests.bench.slow import quota
from tests.e2e.conftest import Server, chromium, free_port

ROUNDS = 15
WARM = 5
#: From the finger's move to the frame that shows what it makes.
REDRAW = """async () => {
    const slider = document.querySelector("live-sum input[type=range]");
    const result = document.querySelector("live-sum [data-live=result]");
    const drawn = new Promise((resolve) => {
        const watch = new MutationObserver(() => {
            watch.disconnect();
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0));
        });
        watch.observe(result, {childList: true});
    });
    slider.value = String(Number(slider.value) + (slider.value === slider.max ? -1 : 1) * Number(slider.step));
    const before = performance.now();
    slider.dispatchEvent(new Event("input", {bubbles: true}));
    return (await drawn) - before;
}"""


def run(report: Report, folder: Path) -> None:
    home = folder / "needs-server"
    home.mkdir()
    server = Server(home, free_port())
    server.doorstep("migrate")
    server.doorstep("seed", "--size", "small")
    profile = folder / "profile-needs"
    try:
        with sync_playwright() as playwright:
            server.start()
            report.title("needs analysis: the demo's family, full speed and a quarter of a core")
            download(report, playwright, profile, server, "demo")
            server.kill()
            for share in SHARES:
                with quota(chromium() or playwright.chromium.executable_path, share, folder) as slow:
                    report.title(f"needs analysis, server gone, {slow.how}")
                    context = browser(playwright, slow.executable, profile, server)
                    page = context.pages[0]
                    _gap(report, page)
                    _slider(report, page)
                    context.close()
    finally:
        server.kill()


def _gap(report: Report, page: Page) -> None:
    """All lines of every member; whoever tells incomes as bands makes three calculations of one."""
    page.goto("about:blank")
    page.evaluate(_bundle())
    banded = {**FAMILY, "M04:mei": {"low_fen": 10_000_000, "high_fen": 20_000_000}}
    first = _times(page, FAMILY, 1)
    report.times("gap of a family of five, the very first (expressions are read)", first)
    report.times("gap of a family of five", _times(page, FAMILY, ROUNDS * 2), "aim <= 10 ms")
    report.times("the same with an income as a band (three times)", _times(page, banded, ROUNDS * 2))


def _times(page: Page, answers: dict[str, Any], rounds: int) -> list[float]:
    each = page.evaluate("([answers, rounds]) => gapTimes(answers, rounds)", [answers, rounds])
    return [one / 1000 for one in each]


def _bundle() -> str:
    command = [str(ROOT / "node_modules/.bin/esbuild"), str(Path(__file__).with_name("gap.js")), "--bundle"]
    command += ["--format=iife", "--log-level=warning"]
    made = subprocess.run(command, capture_output=True, check=True, env={"PATH": str(Path(sys.executable).parent)})
    return made.stdout.decode()


def _slider(report: Report, page: Page) -> None:
    page.goto("/customers?q=林雪梅")
    card = page.locator("main a.who").first.get_attribute("href")
    page.goto(f"{card}/analyses")
    page.goto(str(page.locator("main a[href^='/analyses/']").first.get_attribute("href")))
    page.goto(str(page.locator("main .segmented a[href*='member=']").first.get_attribute("href")))
    page.goto(str(page.locator("main a[href$='/life']").first.get_attribute("href")))
    page.locator("live-sum input[type=range]").first.wait_for()
    each = []
    for _ in range(WARM + ROUNDS):
        each.append(page.evaluate(REDRAW) / 1000)
        time.sleep(0.3)
    report.times("slider: the first moves, move to picture", each[:WARM])
    report.times("slider: move to picture", each[WARM:], "aim <= 100 ms")
