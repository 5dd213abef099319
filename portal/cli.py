"""The console script `doorstep`: serve, worker, migrate, backup, restore, check, seed, unit, agent, keys."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask import Flask

from portal import create_app
from portal.config import ROOT, load


def say(result: dict[str, Any], as_json: bool) -> None:
    """Print a result for people, or as one JSON object for programs."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        for name, value in result.items():
            click.echo(f"{name}: {value}")


@click.group()
def main() -> None:
    """Doorstep (到访)."""


def upgrade(app: Flask) -> None:
    """Bring the database to the newest migration."""
    from flask_migrate import upgrade as flask_upgrade

    from portal.recovery import redigest_after, revision_now

    with app.app_context():
        before = revision_now()
        flask_upgrade(directory=str(ROOT / "migrations"))
        redigest_after(before)


def publish(app: Flask) -> list[str]:
    """Put the definitions, products and rules of this version into the catalogue where they are missing."""
    from portal.needs import definitions
    from portal.products import catalogue
    from portal.proposals import thresholds

    with app.app_context():
        return [*definitions.publish_ours(), *catalogue.publish_ours(), *thresholds.publish_ours()]


def _hold_keys(app: Flask) -> None:
    """Refuse to work on a database with keys that are not its own; one that is not up yet is asked when it is."""
    from sqlalchemy.exc import OperationalError

    from sync.keyprints import WrongKeys, hold_keys

    with app.app_context(), contextlib.suppress(OperationalError):
        try:
            hold_keys()
        except WrongKeys as error:
            raise click.ClickException(str(error)) from None


@main.command()
@click.option("--json", "as_json", is_flag=True)
def migrate(as_json: bool) -> None:
    """Bring the database to the newest migration."""
    app = create_app()
    upgrade(app)
    _hold_keys(app)
    publish(app)
    say({"migrated": True}, as_json)


@main.command()
@click.option("--host", help="Address to listen on; default HOST.")
@click.option("--port", type=int, help="Port to listen on; default PORT.")
@click.option("--workers", type=int, help="Server processes; default WORKERS.")
@click.option("--tls-cert", type=click.Path(exists=True), help="Certificate file: speak HTTPS.")
@click.option("--tls-key", type=click.Path(exists=True), help="Private key of the certificate.")
@click.option("--demo", is_flag=True, help="Migrate, fill an empty database with a demo office, print the sign-ins.")
def serve(
    host: str | None, port: int | None, workers: int | None, tls_cert: str | None, tls_key: str | None, demo: bool
) -> None:
    """Serve Doorstep with a production server."""
    settings = load()
    if demo:
        _prepare_demo(f"http://{host or settings['HOST']}:{port or settings['PORT']}")
    else:
        _hold_keys(create_app())
    certificate = (tls_cert or settings["TLS_CERT"], tls_key or settings["TLS_KEY"])
    command = [
        "gunicorn",
        "--bind", f"{host or settings['HOST']}:{port or settings['PORT']}",
        "--workers", str(workers or settings["WORKERS"]),
        "--worker-class", "portal.serving.HoldingWorker",
        "--threads", str(settings["THREADS"]),
        "--timeout", "120",
        "--graceful-timeout", "10",
        "--keep-alive", "15",
        "--log-level", "warning",
        "--chdir", str(ROOT),
        # gunicorn would believe X-Forwarded-Proto and SCRIPT_NAME from this machine; TRUSTED_PROXIES alone decides.
        "--forwarded-allow-ips", "",
    ]  # fmt: skip
    if all(certificate):
        command += ["--certfile", certificate[0], "--keyfile", certificate[1]]
    from portal.serving import allow_many_files

    allow_many_files()
    # One process tree: whoever stops this process stops the server.
    os.execv(str(Path(sys.executable).with_name("gunicorn")), [*command, "wsgi:app"])


def _prepare_demo(address: str) -> None:
    from portal.accounts.people import anyone
    from portal.seed import SIGN_INS
    from portal.seed import seed as fill

    app = create_app()
    upgrade(app)
    _hold_keys(app)
    publish(app)
    with app.app_context():
        if not anyone():
            click.echo("making a demo office of fictional people")
            fill(app, "small", _today())
    click.echo(f"\nDoorstep is at {address}\n\nDemo sign-ins:")
    for username, password, what in SIGN_INS:
        click.echo(f"  {username:<12} {password:<16} {what}")


def _today() -> date:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


@main.command()
@click.option("--once", is_flag=True, help="Do what is due and leave.")
def worker(once: bool) -> None:
    """Ask the rules what people are to be told, post what webhooks wait for, tidy up what was kept long enough."""
    from notifications.rules import run_rules
    from notifications.sending import send_due
    from notifications.worker import run
    from portal import idempotency
    from portal.api import webhooks
    from portal.imports import jobs as imports
    from portal.imports import undo as imports_undone
    from portal.team.hand_overs import forget_unstarted, go_on
    from sync.tombstones import purge

    app = create_app()
    _hold_keys(app)
    tidying = (purge, imports.forget_unrun, imports_undone.forget_records, forget_unstarted)
    forgetting = (webhooks.forget_old, idempotency.forget_old)
    going_on = (imports.go_on, imports_undone.go_on, go_on, webhooks.look, send_due)
    if not run(app, (run_rules, *tidying, *forgetting, *going_on), once=once):
        raise click.ClickException("not everything could be done; the log says what")


@main.command()
@click.option("--size", type=click.Choice(["small", "large"]), default="small", show_default=True)
@click.option("--if-empty", is_flag=True, help="Do nothing when there are people already.")
@click.option("--json", "as_json", is_flag=True)
def seed(size: str, if_empty: bool, as_json: bool) -> None:
    """Fill the database with a demo office of fictional people and 演示 products."""
    from portal.accounts.people import anyone
    from portal.seed import seed as fill

    app = create_app()
    with app.app_context():
        if anyone():
            if if_empty:
                say({"seeded": False}, as_json)
                return
            raise click.ClickException("This office has people already; a demo office only goes into an empty one.")
        say({"seeded": True, **fill(app, size, _today())}, as_json)


def _register_rooms() -> None:
    from portal import recovery
    from portal.accounts import cli as accounts

    accounts.register(main)
    recovery.register(main)


_register_rooms()

if __name__ == "__main__":
    main()
