"""Server-rendered pages: the language of the reader and the shell around a page."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask import Flask, current_app, g, render_template, request
from flask_babel import Babel, get_locale

from portal import frontend
from portal.phone import environment
from portal.translations import LANGUAGES, translations

THEMES = {"light", "dark"}


def init_app(app: Flask) -> None:
    """Set up the languages and the template environment that the phone shares."""
    environment.init_app(app)
    babel = Babel(app, default_locale="zh_CN", default_timezone="Asia/Shanghai", locale_selector=_locale)
    # One merged catalogue made at start instead of compiled files that could be stale.
    with app.app_context():
        # Babel spells the locale out (zh_Hans_CN) where it looks for it.
        babel.domain_instance.cache[str(Locale.parse("zh_CN")), "messages"] = translations("zh_CN")


def language() -> str:
    """The reader's language as a browser writes it: zh-CN or en."""
    return "en" if str(get_locale()) == "en" else "zh-CN"


def _locale() -> str:
    chosen = request.cookies.get("lang", "")
    if chosen not in LANGUAGES:
        chosen = request.accept_languages.best_match(["zh-CN", "zh", "en"], "zh-CN")
        chosen = "en" if chosen == "en" else "zh-CN"
    return LANGUAGES[chosen]


def shell(**more: Any) -> dict[str, Any]:
    """What base.html needs besides the page's own model; the phone's offline/render.js makes the same dict."""
    built = frontend.manifest(current_app)
    theme = request.cookies.get("theme", "")
    large = request.cookies.get("type") == "large"
    agent = g.get("agent")
    return {
        "lang": language(),
        "html_class": " ".join(
            part for part in (theme if theme in THEMES else "", "type-large" if large else "") if part
        ),
        "build": built["build"],
        "icons": built["icons"],
        "css": built["css"],
        "js": built["js"],
        "sync": {"state": "", "text": "", "label": ""},
        "has_sync": False,
        "tabs": {"at": "", "leader": False, "count": ""},
        "has_tabs": False,
        "agent_name": agent.name if agent else "",
        "has_toast": False,
        "toast": {"text": "", "undo_href": "", "has_undo": False},
        "loading": False,
        "path": request.path,
        **more,
    }


def render(template: str, *, shell_with: dict[str, Any] | None = None, **model: Any) -> str:
    """The page as HTML. Field names of `model` are the template's."""
    return render_template(template, shell=shell(**(shell_with or {})), **model)
