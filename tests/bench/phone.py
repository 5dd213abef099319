"""The phone's half in a real Chromium held to a quarter of a core, with a book of 10,000 customers, server killed."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.bench.report import Report
from tests.bench.slow import quota
from tests.e2e.conftest import PHONE, QUIET, Server, chromium, free_port

SHARE = 0.25
ROUNDS = 7
PASSWORD = "doorstep-demo"


def run(report: Report, folder: Path) -> None:
    home = folder / "phone-server"
    home.mkdir()
    server = Server(home, free_port())
    server.doorstep("migrate")
    server.doorstep("seed", "--size", "large")
    server.start()
    profile = folder / "profile"
    try:
        with sync_playwright() as playwright:
            report.title("first download in the browser, full speed")
            _first_download(report, playwright, chromium(), profile, server)
            server.kill()
            with quota(chromium() or playwright.chromium.executable_path, SHARE, folder) as slow:
                report.title(f"phone with the server gone, browser held: {slow.how}")
                _offline(report, playwright, slow.executable, profile, server)
    finally:
        server.kill()


def _browser(playwright, executable: str | None, profile: Path, server: Server):
    context = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=executable, args=QUIET, viewport=PHONE, base_url=server.url, locale="zh-CN",
        timezone_id="Asia/Shanghai", has_touch=True, is_mobile=True,
    )  # fmt: skip
    context.set_default_timeout(180_000)
    return context


def _first_download(report: Report, playwright, executable, profile: Path, server: Server) -> None:
    context = _browser(playwright, executable, profile, server)
    page = context.pages[0]
    page.goto("/sign-in")
    page.fill("[name=username]", "large")
    page.fill("[name=password]", PASSWORD)
    before = time.perf_counter()
    page.click("button[type=submit]")
    page.wait_for_url("**/today", timeout=180_000)
    report.figure("signed in to everything of 10,000 customers stored", f"{time.perf_counter() - before:.1f} s")
    context.close()


def _offline(report: Report, playwright, executable: str, profile: Path, server: Server) -> None:
    context = _browser(playwright, executable, profile, server)
    page = context.pages[0]
    session = context.new_cdp_session(page)
    session.send("ServiceWorker.enable")

    def stop_worker() -> None:
        session.send("ServiceWorker.stopAllWorkers")
        time.sleep(0.3)

    first = _open(page, "/today")
    report.figure("cold browser, cold worker: today", f"{first * 1000:.0f} ms", "aim <= 1,000 ms")
    for path, what in (("/today", "today"), ("/customers", "customers")):
        cold = []
        for _ in range(ROUNDS):
            stop_worker()
            cold.append(_open(page, path))
        report.times(f"{what}, worker stopped", cold, "aim <= 1,000 ms" if path == "/today" else "")
        report.times(f"{what}, worker warm", [_open(page, path) for _ in range(ROUNDS)])
    _open(page, "/customers")
    report.times("tap a card", [_tap(page) for _ in range(ROUNDS)], "aim <= 100 ms")
    _open(page, "/customers")
    for query in ("lx", "wang", "1380", "浙A"):
        each = [_search(page, query) for _ in range(ROUNDS)]
        report.times(f"search 10,000 customers for {query!r}, request to fragment", each[1:], "aim <= 50 ms")
    context.close()
    assert statistics.median([first]) > 0


def _open(page: Page, path: str) -> float:
    """Seconds from asking to the page's content being there."""
    page.goto(path, wait_until="domcontentloaded")
    assert page.locator("main").count() == 1
    return page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd") / 1000


def _tap(page: Page) -> float:
    page.goto("/customers", wait_until="domcontentloaded")
    page.locator("main a.who").first.click()
    page.wait_for_url("**/customers/*-*")
    page.wait_for_load_state("domcontentloaded")
    return page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd") / 1000


def _search(page: Page, query: str) -> float:
    ask = """async (q) => {
        const before = performance.now();
        const answer = await fetch("/customers?q=" + encodeURIComponent(q), {headers: {"HX-Request": "true"}});
        await answer.text();
        return performance.now() - before;
    }"""
    return page.evaluate(ask, query) / 1000
