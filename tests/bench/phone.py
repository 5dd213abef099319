"""The phone's half in a real Chromium held to a quarter of a core, server killed; a book of 268 and one of 10,000."""

from __future__ import annotations

import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.bench.report import Report
from tests.bench.slow import quota
from tests.e2e.conftest import PHONE, QUIET, Server, chromium, free_port

BOOKS = (("demo", "268"), ("large", "10,000"))
SHARES = (1.0, 0.25)
ROUNDS = 7
PASSWORD = "doorstep-demo"
ROOT = Path(__file__).resolve().parents[2]


def run(report: Report, folder: Path) -> None:
    home = folder / "phone-server"
    home.mkdir()
    server = Server(home, free_port())
    server.doorstep("migrate")
    server.doorstep("seed", "--size", "large")
    try:
        with sync_playwright() as playwright:
            for username, customers in BOOKS:
                profile = folder / f"profile-{username}"
                server.start()
                report.title(f"first download of {customers} customers in the browser, full speed")
                download(report, playwright, profile, server, username)
                server.kill()
                for share in SHARES:
                    with quota(chromium() or playwright.chromium.executable_path, share, folder) as slow:
                        report.title(f"{customers} customers, server gone, {slow.how}")
                        _offline(report, playwright, slow.executable, profile, server)
    finally:
        server.kill()


def browser(playwright, executable: str | None, profile: Path, server: Server):
    context = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=executable, args=QUIET, viewport=PHONE, base_url=server.url, locale="zh-CN",
        timezone_id="Asia/Shanghai", has_touch=True, is_mobile=True,
    )  # fmt: skip
    context.set_default_timeout(180_000)
    return context


def download(report: Report, playwright, profile: Path, server: Server, username: str) -> None:
    context = browser(playwright, chromium(), profile, server)
    page = context.pages[0]
    page.goto("/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    before = time.perf_counter()
    page.click("button[type=submit]")
    page.wait_for_url("**/today", timeout=180_000)
    report.figure("signed in to everything stored", f"{time.perf_counter() - before:.1f} s")
    context.close()


def _offline(report: Report, playwright, executable: str, profile: Path, server: Server) -> None:
    context = browser(playwright, executable, profile, server)
    page = context.pages[0]
    session = context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    report.figure("today, browser just started: first paint", f"{_open(page, '/today')['paint'] * 1000:.0f} ms")
    for path in ("/today", "/customers"):
        stopped = []
        for _ in range(ROUNDS):
            session.send("ServiceWorker.stopAllWorkers")
            time.sleep(0.3)
            stopped.append(_open(page, path))
        _pages(report, f"{path}, worker stopped", stopped, "aim <= 1,000 ms" if path == "/today" else "")
        _pages(report, f"{path}, worker warm", [_open(page, path) for _ in range(ROUNDS)])
    _pages(report, "tap a card", [_tap(page) for _ in range(ROUNDS)], "aim <= 100 ms")
    _open(page, "/customers")
    for query in ("lx", "wang", "1380", "浙A"):
        each = [_search(page, query) for _ in range(ROUNDS)]
        report.times(f"search for {query!r}, request to fragment", each[1:], "aim <= 50 ms")
    context.close()


def _pages(report: Report, what: str, each: list[dict[str, float]], aim: str = "") -> None:
    report.times(f"{what}: answered by the worker", [one["answer"] for one in each])
    report.times(f"{what}: first paint", [one["paint"] for one in each], aim)


def _open(page: Page, path: str) -> dict[str, float]:
    page.goto(path, wait_until="domcontentloaded")
    return _moments(page)


def _tap(page: Page) -> dict[str, float]:
    _open(page, "/customers")
    page.locator("main a.who").first.click()
    page.wait_for_url("**/customers/*-*", wait_until="domcontentloaded")
    return _moments(page)


def _moments(page: Page) -> dict[str, float]:
    """Seconds from the navigation to the worker's answer and to what a person sees."""
    assert page.locator("h1").count() >= 1
    while (paint := page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")) == 0:
        time.sleep(0.02)
    answer = page.evaluate("performance.getEntriesByType('navigation')[0].responseEnd")
    return {"answer": answer / 1000, "paint": paint / 1000}


def _search(page: Page, query: str) -> float:
    ask = """async (q) => {
        const before = performance.now();
        const answer = await fetch("/customers?q=" + encodeURIComponent(q), {headers: {"HX-Request": "true"}});
        await answer.text();
        return performance.now() - before;
    }"""
    return page.evaluate(ask, query) / 1000
