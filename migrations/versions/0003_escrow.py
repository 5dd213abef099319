"""edits of revoked phones, kept for the leader

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op
import sync.columns


revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    op.create_table('escrow',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('device', sa.String(length=36), nullable=False),
    sa.Column('agent', sa.String(length=36), nullable=False),
    sa.Column('slot', sa.String(length=65), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=True),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('proto', sa.BigInteger(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('payload', sync.columns.Sealed(), nullable=False),
    sa.Column('at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('writer_n', sa.BigInteger(), nullable=True),
    sa.Column('decision', sa.String(length=8), nullable=True),
    sa.Column('decided_by', sa.String(length=36), nullable=True),
    sa.Column('decided_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('verdict', sa.String(length=8), nullable=True),
    sa.Column('error', sync.columns.Json(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escrow')),
    sa.UniqueConstraint('device', 'slot', name=op.f('uq_escrow_device_slot'))
    )
    op.create_index(op.f('ix_escrow_agent'), 'escrow', ['agent'], unique=False)
    op.create_table('escrow_opening',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('device', sa.String(length=36), nullable=False),
    sa.Column('opened_by', sa.String(length=36), nullable=False),
    sa.Column('opened_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('reason', sync.columns.Sealed(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escrow_opening'))
    )
    op.create_index(op.f('ix_escrow_opening_device'), 'escrow_opening', ['device'], unique=False)


def downgrade() -> None:
    op.drop_table('escrow_opening')
    op.drop_table('escrow')
