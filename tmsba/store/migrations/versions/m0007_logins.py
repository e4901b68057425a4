"""Log-in: NT hashes, failures at accounts and addresses, and challenges that were answered."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the column and the tables."""
    op.execute("ALTER TABLE user_account ADD COLUMN nt_hash TEXT DEFAULT '' NOT NULL")
    has_ntlm = sa.text("nt_hash <> ''")
    op.create_index(
        "ix_user_account_has_ntlm",
        "user_account",
        ["id"],
        sqlite_where=has_ntlm,
        postgresql_where=has_ntlm,
    )
    op.create_table(
        "failed_login",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("forgotten_at", MOMENT, nullable=False),
        sa.Column("blocked_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("account", "address", name="pk_failed_login"),
    )
    op.create_index("ix_failed_login_forgotten_at", "failed_login", ["forgotten_at"])
    op.create_table(
        "used_challenge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_used_challenge"),
    )
    op.create_index("ix_used_challenge_expires_at", "used_challenge", ["expires_at"])
