"""products, the tables they name, proposals, and what an agent may sell

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op
import sync.columns


revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    op.create_table('blob',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('created_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_blob'))
    )
    op.create_table('product',
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_product_code_version'))
    )
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_product_code'), ['code'], unique=False)
        batch_op.create_index(batch_op.f('ix_product_scope'), ['scope'], unique=False)

    op.create_table('product_import',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('code', sa.String(length=48), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('body', sync.columns.Json(), nullable=False),
    sa.Column('blobs', sync.columns.Json(), nullable=False),
    sa.Column('made_by', sa.String(length=36), nullable=False),
    sa.Column('made_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('product_id', sa.String(length=36), nullable=True),
    sa.Column('published_by', sa.String(length=36), nullable=True),
    sa.Column('published_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_import'))
    )
    with op.batch_alter_table('product_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_product_import_code'), ['code'], unique=False)
        batch_op.create_index(batch_op.f('ix_product_import_product_id'), ['product_id'], unique=False)

    op.create_table('proposal',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('ver', sa.Integer(), nullable=False),
    sa.Column('scope', sa.String(length=64), nullable=False),
    sa.Column('customer_id', sa.String(length=36), nullable=False),
    sa.Column('analysis_id', sa.String(length=36), nullable=True),
    sa.Column('made_on', sa.Date(), nullable=False),
    sa.Column('draft', sync.columns.Sealed(), nullable=True),
    sa.Column('frozen', sync.columns.Sealed(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('frozen_at', sync.columns.UtcDateTime(timezone=True), nullable=True),
    sa.Column('checks', sync.columns.Sealed(), nullable=True),
    sa.Column('supersedes', sa.String(length=36), nullable=True),
    sa.Column('created_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sync.columns.UtcDateTime(timezone=True), nullable=False),
    sa.Column('flags', sync.columns.Json(), nullable=True),
    sa.Column('late_from', sa.String(length=36), nullable=True),
    sa.Column('extra', sync.columns.Sealed(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal'))
    )
    with op.batch_alter_table('proposal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proposal_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proposal_scope'), ['scope'], unique=False)

    op.create_table('ruleset',
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ruleset')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_ruleset_code_version'))
    )
    with op.batch_alter_table('ruleset', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ruleset_code'), ['code'], unique=False)
        batch_op.create_index(batch_op.f('ix_ruleset_scope'), ['scope'], unique=False)

    with op.batch_alter_table('agent', schema=None) as batch_op:
        batch_op.add_column(sa.Column('registration_expires', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('sales_grade', sa.SmallInteger(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('agent', schema=None) as batch_op:
        batch_op.drop_column('sales_grade')
        batch_op.drop_column('registration_expires')

    with op.batch_alter_table('ruleset', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ruleset_scope'))
        batch_op.drop_index(batch_op.f('ix_ruleset_code'))

    op.drop_table('ruleset')
    with op.batch_alter_table('proposal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_proposal_scope'))
        batch_op.drop_index(batch_op.f('ix_proposal_customer_id'))

    op.drop_table('proposal')
    with op.batch_alter_table('product_import', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_product_import_product_id'))
        batch_op.drop_index(batch_op.f('ix_product_import_code'))

    op.drop_table('product_import')
    with op.batch_alter_table('product', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_product_scope'))
        batch_op.drop_index(batch_op.f('ix_product_code'))

    op.drop_table('product')
    op.drop_table('blob')
