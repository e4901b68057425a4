"""Licences: systems that hold one, and client sessions that end.

The sessions there are did not end and are few: they begin anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_HOLDS_A_LICENCE = sa.text("licence IS NOT NULL")


def upgrade() -> None:
    """Add the flag of systems, and build the table of sessions anew."""
    op.execute("ALTER TABLE system ADD COLUMN is_remote_booking_allowed BOOLEAN DEFAULT false NOT NULL")
    flag = "is_remote_booking_allowed"
    op.create_index(f"ix_system_{flag}", "system", [flag])
    op.drop_table("client_session")
    op.create_table(
        "client_session",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        *(_moment(name) for name in ("first_used_at", "last_used_at", "expires_at")),
        sa.Column("successor_id", sa.Text, nullable=False),
        sa.Column("licence", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_client_session"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_client_session_user_id"),
    )
    op.create_index("ix_client_session_expires_at", "client_session", ["expires_at"])
    op.create_index("ix_client_session_successor_id", "client_session", ["successor_id"])
    op.create_index(
        "ix_client_session_licence",
        "client_session",
        ["expires_at", "licence"],
        sqlite_where=_HOLDS_A_LICENCE,
        postgresql_where=_HOLDS_A_LICENCE,
    )


def _moment(name: str) -> "sa.Column[object]":
    kind = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
    return sa.Column(name, kind, nullable=False)
