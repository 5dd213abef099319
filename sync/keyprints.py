"""A database knows the keys it was sealed with, by their fingerprints.

Without that, a wrong DATA_DIR beside an old database would quietly get a new keyring: nothing of the old would open any
more, and what is written from then on would be lost with the right keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from sync.database import glance, table_of, write
from sync.keyring import CannotOpen, Keyring, keyring, keyring_path
from sync.kinds import KINDS

KEPT = "key_print"


class WrongKeys(Exception):
    """The keyring in DATA_DIR is not the one that this database, or this backup, was sealed with."""


def ring_that_fits(path: Path) -> Keyring:
    """The keyring in `path`; made there only beside a database that was never sealed. Raises WrongKeys."""
    with glance() as connection:
        kept = kept_prints(connection)
    if kept and not path.exists():
        raise WrongKeys(
            f"This database was sealed with keys that are not in {path}. Is DATA_DIR right? "
            "Put the keys.json that belongs to the database there. No new keys were made."
        )
    ring = Keyring.load(path)
    check(ring, kept, f"This database was sealed with other keys than those in {path}. Is DATA_DIR right?")
    return ring


def check(ring: Keyring, kept: Mapping[str, str], complaint: str) -> None:
    """Raises WrongKeys when a key of these fingerprints is not in the ring; newer keys in the ring do no harm."""
    lacking = sorted(name for name, known in kept.items() if ring.prints.get(name) != known)
    if lacking:
        raise WrongKeys(f"{complaint} Missing: {', '.join(lacking)}.")


def kept_prints(connection: sa.Connection) -> dict[str, str]:
    """The fingerprints in the database; none before it was first used, or when it is older than they are."""
    if not sa.inspect(connection).has_table(KEPT):
        return {}
    return dict(map(tuple, connection.execute(sa.text("SELECT key, print FROM key_print"))))


def hold_keys() -> None:
    """Before anything is served: refuse keys that do not fit, and note the ones that do. Raises WrongKeys."""
    ring = keyring()
    with glance() as connection:
        if not sa.inspect(connection).has_table(KEPT):
            return
        kept = kept_prints(connection)
        if not kept:
            _try(connection, ring)
    fresh = [{"key": name, "print": known} for name, known in ring.prints.items() if name not in kept]
    if fresh:
        note(fresh)


def note(fresh: list[dict[str, str]]) -> None:
    """Write fingerprints down; of two processes that start together one is first."""
    from sync.models import KeyPrint
    from sync.tables import insert_of

    with write() as session:
        connection = session.connection()
        connection.execute(insert_of(connection.dialect)(table_of(KeyPrint)).on_conflict_do_nothing(), fresh)


def _try(connection: sa.Connection, ring: Keyring) -> None:
    """A database from before the fingerprints: whether what is in it opens."""
    for kind in KINDS.values():
        for name in kind.codec.sealed:
            column = sa.type_coerce(kind.table.c[name], sa.LargeBinary)
            found = connection.execute(sa.select(kind.table.c.id, column).where(column.is_not(None)).limit(1)).first()
            if found is None:
                continue
            try:
                ring.open(found[1], kind.table.name, name, found[0])
            except CannotOpen:
                raise WrongKeys(
                    f"What is in this database does not open with the keys in {keyring_path()}. Is DATA_DIR right?"
                ) from None
            return
