"""`doorstep backup`, `doorstep restore` and `doorstep check`: the day after the disaster, and the days before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from portal.config import ROOT
from sync.archive import BadArchive
from sync.backup import CannotBackUp, back_up, revision_of
from sync.columns import utcnow
from sync.database import consistent_read, glance, write
from sync.keyprints import WrongKeys, hold_keys
from sync.keyring import keyring
from sync.learning import learn_fields
from sync.redigest import check_digests
from sync.restore import CannotRestore, restore

NO_DATABASE = "The database cannot be reached, or somebody keeps it locked."


def register(group: click.Group) -> None:
    """Add these commands to the console script."""
    for made in (backup_command, restore_command, check_command):
        group.add_command(made)


def migrate_on(connection: sa.Connection, revision: str | None = None) -> None:
    """Bring the tables on a connection to a migration (None: the newest), in the transaction it is in."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision or "head")


def redigest_after(before: str | None) -> None:
    """A migration may have given a kind another field: what newer phones had sent of it goes there, and what a row adds
    to its digest is another number.
    """
    with glance() as connection:
        if before is None or revision_of(connection) == before:
            return
    learn_fields()
    with write() as session:
        check_digests(session.connection(), keyring(), mend=True)


def revision_now() -> str | None:
    """The migration the database has reached; None before the first."""
    with glance() as connection:
        return revision_of(connection)


def _app() -> Any:
    from portal import create_app

    return create_app()


def _say(result: dict[str, Any], as_json: bool) -> None:
    from portal.cli import say

    say(result, as_json)


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--with-keys", is_flag=True, help="Put keys.json into the backup: whoever has the file can then read all of it."
)
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
@click.option("--json", "as_json", is_flag=True)
def backup_command(target: Path, with_keys: bool, force: bool, as_json: bool) -> None:
    """Write all of the database to TARGET, a file or a folder. The server may go on working."""
    now = utcnow()
    path = target / f"doorstep-{now:%Y%m%dT%H%M%SZ}.backup" if target.is_dir() else target
    with _app().app_context():
        try:
            _say(back_up(path.resolve(), now, with_keys=with_keys, force=force), as_json)
        except FileExistsError:
            raise click.ClickException(f"{path} exists already. With --force it is overwritten.") from None
        except FileNotFoundError:
            raise click.ClickException(f"There is no folder {path.parent}.") from None
        except (CannotBackUp, WrongKeys) as error:
            raise click.ClickException(str(error)) from None
        except OperationalError:
            raise click.ClickException(NO_DATABASE) from None


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is in the database.")
@click.option("--json", "as_json", is_flag=True)
def restore_command(file: Path, force: bool, as_json: bool) -> None:
    """Put the backup in FILE into the database: all of it, or nothing. Stop the server first."""
    app = _app()
    with app.app_context():
        try:
            result = restore(file.resolve(), migrate_on, utcnow(), force=force)
        except (BadArchive, CannotRestore, WrongKeys) as error:
            raise click.ClickException(str(error)) from None
        except OperationalError:
            raise click.ClickException(f"{NO_DATABASE} Nothing was changed.") from None
        hold_keys()
        learn_fields()
        _say(result, as_json)


@click.command("check")
@click.option("--mend", is_flag=True, help="Put wrong digests right.")
@click.option("--json", "as_json", is_flag=True)
def check_command(mend: bool, as_json: bool) -> None:
    """Work out every digest anew from the rows and say which do not agree; likewise every table of a product."""
    from portal.products import blobs, catalogue

    with _app().app_context():
        try:
            if mend:
                with write() as session:
                    found = check_digests(session.connection(), keyring(), mend=True)
            else:
                with consistent_read() as connection:
                    found = check_digests(connection, keyring(), mend=False)
        except WrongKeys as error:
            raise click.ClickException(str(error)) from None
        wrong_blobs = blobs.faults(each["body"] for each in catalogue.all_of())
    _say({**found, "blobs": len(wrong_blobs), "mended": mend}, as_json)
    left = any(found[name] for name in ("unlisted", "rowless", "unreadable")) or wrong_blobs
    if left or (not mend and (found["rows"] or found["heads"])):
        raise click.exceptions.Exit(1)
