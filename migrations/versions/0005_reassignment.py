"""customers that go to another agent: what was moved, and the jobs of leaders

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op
import sync.columns


revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    op.create_table('hand_over',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('from_id', sa.String(length=36), nullable=False),
    sa.Column('to_id', sa.String(length=36), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('created_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('started_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('lease_until', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('undoes_id', sa.String(length=36), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['agent.id'], name=op.f('fk_hand_over_by_id')),
    sa.ForeignKeyConstraint(['from_id'], ['agent.id'], name=op.f('fk_hand_over_from_id')),
    sa.ForeignKeyConstraint(['to_id'], ['agent.id'], name=op.f('fk_hand_over_to_id')),
    sa.ForeignKeyConstraint(['undoes_id'], ['hand_over.id'], name=op.f('fk_hand_over_undoes_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hand_over')),
    sa.UniqueConstraint('undoes_id', name=op.f('uq_hand_over_undoes_id'))
    )
    with op.batch_alter_table('hand_over', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hand_over_from_id'), ['from_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_hand_over_to_id'), ['to_id'], unique=False)

    op.create_table('hand_over_item',
    sa.Column('hand_over_id', sa.String(length=36), nullable=False),
    sa.Column('place', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('tree_id', sa.String(length=36), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=True),
    sa.ForeignKeyConstraint(['hand_over_id'], ['hand_over.id'], name=op.f('fk_hand_over_item_hand_over_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('hand_over_id', 'place', name=op.f('pk_hand_over_item'))
    )
    op.create_table('reassignment',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('tree_id', sa.String(length=36), nullable=False),
    sa.Column('from_id', sa.String(length=36), nullable=False),
    sa.Column('to_id', sa.String(length=36), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('hand_over_id', sa.String(length=36), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['agent.id'], name=op.f('fk_reassignment_by_id')),
    sa.ForeignKeyConstraint(['from_id'], ['agent.id'], name=op.f('fk_reassignment_from_id')),
    sa.ForeignKeyConstraint(['hand_over_id'], ['hand_over.id'], name=op.f('fk_reassignment_hand_over_id')),
    sa.ForeignKeyConstraint(['to_id'], ['agent.id'], name=op.f('fk_reassignment_to_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reassignment'))
    )
    with op.batch_alter_table('reassignment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reassignment_from_id'), ['from_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_reassignment_hand_over_id'), ['hand_over_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_reassignment_to_id'), ['to_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_reassignment_tree_id'), ['tree_id'], unique=False)


def downgrade() -> None:
    op.drop_table('reassignment')
    op.drop_table('hand_over_item')
    op.drop_table('hand_over')
