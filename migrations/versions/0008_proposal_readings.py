"""who looked at a proposal out of another agent's book

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op
import sync.columns


revision = '0008'
down_revision = '0007'


def upgrade() -> None:
    op.create_table('proposal_reading',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('proposal', sa.String(length=36), nullable=False),
    sa.Column('read_by', sa.String(length=36), nullable=False),
    sa.Column('read_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal_reading'))
    )
    with op.batch_alter_table('proposal_reading', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proposal_reading_proposal'), ['proposal'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposal_reading_read_by'), ['read_by'], unique=False)


def downgrade() -> None:
    op.drop_table('proposal_reading')
