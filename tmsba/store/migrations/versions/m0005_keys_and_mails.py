"""The key of a deleted conference is found again; mails that wait to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index of keys and the table of mails."""
    was_used = sa.text("external_primary_key <> '' AND is_deleted AND series_id IS NULL")
    op.create_index(
        "ix_conference_deleted_external_key",
        "conference",
        ["external_source_id", "external_primary_key", "id"],
        sqlite_where=was_used,
        postgresql_where=was_used,
    )
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("recipients", sa.JSON, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("subject", "text", "html", "request_id")),
        *(_moment(name) for name in ("created_at", "due_at")),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("lease_owner", sa.Text),
        _moment("lease_until", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing_mail"),
        sa.CheckConstraint(
            "(lease_owner IS NULL) = (lease_until IS NULL)", name=op.f("ck_outgoing_mail_lease")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outgoing_mail_due_at_id", "outgoing_mail", ["due_at", "id"])


def _moment(name: str, *, null: bool = False) -> sa.Column[object]:
    kind = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
    return sa.Column(name, kind, nullable=null)
