"""Real Chromium at phone size against a real server process that can be killed."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.people import PASSWORD
from tests.processes import dies_with_us

ROOT = Path(__file__).resolve().parents[2]
PHONE = {"width": 390, "height": 844}
# A test browser calls nobody but the server under test.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str | None:
    """Where Chromium is: CHROMIUM, the system's, or None for the one that Playwright has downloaded."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found or any(Path.home().glob(".cache/ms-playwright/chromium-*")):
        return found
    pytest.fail(
        "No Chromium found. Install one (Debian: apt-get install chromium), name it in CHROMIUM, "
        "or run: .venv/bin/playwright install chromium",
        pytrace=False,
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": chromium(), "args": QUIET}


@dataclass
class Server:
    """`doorstep serve` as a process of its own, with its own folder and database."""

    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None
    readers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATA_DIR": str(self.folder),
            "PORT": str(self.port),
            "LOG_LEVEL": "WARNING",
            "FAILPOINTS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.settings,
        }

    def doorstep(self, *arguments: str, text: str = "") -> dict:
        """Run the console script with --json and return what it says."""
        command = [str(Path(sys.executable).with_name("doorstep")), *arguments, "--json"]
        made = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=ROOT,
            timeout=120,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        return json.loads(made.stdout)

    def start(self, **more: str) -> None:
        """Serve until `kill`. `more` are settings of this start only, failpoints for example."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("doorstep")), "serve"],
                env={**self.environment, **more},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_us,
            )
        wait_for(self._answers, "the server answers", seconds=30)

    def _answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, (self.folder / "server.log").read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """SIGKILL to the whole process group: nothing is said good-bye to."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def fired(self, failpoint: str) -> bool:
        """Whether a failpoint was reached, as the server wrote down just before it acted."""
        return (self.folder / "failpoints" / f"{failpoint}.fired").exists()

    @property
    def people(self) -> dict[str, str]:
        """Ids of the cast of tests/people.py by username."""
        return json.loads((self.folder / "people.json").read_text())

    def write(self, agent_id: str, edits: list[dict], name: str = "office") -> list[dict]:
        """What somebody at a desk writes into an agent's book: edits without `n`; returns the verdicts."""
        return json.loads(
            self.python(
                "import json\nfrom sync.apply import apply_edits\nfrom sync.devices import server_author\n"
                f"author = server_author({name!r}, {agent_id!r})\n"
                f"print(json.dumps(apply_edits(json.loads({json.dumps(edits)!r}), author), default=str))"
            )
        )

    def book(self, username: str, password: str = PASSWORD) -> dict[str, list[dict]]:
        """Everything a new phone of this agent would get, by kind: the server's truth, through the front door."""
        if username not in self.readers:
            basic = base64.b64encode(f"{username}:{password}".encode()).decode()
            self.readers[username] = self._call("/sync/devices", f"Basic {basic}", {"label": "Reading"})["token"]
        lines = self._call("/sync/snapshot", f"Bearer {self.readers[username]}")
        kinds: dict[str, list[dict]] = {}
        for line in lines[1:]:
            kinds.setdefault(line["kind"], []).append(line["row"])
        return kinds

    def _call(self, path: str, authorization: str, body: dict | None = None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            text = response.read().decode()
        return json.loads(text) if body is not None else [json.loads(line) for line in text.splitlines()]

    def python(self, code: str) -> str:
        """Run Python inside the application's context and return what it prints."""
        program = f"from portal import create_app\napp = create_app()\nwith app.app_context():\n{_indented(code)}"
        made = subprocess.run(
            [sys.executable, "-"],
            input=program,
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=ROOT,
            timeout=120,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        return made.stdout


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.strip().splitlines())


def wait_for(holds: Callable[[], object], what: str, seconds: float = 10) -> None:
    """Ask until it holds."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"waited {seconds} s in vain until {what}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server with a migrated database and the cast of tests/people.py; to be copied."""
    folder = tmp_path_factory.mktemp("office")
    made = Server(folder, 0)
    made.doorstep("migrate")
    people = made.python(
        "import json\nfrom tests.people import cast\n"
        "print(json.dumps({one.username: one.id for one in cast(app).everybody()}))"
    )
    (folder / "people.json").write_text(people)
    return folder


@pytest.fixture
def server(tmp_path: Path, office: Path) -> Iterator[Server]:
    """A server with the cast in its database; not started yet.

    Phones ask by themselves: one that hears at once that the server is back would be there before the person at the
    desk of whom a story says that they were first. tests/e2e/test_live.py has it the other way.
    """
    folder = tmp_path / "server"
    shutil.copytree(office, folder)
    made = Server(folder, free_port(), {"LIVE": "0"})
    try:
        yield made
    finally:
        made.kill()


class Phone:
    """One phone: a Chromium with a profile of its own that survives being killed."""

    def __init__(self, playwright, profile: Path, url: str, lang: str) -> None:
        self.playwright, self.profile, self.url, self.lang = playwright, profile, url, lang
        self.open()

    def open(self) -> None:
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.profile),
            executable_path=chromium(),
            args=QUIET,
            viewport=PHONE,
            base_url=self.url,
            locale=self.lang,
            timezone_id="Asia/Shanghai",
            has_touch=True,
            is_mobile=True,
            device_scale_factor=2,
        )
        self.context.set_default_timeout(30_000)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """From the first visit to today's list, with the whole book on the phone."""
        self.page.goto("/today")
        self.page.locator("#username").fill(username)
        self.page.locator("#password").fill(password)
        self.page.locator("#password").press("Enter")
        self.page.wait_for_url("**/today")

    def sign_in_again(self, username: str) -> None:
        """To the server's pages: a browser that was killed may have lost its session, not the book."""
        origin = self.page.evaluate("location.origin")
        self.page.request.post(
            "/sign-in", form={"username": username, "password": PASSWORD}, headers={"Origin": origin}
        )

    def save(self) -> None:
        """Send the form of this page and wait for the page after it."""
        with self.page.expect_navigation():
            self.page.locator("button[type=submit]:visible").last.click()

    def synced(self) -> None:
        """Wait until nothing is left to send."""
        self.page.locator(".sync[data-state=synced], .sync[data-state=conflict]").first.wait_for()

    def kill(self) -> None:
        """SIGKILL to every process of this browser, by the profile it was started with."""
        mine = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and self._is_mine(entry)]
        for pid in mine:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        with contextlib.suppress(Exception):
            self.context.close()
        for lock in self.profile.glob("Singleton*"):
            lock.unlink()

    def _is_mine(self, entry: Path) -> bool:
        try:
            return f"--user-data-dir={self.profile}".encode() in (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.context.close()


@pytest.fixture
def phones(playwright, tmp_path: Path, server: Server) -> Iterator[Callable[..., Phone]]:
    """Makes phones: `phones()`, `phones("en")`, `phones(url=…)`, each with a profile of its own."""
    made: list[Phone] = []

    def make(lang: str = "zh-CN", url: str = "") -> Phone:
        made.append(Phone(playwright, tmp_path / f"phone{len(made)}", url or server.url, lang))
        return made[-1]

    yield make
    for phone in made:
        phone.close()


@pytest.fixture
def phone(phones) -> Phone:
    return phones()
