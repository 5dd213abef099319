"""A phone as the engine sees it: it numbers edits, keeps what it is told, and speaks HTTP."""

from __future__ import annotations

import gzip
import json
from typing import Any

from flask.testing import FlaskClient

from sync.columns import instant_text, new_id, utcnow


class Phone:
    """One registered device with its replica and its cursor."""

    def __init__(self, client: FlaskClient, agent: str, label: str = "Mate 60"):
        self.client = client
        self.agent = agent
        reply = client.post("/sync/devices", json={"label": label}, headers={"X-Agent": agent})
        assert reply.status_code == 201, reply.text
        self.id, self.token = reply.json["device"], reply.json["token"]
        self.n = 0
        self.cursor: str | None = None
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.digests: dict[str, str] = {}

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.post(f"/sync/{path}", json=body, headers=self.headers | headers)

    # Making edits

    def numbered(self, op: str, kind: str, row_id: str, base: int | None, sets: dict[str, Any], **more: Any) -> dict:
        """The next edit. `sets`: a new value (old: what this phone last saw), or a ready [old, new] as a tuple."""
        self.n += 1
        seen = self.rows.get((kind, row_id), {})
        pairs = {
            name: list(value) if isinstance(value, tuple) else [seen.get(name), value] for name, value in sets.items()
        }
        edit = {"n": self.n, "op": op, "kind": kind, "id": row_id, "at": instant_text(utcnow())}
        if op != "create":
            edit["base"] = base if base is not None else seen.get("ver", 0)
        if op != "delete":
            edit["set"] = pairs
        return edit | more

    def creation(self, kind: str, row_id: str | None = None, **sets: Any) -> dict:
        return self.numbered("create", kind, row_id or new_id(), None, sets)

    def change(self, kind: str, row_id: str, *, base: int | None = None, **sets: Any) -> dict:
        return self.numbered("update", kind, row_id, base, sets)

    def deletion(self, kind: str, row_id: str, *, base: int | None = None, **more: Any) -> dict:
        return self.numbered("delete", kind, row_id, base, {}, **more)

    # Sending and receiving

    def push(self, *edits: dict, expect: int = 200, **envelope: Any) -> Any:
        reply = self.post("push", {"proto": 1, "edits": list(edits)} | envelope)
        assert reply.status_code == expect, reply.text
        if expect == 200:
            for edit, verdict in zip(edits, reply.json["verdicts"], strict=True):
                if verdict.get("row"):
                    self.rows[edit["kind"], edit["id"]] = verdict["row"]
        return reply.json

    def one(self, edit: dict) -> dict:
        """Push one edit; its verdict."""
        return self.push(edit)["verdicts"][0]

    def create(self, kind: str, row_id: str | None = None, **sets: Any) -> str:
        edit = self.creation(kind, row_id, **sets)
        verdict = self.one(edit)
        assert verdict["verdict"] == "ok", verdict
        return edit["id"]

    def update(self, kind: str, row_id: str, *, base: int | None = None, **sets: Any) -> dict:
        return self.one(self.change(kind, row_id, base=base, **sets))

    def delete(self, kind: str, row_id: str, *, base: int | None = None, **more: Any) -> dict:
        return self.one(self.deletion(kind, row_id, base=base, **more))

    def pull(self, limit: int = 500) -> list[dict]:
        """Pull to the end; the changes seen."""
        seen: list[dict] = []
        while True:
            reply = self.post("pull", {"proto": 1, "cursor": self.cursor, "limit": limit})
            assert reply.status_code == 200, reply.text
            self.take(reply.json)
            seen += reply.json["changes"]
            if not reply.json["more"]:
                return seen

    def take(self, page: dict) -> None:
        for change in page["changes"]:
            key = (change["kind"], change["id"])
            if change["op"] == "put":
                assert change["ver"] >= self.rows.get(key, {}).get("ver", 0), "a version went back"
                self.rows[key] = change["row"]
            else:
                self.rows.pop(key, None)
        self.cursor = page["cursor"]
        self.digests = page.get("digests", self.digests)

    def snapshot(self, after: str | None = None, *, pack: bool = False) -> list[dict]:
        """The lines of the download, the first one included."""
        extra = {"Accept-Encoding": "gzip"} if pack else {}
        reply = self.client.get(
            "/sync/snapshot", query_string={"after": after} if after else {}, headers=self.headers | extra
        )
        assert reply.status_code == 200, reply.text
        text = gzip.decompress(reply.data) if reply.headers.get("Content-Encoding") == "gzip" else reply.data
        return [json.loads(line) for line in text.splitlines()]

    def conflicts(self) -> list[dict]:
        """The open conflicts this phone knows, oldest first."""
        rows = [row for (kind, _), row in sorted(self.rows.items()) if kind == "conflict"]
        return [row for row in rows if row["resolution"] is None]

    def settle(self, conflict: dict, resolution: str, value: Any = None, *, base: int | None = None) -> dict:
        sets = {"resolution": (None, resolution)} | ({"value": (None, value)} if value is not None else {})
        return self.update("conflict", conflict["id"], base=conflict["ver"] if base is None else base, **sets)
