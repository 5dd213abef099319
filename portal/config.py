"""The settings of Doorstep: one table, read from the environment.

`docs/running.md` prints this table; a test holds the two together.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Setting:
    """One setting: the environment variable, its default, how to read it and what it means."""

    name: str
    default: Any
    meaning: str
    read: type = str


SETTINGS = (
    Setting(
        "DATA_DIR", "var", "Folder for the SQLite file, the keys and caches; back it up together with the database."
    ),
    Setting(
        "DATABASE_URL",
        "",
        "SQLAlchemy address of the database; empty means `doorstep.sqlite3` in DATA_DIR. PostgreSQL: `postgresql://…`.",
    ),
    Setting("HOST", "127.0.0.1", "Address that `doorstep serve` listens on."),
    Setting("PORT", 8000, "Port that `doorstep serve` listens on.", int),
    Setting("WORKERS", 1, "Server processes; several need PostgreSQL or a local SQLite file.", int),
    Setting("THREADS", 8, "Threads in each server process.", int),
    Setting("SECRET_KEY", "", "Signs cursors and flash cookies; empty means a key made in DATA_DIR at first start."),
    Setting(
        "TRUSTED_PROXIES", 0, "How many reverse proxies stand in front; their X-Forwarded headers are believed.", int
    ),
    Setting("TLS_CERT", "", "Certificate file for `doorstep serve` to speak HTTPS by itself."),
    Setting("TLS_KEY", "", "Private key file that belongs to TLS_CERT."),
    Setting(
        "RATELIMIT_STORAGE",
        "memory://",
        "Where sign-in tries are counted; a Redis address when several processes serve.",
    ),
    Setting("LIVE", 1, "1: phones that are looked at hear of changes at once. 0: they ask each minute.", int),
    Setting(
        "LIVE_LISTENERS", 1000, "Phones that one server process keeps a line open to; others ask each minute.", int
    ),
    Setting(
        "DOWNLOAD_CACHE_MB",
        64,
        "Megabytes of packed pieces of first downloads that each server process keeps in memory; 0: none.",
        int,
    ),
    Setting(
        "SYNC_PER_MINUTE",
        1200,
        "Calls to /sync that one device may make in a minute, in each server process; 0: any number.",
        int,
    ),
    Setting(
        "API_PER_MINUTE",
        600,
        "Calls that one personal token may make in a minute, in each server process; 0: any number.",
        int,
    ),
    Setting(
        "WEBHOOK_PRIVATE",
        0,
        "1: webhooks may go to addresses of the own network and of this machine, and over plain http. 0: only to the public internet by https.",
        int,
    ),
    Setting("MAX_BODY_BYTES", 4 * 1024 * 1024, "Largest request body in bytes, before and after unpacking.", int),
    Setting("MAX_UPLOAD_BYTES", 10 * 1024 * 1024, "Largest file for an import, in bytes.", int),
    Setting("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR; logs are JSON lines without personal data."),
    Setting("FAILPOINTS", "", "Only for tests: `1` lets DOORSTEP_FAILPOINTS stop the server at named places."),
)


def load(overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every setting with its value: an override, else the environment, else the default.

    Raises ValueError naming the variable when a number is not one.
    """
    overrides = overrides or {}
    values = {setting.name: _value(setting, overrides) for setting in SETTINGS}
    values.update({name: value for name, value in overrides.items() if name not in values})
    values["DATA_DIR"] = Path(values["DATA_DIR"]).resolve()
    values["DATA_DIR"].mkdir(mode=0o700, parents=True, exist_ok=True)  # names stand in the database in clear
    if not values["DATABASE_URL"]:
        values["DATABASE_URL"] = f"sqlite:///{values['DATA_DIR'] / 'doorstep.sqlite3'}"
    values["DATABASE_URL"] = _driver(values["DATABASE_URL"])
    values["SECRET_KEY"] = values["SECRET_KEY"] or _kept_secret(values["DATA_DIR"] / "secret.key")
    return values


def _value(setting: Setting, overrides: Mapping[str, Any]) -> Any:
    raw = overrides.get(setting.name, os.environ.get(setting.name, setting.default))
    try:
        return setting.read(raw)
    except ValueError:
        raise ValueError(f"{setting.name} must be a whole number, not {raw!r}") from None


def _driver(url: str) -> str:
    """People write postgresql:// and postgres://; we speak through psycopg 3."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _kept_secret(path: Path) -> str:
    """The secret in `path`, made on first use. Of two starting processes one wins, and nobody reads half a file."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
