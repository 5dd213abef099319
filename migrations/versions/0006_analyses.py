"""analyses of families, and the definitions they are made with

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op
import sync.columns


revision = '0006'
down_revision = '0005'


def upgrade() -> None:
    op.create_table('analysis',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('ver', sa.Integer(), nullable=False),
    sa.Column('scope', sa.String(length=64), nullable=False),
    sa.Column('customer_id', sa.String(length=36), nullable=False),
    sa.Column('path', sa.String(length=8), nullable=True),
    sa.Column('questionnaire', sa.String(length=64), nullable=False),
    sa.Column('assumptions', sa.String(length=64), nullable=False),
    sa.Column('model', sa.String(length=64), nullable=False),
    sa.Column('made_on', sa.Date(), nullable=False),
    sa.Column('answers', sync.columns.Sealed(), nullable=True),
    sa.Column('moved', sync.columns.Json(), nullable=True),
    sa.Column('result', sync.columns.Sealed(), nullable=True),
    sa.Column('result_server', sync.columns.Sealed(), nullable=True),
    sa.Column('checked_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('agrees', sa.Boolean(), nullable=True),
    sa.Column('completed_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('shared_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('follows', sa.String(length=36), nullable=True),
    sa.Column('created_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('flags', sync.columns.Json(), nullable=True),
    sa.Column('late_from', sa.String(length=36), nullable=True),
    sa.Column('extra', sync.columns.Sealed(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_analysis'))
    )
    with op.batch_alter_table('analysis', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_analysis_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_analysis_scope'), ['scope'], unique=False)

    op.create_table('assumption_set',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('ver', sa.Integer(), nullable=False),
    sa.Column('scope', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=48), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('from_date', sa.Date(), nullable=False),
    sa.Column('to_date', sa.Date(), nullable=True),
    sa.Column('body', sync.columns.Json(), nullable=False),
    sa.Column('created_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('flags', sync.columns.Json(), nullable=True),
    sa.Column('late_from', sa.String(length=36), nullable=True),
    sa.Column('extra', sync.columns.Sealed(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assumption_set'))
    )
    with op.batch_alter_table('assumption_set', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assumption_set_code'), ['code'], unique=False)
        batch_op.create_index(batch_op.f('ix_assumption_set_scope'), ['scope'], unique=False)

    op.create_table('gap_model',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('ver', sa.Integer(), nullable=False),
    sa.Column('scope', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=48), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('from_date', sa.Date(), nullable=False),
    sa.Column('to_date', sa.Date(), nullable=True),
    sa.Column('body', sync.columns.Json(), nullable=False),
    sa.Column('created_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('flags', sync.columns.Json(), nullable=True),
    sa.Column('late_from', sa.String(length=36), nullable=True),
    sa.Column('extra', sync.columns.Sealed(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gap_model'))
    )
    with op.batch_alter_table('gap_model', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_gap_model_code'), ['code'], unique=False)
        batch_op.create_index(batch_op.f('ix_gap_model_scope'), ['scope'], unique=False)

    op.create_table('questionnaire',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('ver', sa.Integer(), nullable=False),
    sa.Column('scope', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=48), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('from_date', sa.Date(), nullable=False),
    sa.Column('to_date', sa.Date(), nullable=True),
    sa.Column('body', sync.columns.Json(), nullable=False),
    sa.Column('created_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('flags', sync.columns.Json(), nullable=True),
    sa.Column('late_from', sa.String(length=36), nullable=True),
    sa.Column('extra', sync.columns.Sealed(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questionnaire'))
    )
    with op.batch_alter_table('questionnaire', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_questionnaire_code'), ['code'], unique=False)
        batch_op.create_index(batch_op.f('ix_questionnaire_scope'), ['scope'], unique=False)

    op.create_table('analysis_reading',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('analysis', sa.String(length=36), nullable=False),
    sa.Column('read_by', sa.String(length=36), nullable=False),
    sa.Column('read_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_analysis_reading'))
    )
    with op.batch_alter_table('analysis_reading', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_analysis_reading_analysis'), ['analysis'], unique=False)
        batch_op.create_index(batch_op.f('ix_analysis_reading_read_by'), ['read_by'], unique=False)


def downgrade() -> None:
    op.drop_table('analysis_reading')
    with op.batch_alter_table('questionnaire', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_questionnaire_scope'))
        batch_op.drop_index(batch_op.f('ix_questionnaire_code'))

    op.drop_table('questionnaire')
    with op.batch_alter_table('gap_model', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_gap_model_scope'))
        batch_op.drop_index(batch_op.f('ix_gap_model_code'))

    op.drop_table('gap_model')
    with op.batch_alter_table('assumption_set', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_assumption_set_scope'))
        batch_op.drop_index(batch_op.f('ix_assumption_set_code'))

    op.drop_table('assumption_set')
    with op.batch_alter_table('analysis', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_analysis_scope'))
        batch_op.drop_index(batch_op.f('ix_analysis_customer_id'))

    op.drop_table('analysis')
