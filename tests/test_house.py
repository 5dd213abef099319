"""Tests about the code itself: guards, settings, words, templates, rooms."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from portal import config, translations
from portal.frontend import icons

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "portal" / "templates"


def test_every_endpoint_has_a_guard(app):
    """A view says who may come: public, signed_in or role. The engine's endpoints judge the device token themselves."""
    bare = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not rule.endpoint.startswith("sync.")
        and not hasattr(app.view_functions[rule.endpoint], "guard")
    ]
    assert bare == []


def test_every_setting_is_documented():
    """The table in docs/running.md and the code name the same settings with the same defaults and meanings."""
    text = (ROOT / "docs" / "running.md").read_text()
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    told = {name: (default, meaning) for name, default, meaning in rows}
    assert told == {s.name: (f"`{s.default}`" if s.default != "" else "(empty)", s.meaning) for s in config.SETTINGS}


def test_no_setting_is_read_past_the_table():
    """Only config.py reads the environment; the failpoints, a tool of tests, are the one exception."""
    past = [
        str(path.relative_to(ROOT))
        for folder in ("portal", "sync", "notifications")
        for path in (ROOT / folder).rglob("*.py")
        if "os.environ" in path.read_text() and path.name not in {"config.py", "failpoints.py", "build.py"}
    ]
    assert past == []


def test_every_text_is_translated():
    assert translations.faults() == []


def test_an_untranslated_text_is_found(monkeypatch):
    """The checker is shown a planted fault."""
    real = translations.used()
    monkeypatch.setattr(translations, "used", lambda: {**real, "A text nobody translated": ["here:1"]})
    assert any("A text nobody translated" in fault for fault in translations.faults())


def test_every_template_is_used():
    """A template is rendered by name, extended, included or imported somewhere."""
    sources = [*(ROOT / "portal").rglob("*.py"), *TEMPLATES.rglob("*.html")]
    sources += [path for path in (ROOT / "portal" / "static" / "js").rglob("*.js") if "generated" not in path.parts]
    everything = "\n".join(path.read_text() for path in sources)
    names = [str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")]
    assert [name for name in names if f'"{name}"' not in everything] == []


def test_icons_exist():
    assert icons.sprite(ROOT).startswith("<svg")


def test_a_missing_icon_is_found(monkeypatch):
    monkeypatch.setattr(icons, "used", lambda root: {"no-such-icon"})
    with pytest.raises(icons.NoSuchIcon):
        icons.sprite(ROOT)


@pytest.mark.parametrize("pattern", [r"\sstyle=", r"<style", r"\son[a-z]+=", r"javascript:", r"hx-on", r"hx-vals=.js:"])
def test_no_inline_script_or_style(pattern):
    """The content policy forbids them, so they would silently do nothing."""
    found = [str(path) for path in TEMPLATES.rglob("*.html") if re.search(pattern, path.read_text())]
    assert found == []


def test_the_import_rules_hold():
    result = subprocess.run([ROOT / ".venv/bin/lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_nothing_names_this_machine():
    """No path of a developer's machine and no registry host in what we commit."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    bad = re.compile(r"/(?:work|root|home)/[a-z]+/|registry\.npmjs|files\.pythonhosted|pypi\.org")
    found = [
        name
        for name in listed
        if name
        and (ROOT / name).suffix in {".py", ".js", ".md", ".json", ".toml", ".lock", ".html", ".css", ".cfg", ""}
        and name != "tests/test_house.py"
        and (ROOT / name).is_file()
        and bad.search((ROOT / name).read_text(errors="replace"))
    ]
    assert found == []


def test_security_headers_stand_on_every_answer(client):
    for path in ("/sign-in", "/no-such-page", "/sync/pull", "/healthz", "/sw.js", "/today"):
        response = client.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "unsafe-" not in policy
        assert "default-src 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 401),
    ],
)
def test_a_form_of_another_site_is_refused(client, headers, status):
    response = client.post("/sign-in", data={"username": "x", "password": "wrong-password"}, headers=headers)
    assert response.status_code == status


def test_errors_are_problem_json_for_phones_and_pages_for_people(client):
    assert client.get("/api/nothing").mimetype == "application/problem+json"
    page = client.get("/nothing", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert page.mimetype == "text/html"


def test_healthz_looks_at_the_database(client):
    assert client.get("/healthz").json == {"ok": True}


def test_every_icon_of_a_page_is_in_the_sprite():
    """A name that is only chosen at run time stands in img/icons.txt, or the icon is an empty space."""
    shown = {name for html in _pages_of_fixtures() for name in re.findall(r"#i-([a-z0-9-]+)", html)}
    assert len(shown) > 20
    assert shown - icons.used(ROOT) == set()


def _pages_of_fixtures() -> list[str]:
    from portal import create_app
    from portal.phone import parity

    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"DATA_DIR": folder})
        words = {"zh-CN": translations.translations("zh_CN"), "en": translations.translations("en")}
        sides = parity.Sides(app.jinja_env.loader, [], {}, parity._url_for(app), words)
        return [page.html for page in sides.in_python(parity.load(parity.FIXTURES))]


def test_a_skipped_test_fails_the_run(tmp_path):
    """The rule is shown a planted skip."""
    (tmp_path / "test_planted.py").write_text("import pytest\n\ndef test_one():\n    pytest.skip('later')\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", "/dev/null", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "A skipped test is a failed build" in result.stdout
