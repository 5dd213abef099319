"""who looked at a customer out of another's book, and why

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op
import sync.columns


revision = '0012'
down_revision = '0011'

# What was written down stays: the database itself refuses to change or to take away a line.
APPEND_ONLY = {
    'sqlite': [
        "CREATE TRIGGER customer_reading_stays_update BEFORE UPDATE ON customer_reading "
        "BEGIN SELECT RAISE(ABORT, 'readings are only added to'); END",
        "CREATE TRIGGER customer_reading_stays_delete BEFORE DELETE ON customer_reading "
        "BEGIN SELECT RAISE(ABORT, 'readings are only added to'); END",
    ],
    'postgresql': [
        "CREATE OR REPLACE FUNCTION customer_reading_stays() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'readings are only added to'; END $$",
        "CREATE TRIGGER customer_reading_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON customer_reading "
        "FOR EACH STATEMENT EXECUTE FUNCTION customer_reading_stays()",
    ],
}


def upgrade() -> None:
    op.create_table('customer_reading',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('customer', sa.String(length=36), nullable=False),
    sa.Column('owner_id', sa.String(length=36), nullable=False),
    sa.Column('read_by', sa.String(length=36), nullable=False),
    sa.Column('read_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('what', sa.String(length=8), nullable=False),
    sa.Column('reason', sync.columns.Sealed(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_reading'))
    )
    with op.batch_alter_table('customer_reading', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_customer_reading_customer'), ['customer'], unique=False)
        batch_op.create_index(batch_op.f('ix_customer_reading_read_by'), ['read_by'], unique=False)
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('customer_reading')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION IF EXISTS customer_reading_stays()')
