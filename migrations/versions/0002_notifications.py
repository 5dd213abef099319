"""the outbox of notifications

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op
import sync.columns


revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    op.create_table('notification',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('rule', sa.String(length=64), nullable=False),
    sa.Column('person', sa.String(length=36), nullable=False),
    sa.Column('about', sync.columns.Sealed(), nullable=False),
    sa.Column('due_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('claimed_until', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('sent_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('given_up_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('fault', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notification')),
    sa.UniqueConstraint('key', name=op.f('uq_notification_key'))
    )
    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.create_index('ix_notification_due', ['sent_at', 'given_up_at', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_notification_person'), ['person'], unique=False)


def downgrade() -> None:
    op.drop_table('notification')
