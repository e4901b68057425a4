"""The first tables, the guards against double booking, and the built-in groups.

Everything is spelled out: what a migration does must not change with the code around it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LOG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")

BANDWIDTHS = (
    "0, 64, 128, 192, 256, 320, 384, 448, 512, 768, 1152, 1472, 1920, 2048, 2560, 3072, 4096, 6000, 6144"
)
CHOICES = "'yes', 'no', 'if-possible'"
STATES = "'booked', 'defective-clash', 'defective-route', 'meeting-request', 'rejected', 'deleted'"
PARTICIPANT_KINDS = (
    "'system', 'master', 'ip-video-in', 'ip-audio-in', 'isdn-video-in', 'telephone-in', 'sip-video-in',"
    " 'sip-audio-in', 'mobile-in', 'ip-video-out', 'ip-audio-out', 'isdn-video-out', 'telephone-out',"
    " 'sip-video-out', 'sip-audio-out', 'mobile-out', 'directory', 'user'"
)


def upgrade() -> None:
    """Create everything."""
    _create_people()
    _create_systems()
    _create_bridges()
    _create_conferences()
    _create_participants()
    _create_reservations()
    _create_change_log()
    _create_control()
    _create_administration()
    if op.get_bind().dialect.name == "postgresql":
        _guard_in_postgresql("system_reservation", "system_id")
        _guard_in_postgresql("space_reservation", "space_id")
    else:
        _guard_in_sqlite("system_reservation", "system_id")
        _guard_in_sqlite("space_reservation", "space_id")


def _number(name: str, *references: str, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, *map(sa.ForeignKey, references), nullable=null)


def _owned_by(name: str, target: str, kind: sa.types.TypeEngine[Any] | None = None) -> sa.Column[Any]:
    key = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(name, kind or sa.Integer(), key, nullable=False)


def _key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, nullable=False)


def _words(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=null)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _moment(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, MOMENT, nullable=null)


def _primary_key(*columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns)


def _unique(*columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=name)


def _one_of(column: str, values: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN ({values})", name=column)


def _index(table: str, *columns: str, where: str | None = None, name: str | None = None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(
        name or f"ix_{table}_{'_'.join(columns)}",
        table,
        list(columns),
        unique=name is not None,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _create_people() -> None:
    op.create_table(
        "user_account",
        _key(),
        _words("name"),
        _words("name_key"),
        _words("domain"),
        _words("first_name"),
        _words("last_name"),
        _words("email"),
        _words("email_key"),
        _words("time_zone"),
        _flag("is_hidden"),
        _flag("is_enabled"),
        _words("password_hash"),
        _primary_key("id"),
        _unique("name_key"),
        sqlite_autoincrement=True,
    )
    _index("user_account", "email_key", "id")
    op.create_table("user_group", _key(), _words("name"), _primary_key("id"), _unique("name"))
    op.create_table(
        "group_member",
        _owned_by("user_id", "user_account.id"),
        _owned_by("group_id", "user_group.id"),
        _primary_key("user_id", "group_id"),
    )
    _index("group_member", "group_id")
    for name in ("Site Administrator", "Users"):
        op.execute(sa.text("INSERT INTO user_group (name) VALUES (:name)").bindparams(name=name))


def _create_systems() -> None:
    op.create_table(
        "system",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        _words("name"),
        _words("category"),
        _words("status"),
        _words("time_zone"),
        _words("sip_uri"),
        _words("h323_id"),
        _words("e164_alias"),
        _words("contact"),
        _words("manufacturer"),
        _words("description"),
        _words("model"),
        _words("network_address"),
        _words("location"),
        _words("isdn_number"),
        _words("web_interface_url"),
        _flag("is_booking_allowed"),
        sa.Column("recording_aliases", sa.JSON, nullable=False),
        _primary_key("id"),
        # A range of ids ends one above the last; see _guard_in_postgresql.
        _check("id", "id BETWEEN 1 AND 2147483646"),
        _one_of("category", "'Endpoint', 'Equipment', 'Room', 'Recording'"),
        _one_of("status", "'alive', 'idle', 'in-call', 'no-response', 'unknown'"),
    )


def _create_bridges() -> None:
    op.create_table(
        "bridge",
        _key(),
        _words("name"),
        _words("url"),
        _words("domain"),
        sa.Column("numeric_id_base", sa.BigInteger, nullable=False),
        _number("numeric_id_quantity"),
        _words("web_bridge_uri"),
        _flag("is_enabled"),
        _flag("is_tls_verified"),
        _words("username"),
        _words("sealed_password"),
        _words("call_profile_id", null=True),
        _words("call_leg_profile_id", null=True),
        _words("parameter_set_id", null=True),
        _words("software_version"),
        _flag("is_prepared"),
        _primary_key("id"),
        _unique("name"),
        _unique("url"),
        _check("numeric_id_quantity", "numeric_id_quantity >= 0"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "space",
        _key(),
        _number("bridge_id", "bridge.id"),
        sa.Column("number", sa.BigInteger, nullable=False),
        _words("cospace_id", null=True),
        _words("lease_owner", null=True),
        _moment("lease_until", null=True),
        _primary_key("id"),
        _unique("bridge_id", "number"),
        _check("lease", "(lease_owner IS NULL) = (lease_until IS NULL)"),
        sqlite_autoincrement=True,
    )


def _create_conferences() -> None:
    op.create_table(
        "conference",
        _key(),
        _number("owner_id", "user_account.id"),
        _number("created_by_id", "user_account.id"),
        _flag("is_deleted"),
        _words("title"),
        _words("type"),
        _number("bandwidth"),
        _number("isdn_bandwidth"),
        _number("ip_bandwidth"),
        _words("picture_mode"),
        _words("encryption"),
        _words("data_conference"),
        _words("extend_mode"),
        _words("pin"),
        _words("billing_code"),
        _flag("is_isdn_restricted"),
        _words("email_to"),
        _words("user_message"),
        _words("external_source_id"),
        _words("external_primary_key"),
        _words("detached_source_id"),
        _words("detached_primary_key"),
        _words("language"),
        _words("location"),
        _words("invitees"),
        _words("secret_code"),
        _words("meeting_source"),
        _words("privacy_flag"),
        _words("bundle_id"),
        _words("conf_owner_id"),
        _flag("is_recording_enabled"),
        _primary_key("id"),
        _one_of(
            "type", "'automatic', 'manual', 'one-button-to-push', 'no-connect', 'reservation-only', 'ad-hoc'"
        ),
        _one_of("bandwidth", BANDWIDTHS),
        _one_of("isdn_bandwidth", BANDWIDTHS),
        _one_of("ip_bandwidth", BANDWIDTHS),
        _one_of("picture_mode", "'continuous-presence', 'enhanced-continuous-presence', 'voice-switched'"),
        _one_of("encryption", CHOICES),
        _one_of("data_conference", CHOICES),
        _one_of("extend_mode", "'none', 'endpoint-prompt', 'automatic-best-effort'"),
        sqlite_autoincrement=True,
    )
    _index("conference", "owner_id")
    _index("conference", "created_by_id")
    _index(
        "conference",
        "external_source_id",
        "external_primary_key",
        where="external_primary_key <> '' AND NOT is_deleted",
        name="uq_conference_external_key",
    )
    op.create_table(
        "occurrence",
        _key(),
        _number("conference_id", "conference.id"),
        _moment("start_at"),
        _moment("end_at"),
        _words("state"),
        _number("version"),
        _number("bridge_id", "bridge.id", null=True),
        _number("space_id", "space.id", null=True),
        sa.Column("space_number", sa.BigInteger),
        _words("join_uri", null=True),
        _words("join_url", null=True),
        _words("space_secret", null=True),
        sa.Column("transaction_id", LOG_ID),
        _primary_key("id"),
        _check("period", "start_at <= end_at"),
        _one_of("state", STATES),
        _check(
            "route",
            "(space_id IS NULL) = (bridge_id IS NULL) AND (space_id IS NULL) = (space_number IS NULL)"
            " AND (space_id IS NULL) = (join_uri IS NULL) AND (space_id IS NULL) = (join_url IS NULL)"
            " AND (space_id IS NULL) = (space_secret IS NULL)",
        ),
        sqlite_autoincrement=True,
    )
    _index("occurrence", "conference_id")
    _index("occurrence", "end_at", "start_at")


def _create_participants() -> None:
    op.create_table(
        "participant",
        _owned_by("conference_id", "conference.id"),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        _words("kind"),
        _number("system_id", "system.id", null=True),
        _number("number", null=True),
        _words("name_or_number"),
        _words("email"),
        _primary_key("conference_id", "position"),
        _one_of("kind", PARTICIPANT_KINDS),
        _check("system", "(kind = 'system') = (system_id IS NOT NULL)"),
        _check("number", "(system_id IS NULL) = (number IS NOT NULL)"),
    )
    _index("participant", "system_id", "conference_id", where="system_id IS NOT NULL")


def _create_reservations() -> None:
    op.create_table(
        "system_reservation",
        _owned_by("occurrence_id", "occurrence.id"),
        _number("system_id", "system.id"),
        _moment("start_at"),
        _moment("end_at"),
        _primary_key("occurrence_id", "system_id"),
        _check("period", "start_at <= end_at"),
    )
    _index("system_reservation", "system_id", "end_at", "start_at")
    op.create_table(
        "space_reservation",
        _owned_by("occurrence_id", "occurrence.id"),
        _number("space_id", "space.id"),
        _moment("start_at"),
        _moment("end_at"),
        _primary_key("occurrence_id"),
        _check("period", "start_at <= end_at"),
    )
    _index("space_reservation", "space_id", "end_at", "start_at")
    _index("space_reservation", "end_at", "start_at")


def _create_change_log() -> None:
    op.create_table(
        "transaction_log",
        sa.Column("id", LOG_ID, nullable=False),
        _number("occurrence_id", "occurrence.id"),
        _words("type"),
        _number("performed_by_id", "user_account.id"),
        _primary_key("id"),
        _one_of("type", "'new', 'updated', 'deleted'"),
        sqlite_autoincrement=True,
    )
    _index("transaction_log", "occurrence_id", "id")
    op.create_table(
        "transaction_system",
        _owned_by("transaction_id", "transaction_log.id", LOG_ID),
        _number("system_id", "system.id"),
        _primary_key("transaction_id", "system_id"),
    )
    _index("transaction_system", "system_id", "transaction_id")


def _create_control() -> None:
    op.create_table(
        "outbox",
        _key(),
        _number("occurrence_id", "occurrence.id"),
        _words("kind"),
        _moment("due_at", null=True),
        _words("lease_owner", null=True),
        _moment("lease_until", null=True),
        _number("attempts"),
        _number("generation"),
        _moment("done_at", null=True),
        _words("last_error"),
        _words("request_id"),
        _primary_key("id"),
        _unique("occurrence_id", "kind"),
        _one_of("kind", "'launch', 'end'"),
        _check("lease", "(lease_owner IS NULL) = (lease_until IS NULL)"),
        sqlite_autoincrement=True,
    )
    _index("outbox", "due_at", "id", where="done_at IS NULL AND due_at IS NOT NULL")
    op.create_table(
        "live_conference",
        _number("occurrence_id", "occurrence.id"),
        _number("bridge_id", "bridge.id"),
        _number("space_id", "space.id"),
        _words("call_id", null=True),
        _moment("opened_at", null=True),
        _moment("closed_at", null=True),
        _primary_key("occurrence_id"),
    )
    _index("live_conference", "space_id", where="closed_at IS NULL")
    op.create_table(
        "live_call_leg",
        _owned_by("occurrence_id", "live_conference.occurrence_id"),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        _words("remote_party"),
        _words("call_leg_id"),
        _primary_key("occurrence_id", "position"),
    )


def _create_administration() -> None:
    op.create_table(
        "ticket",
        _key(),
        _words("subject"),
        _words("kind"),
        _words("text"),
        _moment("opened_at"),
        _moment("closed_at", null=True),
        _primary_key("id"),
        sqlite_autoincrement=True,
    )
    _index("ticket", "opened_at", "id")
    _index("ticket", "subject", "kind", where="closed_at IS NULL", name="uq_ticket_open")
    op.create_table(
        "client_session",
        _words("id"),
        _number("user_id", "user_account.id"),
        _words("address"),
        _moment("first_used_at"),
        _moment("last_used_at"),
        _primary_key("id"),
    )
    op.create_table("setting", _words("name"), _words("value"), _primary_key("name"))
    op.create_table(
        "option_key",
        _words("kind"),
        _number("count"),
        _primary_key("kind"),
        _check("count", "count >= 0"),
    )


def _guard_in_postgresql(table: str, what: str) -> None:
    """Forbid overlaps by an exclusion constraint.

    GiST compares plain numbers only with an extension that is not installed everywhere, but it always
    compares ranges: hence the range of one number.
    """
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_overlap EXCLUDE USING gist"
        f" (int4range({what}, {what}, '[]') WITH &&, tstzrange(start_at, end_at, '[)') WITH &&)"
    )


def _guard_in_sqlite(table: str, what: str) -> None:
    """Forbid overlaps by triggers.

    Stored rows never overlap, so they end in the order in which they start, and of those that end after the
    new one starts the first alone can begin before it ends. Empty periods overlap nothing.
    """
    for event, is_other in (("INSERT", ""), ("UPDATE", "AND rowid <> old.rowid")):
        op.execute(
            f"CREATE TRIGGER {table}_overlap_{event.lower()} BEFORE {event} ON {table}"  # noqa: S608 - our own names
            " WHEN new.start_at < new.end_at AND new.end_at > ("
            f"  SELECT start_at FROM {table}"
            f"  WHERE {what} = new.{what} AND end_at > new.start_at AND start_at < end_at {is_other}"
            "  ORDER BY end_at LIMIT 1)"
            f" BEGIN SELECT raise(ABORT, '{table}_overlap'); END"
        )
