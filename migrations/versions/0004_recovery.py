"""which keys a database was sealed with, and what a phone has put right

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op
import sync.columns


revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_table('key_print',
    sa.Column('key', sa.String(length=16), nullable=False),
    sa.Column('print', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_key_print'))
    )
    with op.batch_alter_table('device_card', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mended', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('mended_at', sync.columns.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('device_card', schema=None) as batch_op:
        batch_op.drop_column('mended_at')
        batch_op.drop_column('mended')
    op.drop_table('key_print')
