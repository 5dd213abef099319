"""the API: personal tokens, answers kept for idempotency keys, webhooks

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op
import sync.columns


revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("shown", sa.String(length=12), nullable=False),
        sa.Column("scopes", sync.columns.Json(), nullable=False),
        sa.Column("made_at", sync.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sync.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sync.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sync.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_api_token_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_agent_id"), ["agent_id"], unique=False)

    op.create_table(
        "kept_answer",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("asked", sa.LargeBinary(length=32), nullable=False),
        sa.Column("begun_at", sync.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sync.columns.Sealed(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_answer")),
    )
    with op.batch_alter_table("kept_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_answer_begun_at"), ["begun_at"], unique=False)

    op.create_table(
        "webhook",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("url", sync.columns.Sealed(), nullable=False),
        sa.Column("kinds", sync.columns.Json(), nullable=False),
        sa.Column("secret", sync.columns.Sealed(), nullable=False),
        sa.Column("old_secret", sync.columns.Sealed(), nullable=True),
        sa.Column("old_until", sync.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("made_at", sync.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sync.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["agent.id"], name=op.f("fk_webhook_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_place",
        sa.Column("webhook_id", sa.String(length=36), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_place_webhook_id")),
        sa.PrimaryKeyConstraint("webhook_id", "scope", name=op.f("pk_webhook_place")),
    )


def downgrade() -> None:
    op.drop_table("webhook_place")
    op.drop_table("webhook")
    op.drop_table("kept_answer")
    op.drop_table("api_token")
