"""the way back of imports, notes on what was mended, and the list of exports

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op
import sync.columns


revision = '0011'
down_revision = '0010'


def upgrade() -> None:
    with op.batch_alter_table('import_job', schema=None) as batch_op:
        batch_op.add_column(sa.Column('notes', sync.columns.Sealed(), nullable=True))

    op.create_table('import_record',
    sa.Column('job_id', sa.String(length=36), nullable=False),
    sa.Column('n', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('record_id', sa.String(length=36), nullable=False),
    sa.Column('op', sa.String(length=6), nullable=False),
    sa.Column('ver', sa.Integer(), nullable=False),
    sa.Column('before', sync.columns.Sealed(), nullable=True),
    sa.Column('outcome', sa.String(length=8), nullable=True),
    sa.ForeignKeyConstraint(['job_id'], ['import_job.id'], name=op.f('fk_import_record_job_id_import_job'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('job_id', 'n', name=op.f('pk_import_record'))
    )
    op.create_index('ix_import_record_job_outcome', 'import_record', ['job_id', 'outcome'], unique=False)
    op.create_table('import_undo',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('job_id', sa.String(length=36), nullable=False),
    sa.Column('started_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('lease_until', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['job_id'], ['import_job.id'], name=op.f('fk_import_undo_job_id_import_job'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_undo')),
    sa.UniqueConstraint('job_id', name=op.f('uq_import_undo_job_id'))
    )
    op.create_table('export',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.String(length=36), nullable=False),
    sa.Column('owner_id', sa.String(length=36), nullable=True),
    sa.Column('unit_id', sa.String(length=36), nullable=False),
    sa.Column('form', sa.String(length=8), nullable=False),
    sa.Column('masked', sa.Boolean(), nullable=False),
    sa.Column('sensitive', sa.Boolean(), nullable=False),
    sa.Column('counts', sync.columns.Json(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('reason', sync.columns.Sealed(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['agent.id'], name=op.f('fk_export_by_id_agent')),
    sa.ForeignKeyConstraint(['owner_id'], ['agent.id'], name=op.f('fk_export_owner_id_agent')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_export_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export'))
    )
    op.create_index(op.f('ix_export_at'), 'export', ['at'], unique=False)
    op.create_index(op.f('ix_export_by_id'), 'export', ['by_id'], unique=False)
    op.create_index(op.f('ix_export_unit_id'), 'export', ['unit_id'], unique=False)


def downgrade() -> None:
    op.drop_table('export')
    op.drop_table('import_undo')
    op.drop_table('import_record')
    with op.batch_alter_table('import_job', schema=None) as batch_op:
        batch_op.drop_column('notes')
