"""Structured logs: one JSON line an event, with ids and never a name, a number or a body."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime

from flask import Flask, Response, g, request

from sync.columns import new_id

log = logging.getLogger("doorstep.request")


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object; only fields we chose, so nothing personal slips in by accident."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "log": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[2]:
            line["trace"] = _places(record.exc_info)
            line["error"] = record.exc_info[0].__name__ if record.exc_info[0] else ""
        return json.dumps(line, ensure_ascii=False)


def _places(exc_info) -> list[str]:
    """File, line and function of each frame, innermost last. The exception's text may quote data and is left out."""
    places, step = [], exc_info[2]
    while step:
        code = step.tb_frame.f_code
        places.append(f"{code.co_filename}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return places[-12:]


def init_app(app: Flask) -> None:
    """Log each request by its route, not its address: addresses hold ids and search words."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger("doorstep")
    root.handlers[:] = [handler]
    root.setLevel(app.config["LOG_LEVEL"])
    root.propagate = False

    @app.before_request
    def start() -> None:
        g.request_id = new_id()
        g.started = time.perf_counter()

    @app.after_request
    def note(response: Response) -> Response:
        if request.endpoint != "static":
            log.info(
                "request",
                extra={
                    "fields": {
                        "request": g.get("request_id"),
                        "method": request.method,
                        "route": str(request.url_rule) if request.url_rule else "-",
                        "status": response.status_code,
                        "ms": round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
                    }
                },
            )
        response.headers.setdefault("X-Request-Id", g.get("request_id", ""))
        return response
