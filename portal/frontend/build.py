"""Build the phone's half: generated sources, bundles, hashed names, packed copies, the size budget.

python -m portal.frontend            build if a source changed since the last build
python -m portal.frontend --force    build in any case
python -m portal.frontend --generate write the generated sources only (for the type checker)
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import brotli

from portal.config import ROOT
from portal.frontend import icons
from portal.headers import SECURITY_HEADERS

STATIC = ROOT / "portal" / "static"
JS = STATIC / "js"
GENERATED = JS / "generated"
DIST = STATIC / "dist"
TARGETS = "chrome110,safari16.4"
BUILD_MARK = "__BUILD__"
# The whole first install over the wire, brotli, without the book (offline.md "Budgets").
BUDGET_BYTES = 150_000


class OverBudget(Exception):
    """The first install has grown over its budget."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m portal.frontend", description=__doc__)
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--generate", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.generate:
        generate()
        return 0
    state = _state_of_sources()
    if not chosen.force and _kept_state() == state:
        return 0
    made = build()
    made["sources"] = state if made["first_install"] <= BUDGET_BYTES else ""
    _write(DIST / "manifest.json", json.dumps(made, indent=1))
    lazy = ", ".join(f"{name} {size:,}" for name, size in made["lazy"].items())
    print(f"built {made['build']}: first install {made['first_install']:,} bytes brotli of {BUDGET_BYTES:,}; {lazy}")
    # What is too large can be tried out all the same; it fails the build each time until it is small enough.
    if made["first_install"] > BUDGET_BYTES:
        sizes = {name: size["br"] for name, size in made["sizes"].items()}
        raise OverBudget(
            f"the first install takes {made['first_install']:,} bytes, {BUDGET_BYTES:,} are allowed: {sizes}"
        )
    return 0


def generate() -> None:
    """Write `static/js/generated/`: templates, schemas, catalogue, sounds. Everything but the build id."""
    from portal import create_app, schemas, translations
    from portal.customers import pinyin
    from portal.phone.build import compile_phone

    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"DATA_DIR": folder})
        with app.app_context():
            sources = {
                "templates.js": compile_phone(app),
                "schemas.js": schemas.as_javascript(),
                "catalogue.js": translations.as_javascript(),
                "sounds.json": pinyin.as_json(),
                "words.json": json.dumps(translations.later_words(), ensure_ascii=False, separators=(",", ":")),
            }
    for name, source in sources.items():
        _write(GENERATED / name, source)
    if not (GENERATED / "build.js").exists():
        _write(GENERATED / "build.js", _build_source([], {}))


def build() -> dict:
    """Make `static/dist/` anew and return its manifest."""
    generate()
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        # For the server's pages that want it; a phone's own pages do without.
        htmx = _named(made, "htmx", ".js", _bundle(JS / "elements" / "htmx.js", "esm"))
        files = [
            _named(made, "app", ".js", _bundle(JS / "app.js", "esm", HTMX_URL=f"/static/dist/{htmx}")),
            _named(made, "app", ".css", _bundle(STATIC / "css" / "app.css", "css")),
            _named(made, "icons", ".svg", icons.sprite(ROOT).encode()),
        ]
        images = [
            _copied(made, path)
            for path in sorted((STATIC / "img").glob("*"))
            if path.suffix in {".png", ".svg", ".ico"}
        ]
        precache = [f"/static/dist/{name}" for name in files] + ["/manifest.webmanifest"]
        # Fetched by the worker when the app is there; not part of the first install.
        sounds = _named(made, "sounds", ".json", (GENERATED / "sounds.json").read_bytes())
        words = _named(made, "words", ".json", (GENERATED / "words.json").read_bytes())
        lazy = {"sounds": f"/static/dist/{sounds}", "words": f"/static/dist/{words}"}
        _write(GENERATED / "build.js", _build_source(precache, lazy))
        worker = _bundle(JS / "sw.js", "iife")
        web_manifest = _web_manifest(images)
        build_id = _digest(worker + web_manifest + "".join(files + images).encode())[:12]
        _write(made / "sw.js", worker.replace(BUILD_MARK.encode(), build_id.encode()))
        _write(made / "app.webmanifest", web_manifest)
        sizes = {path.name: _pack(path) for path in sorted(made.iterdir())}
        first_install = sum(sizes[name]["br"] for name in [*files, "sw.js", "app.webmanifest"])
        shutil.rmtree(DIST, ignore_errors=True)
        shutil.copytree(made, DIST)
    js, css, sprite = (f"/static/dist/{name}" for name in files)
    return {
        "build": build_id,
        "js": js,
        "css": css,
        "icons": sprite,
        "files": sorted([*files, *images, sounds, words, htmx]),
        "sizes": sizes,
        "first_install": first_install,
        "lazy": {"sounds": sizes[sounds]["br"], "words": sizes[words]["br"], "htmx": sizes[htmx]["br"]},
    }


def _bundle(entry: Path, form: str, **known: str) -> bytes:
    """The minified bundle of one entry; `known` are names that stand for a text."""
    command = [
        str(ROOT / "node_modules" / ".bin" / "esbuild"),
        str(entry),
        "--bundle",
        "--minify",
        f"--target={TARGETS}",
    ]
    command += ["--log-level=warning", "--charset=utf8", "--legal-comments=none"]
    command += [] if form == "css" else [f"--format={form}"]
    command += [f"--define:{name}={json.dumps(text)}" for name, text in known.items()]
    command += ["--external:*.svg", "--external:*.png"] if form == "css" else ["--external:/static/dist/*"]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    made = subprocess.run(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT, check=False)
    if made.returncode:
        raise SystemExit(f"esbuild could not bundle {entry.relative_to(ROOT)}")
    return made.stdout


def _build_source(precache: list[str], lazy: dict[str, str]) -> str:
    page_files = dict(zip(("JS_URL", "CSS_URL", "ICONS_URL"), precache, strict=False))
    lines = [
        f"export const BUILD = {json.dumps(BUILD_MARK)};",
        f"export const PRECACHE = {json.dumps(precache)};",
        *(f"export const {name.upper()}_URL = {json.dumps(lazy.get(name, ''))};" for name in ("sounds", "words")),
        f"export const HEADERS = {json.dumps(SECURITY_HEADERS)};",
        *(
            f"export const {name} = {json.dumps(page_files.get(name, ''))};"
            for name in ("JS_URL", "CSS_URL", "ICONS_URL")
        ),
    ]
    return "\n".join(lines) + "\n"


def _web_manifest(images: list[str]) -> bytes:
    """The install manifest; `portal/static/app.webmanifest` names icons by their plain names."""
    text = (STATIC / "app.webmanifest").read_text()
    for image in images:
        plain = image.rsplit("-", 1)[0] + Path(image).suffix
        text = text.replace(f'"/static/img/{plain}"', f'"/static/dist/{image}"')
    return text.encode()


def _named(folder: Path, stem: str, suffix: str, content: bytes) -> str:
    name = f"{stem}-{_digest(content)[:10]}{suffix}"
    _write(folder / name, content)
    return name


def _copied(folder: Path, path: Path) -> str:
    return _named(folder, path.stem, path.suffix, path.read_bytes())


def _pack(path: Path) -> dict[str, int]:
    """Write the packed copies beside a file and return the three sizes in bytes."""
    raw = path.read_bytes()
    packed = {"br": brotli.compress(raw, quality=11), "gz": gzip.compress(raw, 9, mtime=0)}
    for suffix, content in packed.items():
        if len(content) < len(raw):
            _write(path.with_name(f"{path.name}.{suffix}"), content)
    return {"raw": len(raw), **{suffix: min(len(content), len(raw)) for suffix, content in packed.items()}}


def _state_of_sources() -> str:
    """A hash over everything that a build reads."""
    digest = hashlib.sha256()
    paths = [ROOT / "package-lock.json", ROOT / "pyproject.toml"]
    for folder, patterns in (
        (
            ROOT / "portal",
            ("*.py", "*.html", "*.po", "*.js", "*.css", "*.json", "*.webmanifest", "*.png", "*.svg", "*.txt"),
        ),
        (ROOT / "sync", ("*.py",)),
    ):
        for pattern in patterns:
            paths += [
                path
                for path in folder.rglob(pattern)
                if not path.is_relative_to(GENERATED) and not path.is_relative_to(DIST)
            ]
    for path in sorted(paths):
        if path.exists():
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _kept_state() -> str:
    try:
        return json.loads((DIST / "manifest.json").read_text()).get("sources", "")
    except (FileNotFoundError, ValueError):
        return ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    if not path.exists() or path.read_bytes() != data:
        path.write_bytes(data)
