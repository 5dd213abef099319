"""A tree goes from one book to another: `leave` for all of it in the old feed, `put` in the new, in one transaction.

Versions count on. Conflicts go with their tree, and so does what was deleted from it: whoever has the tree can bring
that back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sync.database import write
from sync.failpoints import failpoint
from sync.heads import lock_heads
from sync.keyring import keyring
from sync.kinds import KINDS, Kind
from sync.stage import Author, Record, ScopeMoved, Stage
from sync.workset import Workset

#: What the note of a move says was changed: no field. So it is no news to somebody who deletes, or decides.
NO_FIELDS: tuple[str, ...] = ()

#: Told of a move, in its transaction: the session and the book the tree stood in.
Note = Callable[[Session, str], None]


def move_tree(kind: str, root_id: str, book: str, author: Author, note: Note | None = None) -> bool:
    """Move a record with all that belongs to it to another book; False when it stands there already.

    `note` writes down what happened, in the same transaction and only when something did.

    The author is a writer on the server whose scopes hold both books. Raises LookupError when there is no such live
    record in them.
    """
    if not author.may_write(book):
        raise ValueError("the author may not write into that book")
    scopes = {book}
    while True:
        try:
            with write() as session:
                connection = session.connection()
                work = Workset(connection, author, keyring(), lock_heads(connection, scopes))
                before = work.get((kind, root_id))
                moved = _move(work, KINDS[kind], root_id, book)
                work.flush()
                if note and moved and before:
                    note(session, before.scope)
                failpoint("before-commit")
            return moved
        except ScopeMoved as elsewhere:  # it stands in a book that is not locked; or was moved while we waited
            scopes |= elsewhere.scopes


def move_trees(kind: str, root_ids: Iterable[str], book: str, author: Author) -> Iterator[tuple[str, bool | None]]:
    """Many trees, each in its own transaction, so that nobody waits long: gives (id, moved) as they go.

    `moved` is None where there is no such record any more. To go on after an interruption, simply do it again.
    """
    for root_id in root_ids:
        try:
            yield root_id, move_tree(kind, root_id, book, author)
        except LookupError:
            yield root_id, None


def _move(work: Workset, kind: Kind, root_id: str, book: str) -> bool:
    root = work.get((kind.name, root_id))
    if root is None:
        raise LookupError(root_id)
    if root.scope == book:
        return False
    stage = Stage(work, 0)
    for record in _members(work, root):
        stage.put(record.kind, book, record.row, NO_FIELDS)
    graves = work.child_graves(root)
    work.absorb(stage)
    for grave in graves:
        work.rehome(grave, book)
    return True


def _members(work: Workset, root: Record) -> list[Record]:
    """The root, its children and the conflicts of the tree."""
    found = [root]
    for kind in _kinds_below(root.kind):
        assert kind.root_column is not None
        column = kind.table.c[kind.root_column]
        ids = list(work.connection.scalars(sa.select(kind.table.c.id).where(column == root.row["id"])))
        work.load(kind, ids)
        members = (work.get((kind.name, row_id)) for row_id in ids)
        found += [each for each in members if each and each.scope == root.scope]
    return found


def _kinds_below(root: Kind) -> list[Kind]:
    below = (kind for kind in KINDS.values() if kind.name != root.name and kind.root_column not in (None, "id"))
    return [kind for kind in below if not kind.parent or kind.parent[1] == root.name]
