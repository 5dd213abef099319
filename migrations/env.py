"""Alembic's environment: the application's own engine and models, online only."""

from contextlib import nullcontext

from alembic import context
from flask import current_app

from sync.database import db, writer_engine

config = context.config
config.set_main_option("sqlalchemy.url", "unused")


def run() -> None:
    """Run the migrations in one transaction on the writer; on a connection that was given (a restore), in its own."""
    given = config.attributes.get("connection")
    with nullcontext(given) if given is not None else writer_engine(current_app).connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            compare_type=True,
            render_as_batch=connection.dialect.name == "sqlite",
            user_module_prefix="sync.columns.",
        )
        with context.begin_transaction():
            context.run_migrations()


run()
