"""WebEx of conferences, and the sites that may be named.

The column is added in plain SQL for SQLite, which would build the table anew otherwise.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table; conferences that are booked have no WebEx."""
    op.execute("ALTER TABLE conference ADD COLUMN webex TEXT")
    op.create_table(
        "webex_site",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("url_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("uses_pstn", sa.Boolean, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webex_site"),
        sa.UniqueConstraint("url_key", name="uq_webex_site_url_key"),
        sqlite_autoincrement=True,
    )
    is_default = sa.text("is_default")
    op.create_index(
        "ix_webex_site_default",
        "webex_site",
        ["is_default"],
        unique=True,
        sqlite_where=is_default,
        postgresql_where=is_default,
    )
