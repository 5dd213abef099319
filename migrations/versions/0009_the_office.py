"""the office: its log, settings with their history, codes to begin with, a second step at sign-in

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op
import sync.columns


revision = '0009'
down_revision = '0008'

# What was written into the log stays: the database itself refuses to change or to take away a line.
APPEND_ONLY = {
    'sqlite': [
        "CREATE TRIGGER office_event_stays_update BEFORE UPDATE ON office_event "
        "BEGIN SELECT RAISE(ABORT, 'the office log is only added to'); END",
        "CREATE TRIGGER office_event_stays_delete BEFORE DELETE ON office_event "
        "BEGIN SELECT RAISE(ABORT, 'the office log is only added to'); END",
    ],
    'postgresql': [
        "CREATE OR REPLACE FUNCTION office_event_stays() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the office log is only added to'; END $$",
        "CREATE TRIGGER office_event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON office_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION office_event_stays()",
    ],
}


def upgrade() -> None:
    op.create_table('office_event',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('what', sa.String(length=32), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=True),
    sa.Column('agent_id', sa.String(length=36), nullable=True),
    sa.Column('unit_id', sa.String(length=36), nullable=True),
    sa.Column('facts', sync.columns.Json(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_office_event'))
    )
    with op.batch_alter_table('office_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_office_event_agent_id'), ['agent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_office_event_by_id'), ['by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_office_event_unit_id'), ['unit_id'], unique=False)

    op.create_table('office_setting',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=48), nullable=False),
    sa.Column('value', sync.columns.Json(), nullable=False),
    sa.Column('from_date', sa.Date(), nullable=False),
    sa.Column('set_by', sa.String(length=36), nullable=True),
    sa.Column('set_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_office_setting'))
    )
    with op.batch_alter_table('office_setting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_office_setting_name'), ['name'], unique=False)

    op.create_table('recovery_code',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('agent_id', sa.String(length=36), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('made_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('used_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_recovery_code_agent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_code'))
    )
    with op.batch_alter_table('recovery_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_code_agent_id'), ['agent_id'], unique=False)

    op.create_table('reset_code',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('agent_id', sa.String(length=36), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('made_by', sa.String(length=36), nullable=True),
    sa.Column('made_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('used_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('voided_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_reset_code_agent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reset_code'))
    )
    with op.batch_alter_table('reset_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reset_code_agent_id'), ['agent_id'], unique=False)

    op.create_table('two_step',
    sa.Column('agent_id', sa.String(length=36), nullable=False),
    sa.Column('secret', sync.columns.Sealed(), nullable=True),
    sa.Column('confirmed_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.Column('pending', sync.columns.Sealed(), nullable=True),
    sa.Column('pending_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_two_step_agent_id')),
    sa.PrimaryKeyConstraint('agent_id', name=op.f('pk_two_step'))
    )
    for statement in APPEND_ONLY.get(op.get_bind().dialect.name, []):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('two_step')
    with op.batch_alter_table('reset_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reset_code_agent_id'))

    op.drop_table('reset_code')
    with op.batch_alter_table('recovery_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recovery_code_agent_id'))

    op.drop_table('recovery_code')
    with op.batch_alter_table('office_setting', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_office_setting_name'))

    op.drop_table('office_setting')
    with op.batch_alter_table('office_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_office_event_unit_id'))
        batch_op.drop_index(batch_op.f('ix_office_event_by_id'))
        batch_op.drop_index(batch_op.f('ix_office_event_agent_id'))

    op.drop_table('office_event')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute("DROP FUNCTION IF EXISTS office_event_stays()")
