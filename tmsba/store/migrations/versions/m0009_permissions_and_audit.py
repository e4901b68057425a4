"""Permissions of groups, users of systems, and the audit log.

Columns are added in plain SQL, as in the migration for series.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LOG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")

ALL = ("book", "book-on-behalf-of", "update", "approve-meeting", "read-all-conferences")
GROUPS = {
    "Site Administrator": ALL,
    "Video Unit Administrator": ("book", "update", "approve-meeting", "read-all-conferences"),
    "Users": ("book", "update", "approve-meeting", "read-all-conferences"),
}


def upgrade() -> None:
    """Create everything."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute("ALTER TABLE user_account ADD COLUMN gets_mails BOOLEAN DEFAULT true NOT NULL")
    op.execute(
        "ALTER TABLE user_account ADD COLUMN primary_system_id INTEGER"
        " CONSTRAINT fk_user_account_primary_system_id REFERENCES system (id)"
    )
    op.execute("ALTER TABLE user_group ADD COLUMN is_default BOOLEAN DEFAULT false NOT NULL")
    op.execute("ALTER TABLE system ADD COLUMN allowed_user_ids TEXT DEFAULT '[]' NOT NULL")
    _create_permissions()
    _create_audit_log()
    if is_postgresql:
        _guard_in_postgresql()
    else:
        _guard_in_sqlite()


def _create_permissions() -> None:
    permissions = ", ".join(f"'{name}'" for name in ALL)
    op.create_table(
        "group_permission",
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("permission", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("group_id", "permission", name="pk_group_permission"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["user_group.id"], name="fk_group_permission_group_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint(f"permission IN ({permissions})", name=op.f("ck_group_permission_permission")),
    )
    op.execute("INSERT INTO user_group (name) VALUES ('Video Unit Administrator')")
    give = sa.text(
        "INSERT INTO group_permission (group_id, permission) SELECT id, :permission FROM user_group"
        " WHERE name = :name"
    )
    for name, permissions_of_group in GROUPS.items():
        for permission in permissions_of_group:
            op.execute(give.bindparams(permission=permission, name=name))


def _create_audit_log() -> None:
    texts = [
        sa.Column(name, sa.Text, nullable=False) for name in ("who", "origin", "action", "subject", "detail")
    ]
    op.create_table(
        "audit_log",
        sa.Column("id", LOG_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        *texts,
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_log_at_id", "audit_log", ["at", "id"])
    op.create_table(
        "audit_pruning",
        sa.Column("before_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("before_at", name="pk_audit_pruning"),
    )


def _guard_in_postgresql() -> None:
    """Refuse changes of the audit log, and deletions of what is not being pruned."""
    op.execute(
        "CREATE FUNCTION audit_log_guard() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN"
        " IF TG_OP = 'DELETE' THEN"
        "  IF EXISTS (SELECT 1 FROM audit_pruning WHERE before_at > old.at) THEN RETURN old; END IF;"
        " END IF;"
        " RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'restrict_violation';"
        " END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log"
        " FOR EACH ROW EXECUTE FUNCTION audit_log_guard()"
    )
    op.execute(
        "CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_log_guard()"
    )


def _guard_in_sqlite() -> None:
    op.execute(
        "CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log"
        " BEGIN SELECT raise(ABORT, 'audit_log is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log"
        " WHEN NOT EXISTS (SELECT 1 FROM audit_pruning WHERE before_at > old.at)"
        " BEGIN SELECT raise(ABORT, 'audit_log is append-only'); END"
    )
