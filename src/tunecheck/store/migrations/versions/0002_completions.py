"""The table of completions, and the moments of token scores."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the columns."""
    op.create_table(
        "completions",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("sample", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("token_ids", sa.LargeBinary, nullable=False),
        sa.Column("ended", sa.String, nullable=False),
        sa.Column("n_prompt_tokens", sa.Integer, nullable=False),
        sa.Column("seed", sa.Integer),  # up to 2 ** 63 - 1; None when greedy
    )
    op.add_column("scores", sa.Column("token_mean_nats", sa.LargeBinary))
    op.add_column("scores", sa.Column("token_deviation_nats", sa.LargeBinary))
