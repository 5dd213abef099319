"""How Jinja2 is set up. The server and the compiler of the phone's templates read the same settings."""

from __future__ import annotations

from typing import Any

from flask import Flask
from jinja2 import Environment, StrictUndefined

# Autoescape is on for every file, whatever its name; a forgotten variable is an error, not silence.
SETTINGS: dict[str, Any] = {
    "autoescape": True,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "undefined": StrictUndefined,
}


def init_app(app: Flask) -> None:
    """Give the app's environment our settings. Call it before the first template is loaded."""
    configure(app.jinja_env)


def configure(environment: Environment) -> None:
    """Apply the settings."""
    for name, value in SETTINGS.items():
        setattr(environment, name, value)
