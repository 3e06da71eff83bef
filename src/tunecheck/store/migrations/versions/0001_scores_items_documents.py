"""The first tables: scores, items, documents."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "scores",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("nll_nats", sa.LargeBinary),  # holds doubles; see ExactReal in store/schema.py
        sa.Column("n_tokens", sa.Integer, nullable=False),
        sa.Column("n_bytes", sa.Integer, nullable=False),
        sa.Column("n_argmax", sa.Integer, nullable=False),
        sa.Column("full_nll_nats", sa.LargeBinary),
        sa.Column("full_n_tokens", sa.Integer),
        sa.Column("full_n_bytes", sa.Integer),
        sa.Column("full_n_argmax", sa.Integer),
        sa.Column("token_positions", sa.LargeBinary),
        sa.Column("token_nll_nats", sa.LargeBinary),
        sa.Column("token_is_argmax", sa.LargeBinary),
    )
    op.create_table(
        "items",
        sa.Column("part", sa.String, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("item", sa.Text, nullable=False),
    )
    op.create_table(
        "documents",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
