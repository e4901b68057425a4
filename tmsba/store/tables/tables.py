"""The tables, as the newest migration leaves them.

A *conference* row is what was booked: the details that a single meeting has, or that all occurrences of a
series share. An *occurrence* row is one date of it, and its id is the ConferenceId that clients see. The
domain's ``Conference`` is an occurrence together with its conference row and its participants.

A series is a conference row with a pattern. All its dates name that row in ``series_id``. Those that are
like the series share its row; one with other details or participants has a conference row of its own, which
names the row of the series in its ``series_id``.

Reservations never overlap: in PostgreSQL by exclusion constraints, in SQLite by triggers. Both live in the
migrations, for neither can be said in a way that fits both databases.
"""

from enum import Enum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from tmsba.domain.bridge.bridge import SpaceState
from tmsba.domain.bridge.health import BridgeAddress
from tmsba.domain.conference.live import EventKind
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.users import Permission
from tmsba.domain.values import (
    Bandwidth,
    Choice,
    ConferenceType,
    ExtendMode,
    ParticipantKind,
    PictureMode,
    StoredState,
    SystemCategory,
    SystemStatus,
    TransactionType,
)
from tmsba.ports.outbox import JobKind
from tmsba.store.sql.column_types import NumberEnum, TextEnum, UtcDateTime
from tmsba.store.tables.bridge_values import (
    decode_nodes,
    decode_ranges,
    decode_report,
    encode_nodes,
    encode_ranges,
    encode_report,
)
from tmsba.store.tables.decision_values import decode_decision, encode_decision
from tmsba.store.tables.json_values import (
    JsonText,
    decode_ids,
    decode_pattern,
    decode_zone_rules,
    encode_ids,
    encode_pattern,
    encode_zone_rules,
)
from tmsba.store.tables.live_values import decode_left_calls, encode_left_calls
from tmsba.store.tables.webex_values import SealedWebEx

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: PostgreSQL looks a system up as a range that ends one above its id, so the very last number cannot be one.
LAST_SYSTEM_ID = 2**31 - 2

#: SQLite counts in INTEGER only; the log outlives 32 bits elsewhere.
_LogId = BigInteger().with_variant(Integer(), "sqlite")


def _number_key() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _required_text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _added_text(name: str) -> Column[str]:
    """A text that rows from before the column have blank."""
    return Column(name, Text, server_default=text("''"), nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _reference(name: str, target: str, *, is_optional: bool = False, is_owned: bool = False) -> Column[int]:
    key = ForeignKey(target, ondelete="CASCADE" if is_owned else None)
    return Column(name, Integer, key, nullable=is_optional)


def _choice(name: str, kind: type[Enum]) -> Column[Enum]:
    return Column(name, TextEnum(kind), nullable=False)


def _one_of(name: str, kind: type[Enum]) -> CheckConstraint:
    values = ", ".join(repr(member.value) for member in kind)
    return CheckConstraint(f"{name} IN ({values})", name=name)


# ---------------------------------------------------------------- people

user_account = Table(
    "user_account",
    metadata,
    _number_key(),
    _required_text("name"),
    # Folded in Python: databases disagree on the letter case of anything beyond ASCII.
    _required_text("name_key"),
    _required_text("domain"),
    _required_text("first_name"),
    _required_text("last_name"),
    _required_text("email"),
    _required_text("email_key"),
    _required_text("time_zone"),
    _flag("is_hidden"),
    _flag("is_enabled"),
    _required_text("password_hash"),
    Column("gets_mails", Boolean, server_default=text("true"), nullable=False),
    Column("primary_system_id", Integer, ForeignKey("system.id")),
    _added_text("ip_zone"),
    # Sealed, for it is as good as the password; blank for those who do not log in with NTLM.
    Column("nt_hash", Text, nullable=False, server_default=""),
    UniqueConstraint("name_key"),
    Index(None, "email_key", "id"),
    sqlite_autoincrement=True,
)

_HAS_NTLM = text("nt_hash <> ''")
Index(
    "ix_user_account_has_ntlm",
    user_account.c.id,
    sqlite_where=_HAS_NTLM,
    postgresql_where=_HAS_NTLM,
)

user_group = Table(
    "user_group",
    metadata,
    _number_key(),
    _required_text("name"),
    Column("is_default", Boolean, server_default=text("false"), nullable=False),
    UniqueConstraint("name"),
)

group_permission = Table(
    "group_permission",
    metadata,
    Column("group_id", Integer, ForeignKey("user_group.id", ondelete="CASCADE"), primary_key=True),
    Column("permission", TextEnum(Permission), primary_key=True),
    _one_of("permission", Permission),
)

group_member = Table(
    "group_member",
    metadata,
    Column("user_id", Integer, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("group_id", Integer, ForeignKey("user_group.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "group_id"),
)

# ---------------------------------------------------------------- log-in

# An account at an address, or either of them alone with the other blank.
failed_login = Table(
    "failed_login",
    metadata,
    Column("account", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("forgotten_at", UtcDateTime, nullable=False),
    Column("blocked_until", UtcDateTime, nullable=False),
    Index(None, "forgotten_at"),
)

used_challenge = Table(
    "used_challenge",
    metadata,
    Column("id", Text, primary_key=True),
    Column("expires_at", UtcDateTime, nullable=False),
    Index(None, "expires_at"),
)

# ---------------------------------------------------------------- systems

system = Table(
    "system",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _required_text("name"),
    _choice("category", SystemCategory),
    _choice("status", SystemStatus),
    _required_text("time_zone"),
    _required_text("sip_uri"),
    _required_text("h323_id"),
    _required_text("e164_alias"),
    _required_text("contact"),
    _required_text("manufacturer"),
    _required_text("description"),
    _required_text("model"),
    _required_text("network_address"),
    _required_text("location"),
    _required_text("isdn_number"),
    _required_text("web_interface_url"),
    _added_text("ip_zone"),
    _flag("is_booking_allowed"),
    Column("recording_aliases", JSON, nullable=False),
    # Read with every system that is booked, so not in a table of its own; users are never removed.
    Column("allowed_user_ids", JsonText(encode_ids, decode_ids), server_default=text("'[]'"), nullable=False),
    # Whether it holds a licence.
    Column("is_remote_booking_allowed", Boolean, nullable=False, server_default=text("false")),
    Index(None, "is_remote_booking_allowed"),
    CheckConstraint(f"id BETWEEN 1 AND {LAST_SYSTEM_ID}", name="id"),
    _one_of("category", SystemCategory),
    _one_of("status", SystemStatus),
)

# ---------------------------------------------------------------- bridges

bridge = Table(
    "bridge",
    metadata,
    _number_key(),
    _required_text("name"),
    _required_text("url"),
    _required_text("domain"),
    Column("numeric_id_base", BigInteger, nullable=False),
    Column("numeric_id_quantity", Integer, nullable=False),
    _required_text("web_bridge_uri"),
    _flag("is_enabled"),
    _flag("is_tls_verified"),
    Column("max_participants", Integer, CheckConstraint("max_participants >= 1", name="max_participants")),
    _required_text("username"),
    _required_text("sealed_password"),
    Column("call_profile_id", Text),
    Column("call_leg_profile_id", Text),
    Column("ranges", JsonText(encode_ranges, decode_ranges)),
    _required_text("software_version"),
    _flag("is_prepared"),
    _added_text("alternate_url"),
    _added_text("alternate_username"),
    _added_text("sealed_alternate_password"),
    _added_text("ca_pem"),
    _added_text("fingerprint"),
    _added_text("alternate_fingerprint"),
    _added_text("cluster_id"),
    _added_text("ip_zone"),
    Column("priority", Integer, server_default=text("0"), nullable=False),
    Column("nodes", JsonText(encode_nodes, decode_nodes)),
    # What the bridge tells of itself.
    Column("told_participants", Integer),
    Column("told_load", Integer),
    Column("is_balancing", Boolean, server_default=text("false"), nullable=False),
    # Of whoever sets it up.
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    UniqueConstraint("name"),
    UniqueConstraint("url"),
    CheckConstraint("numeric_id_quantity >= 0", name="numeric_id_quantity"),
    sqlite_autoincrement=True,
)

space = Table(
    "space",
    metadata,
    _number_key(),
    _reference("bridge_id", "bridge.id"),
    Column("number", BigInteger, nullable=False),
    Column("cospace_id", Text),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    # Not for bookings to come: its number is no longer in the bridge's range.
    Column("is_retired", Boolean, server_default=text("false"), nullable=False),
    # Routing passes by what is not ready.
    Column("state", TextEnum(SpaceState), server_default=text("'ready'"), nullable=False),
    UniqueConstraint("bridge_id", "number"),
    CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease"),
    sqlite_autoincrement=True,
)

#: Which spaces may have to go; a query says it in the same words, so that SQLite sees that the index fits.
IS_RETIRED_ROOM = text("is_retired AND cospace_id IS NOT NULL")
Index("ix_space_to_remove", space.c.bridge_id, sqlite_where=IS_RETIRED_ROOM, postgresql_where=IS_RETIRED_ROOM)

bridge_profile = Table(
    "bridge_profile",
    metadata,
    Column("bridge_id", Integer, ForeignKey("bridge.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    _required_text("profile_id"),
)

bridge_health = Table(
    "bridge_health",
    metadata,
    _number_key(),
    _reference("bridge_id", "bridge.id", is_owned=True),
    _choice("address", BridgeAddress),
    Column("due_at", UtcDateTime, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("is_reachable", Boolean),
    Column("reachable_since", UtcDateTime),
    Column("checked_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    _required_text("last_error"),
    Column("last_error_at", UtcDateTime),
    Column("report", JsonText(encode_report, decode_report)),
    Column("swept_at", UtcDateTime),
    UniqueConstraint("bridge_id", "address"),
    _one_of("address", BridgeAddress),
    CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease"),
    sqlite_autoincrement=True,
)

# ---------------------------------------------------------------- WebEx

webex_site = Table(
    "webex_site",
    metadata,
    _number_key(),
    _required_text("url"),
    # The same for all spellings of the address.
    _required_text("url_key"),
    _required_text("name"),
    _flag("uses_pstn"),
    _flag("is_default"),
    UniqueConstraint("url_key"),
    sqlite_autoincrement=True,
)

_IS_DEFAULT = text("is_default")
Index(
    "ix_webex_site_default",
    webex_site.c.is_default,
    unique=True,
    sqlite_where=_IS_DEFAULT,
    postgresql_where=_IS_DEFAULT,
)

# ---------------------------------------------------------------- conferences

conference = Table(
    "conference",
    metadata,
    _number_key(),
    _reference("owner_id", "user_account.id"),
    _reference("created_by_id", "user_account.id"),
    # True once every date of it is deleted, or another conference has its external key by now.
    _flag("is_deleted"),
    _required_text("title"),
    _choice("type", ConferenceType),
    Column("bandwidth", NumberEnum(Bandwidth), nullable=False),
    Column("isdn_bandwidth", NumberEnum(Bandwidth), nullable=False),
    Column("ip_bandwidth", NumberEnum(Bandwidth), nullable=False),
    _choice("picture_mode", PictureMode),
    _choice("encryption", Choice),
    _choice("data_conference", Choice),
    _choice("extend_mode", ExtendMode),
    _required_text("pin"),
    _required_text("billing_code"),
    _flag("is_isdn_restricted"),
    _required_text("email_to"),
    _required_text("user_message"),
    _required_text("external_source_id"),
    _required_text("external_primary_key"),
    _required_text("detached_source_id"),
    _required_text("detached_primary_key"),
    _required_text("language"),
    _required_text("location"),
    _required_text("invitees"),
    _required_text("secret_code"),
    _required_text("meeting_source"),
    _required_text("privacy_flag"),
    _required_text("bundle_id"),
    _required_text("conf_owner_id"),
    _flag("is_recording_enabled"),
    Column("external_dial_string", Text, server_default=text("''"), nullable=False),
    _added_text("host_pin"),
    Column("webex", SealedWebEx()),
    Column("zone_rules", JsonText(encode_zone_rules, decode_zone_rules)),
    # Of the row that stands for a series.
    Column("pattern", JsonText(encode_pattern, decode_pattern)),
    # Of the own row of an exception: the row that stands for its series.
    Column(
        "series_id",
        Integer,
        ForeignKey("conference.id"),
        CheckConstraint("series_id IS NULL OR pattern IS NULL", name="series"),
    ),
    _one_of("type", ConferenceType),
    _one_of("bandwidth", Bandwidth),
    _one_of("isdn_bandwidth", Bandwidth),
    _one_of("ip_bandwidth", Bandwidth),
    _one_of("picture_mode", PictureMode),
    _one_of("encryption", Choice),
    _one_of("data_conference", Choice),
    _one_of("extend_mode", ExtendMode),
    Index(None, "owner_id"),
    Index(None, "created_by_id"),
    sqlite_autoincrement=True,
)

_IN_SERIES = text("series_id IS NOT NULL")
Index(None, conference.c.series_id, sqlite_where=_IN_SERIES, postgresql_where=_IN_SERIES)

#: Which external keys are unique; a query says it in the same words, so that SQLite sees that the index fits.
KEY_IN_USE = text("external_primary_key <> '' AND NOT is_deleted AND series_id IS NULL")
Index(
    "uq_conference_external_key",
    conference.c.external_source_id,
    conference.c.external_primary_key,
    unique=True,
    sqlite_where=KEY_IN_USE,
    postgresql_where=KEY_IN_USE,
)

#: Which external keys are free again; whoever had one last is found by it.
KEY_GIVEN_UP = text("external_primary_key <> '' AND is_deleted AND series_id IS NULL")
Index(
    "ix_conference_deleted_external_key",
    conference.c.external_source_id,
    conference.c.external_primary_key,
    conference.c.id,
    sqlite_where=KEY_GIVEN_UP,
    postgresql_where=KEY_GIVEN_UP,
)

occurrence = Table(
    "occurrence",
    metadata,
    _number_key(),
    _reference("conference_id", "conference.id"),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    _choice("state", StoredState),
    Column("version", Integer, nullable=False),
    _reference("bridge_id", "bridge.id", is_optional=True),
    _reference("space_id", "space.id", is_optional=True),
    Column("space_number", BigInteger),
    Column("join_uri", Text),
    Column("join_url", Text),
    Column("space_secret", Text),
    # No foreign key: old rows of the log may be cleared away.
    Column("transaction_id", _LogId),
    Column("connected_at", UtcDateTime),
    # The conference row that stands for the series.
    _reference("series_id", "conference.id", is_optional=True),
    Column(
        "recurrence_at",
        UtcDateTime,
        CheckConstraint("(recurrence_at IS NULL) = (series_id IS NULL)", name="series"),
    ),
    Column(
        "is_exception",
        Boolean,
        CheckConstraint("series_id IS NOT NULL OR NOT is_exception", name="exception"),
        server_default=text("false"),
        nullable=False,
    ),
    # Whether it was deleted while it was going on, or with all that its series had to come.
    Column("is_cancelled", Boolean, server_default=text("false"), nullable=False),
    CheckConstraint("start_at <= end_at", name="period"),
    _one_of("state", StoredState),
    CheckConstraint(
        "(space_id IS NULL) = (bridge_id IS NULL) AND (space_id IS NULL) = (space_number IS NULL)"
        " AND (space_id IS NULL) = (join_uri IS NULL) AND (space_id IS NULL) = (join_url IS NULL)"
        " AND (space_id IS NULL) = (space_secret IS NULL)",
        name="route",
    ),
    Index(None, "conference_id"),
    Index(None, "end_at", "start_at"),
    sqlite_autoincrement=True,
)

Index(
    None,
    occurrence.c.series_id,
    occurrence.c.recurrence_at,
    sqlite_where=_IN_SERIES,
    postgresql_where=_IN_SERIES,
)

#: Dates that have left their series, by the occurrence that they are now.
detached_date = Table(
    "detached_date",
    metadata,
    Column("occurrence_id", Integer, ForeignKey("occurrence.id"), primary_key=True, autoincrement=False),
    _reference("series_id", "conference.id"),
    Column("recurrence_at", UtcDateTime, nullable=False),
    Index(None, "series_id"),
)

#: How conferences were routed when they were last saved.
route_decision = Table(
    "route_decision",
    metadata,
    # The row that stands for the whole.
    Column("conference_id", Integer, ForeignKey("conference.id", ondelete="CASCADE"), primary_key=True),
    # One date of a series that was decided by itself; 0 for all others. No foreign key, for there is no 0.
    Column("occurrence_id", Integer, primary_key=True, autoincrement=False),
    Column("decision", JsonText(encode_decision, decode_decision), nullable=False),
)

participant = Table(
    "participant",
    metadata,
    Column("conference_id", Integer, ForeignKey("conference.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _choice("kind", ParticipantKind),
    # Systems have a system, all others a number within the conference.
    _reference("system_id", "system.id", is_optional=True),
    Column("number", Integer),
    _required_text("name_or_number"),
    _required_text("email"),
    _one_of("kind", ParticipantKind),
    CheckConstraint("(kind = 'system') = (system_id IS NOT NULL)", name="system"),
    CheckConstraint("(system_id IS NULL) = (number IS NOT NULL)", name="number"),
)

_IS_SYSTEM = text("system_id IS NOT NULL")
Index(
    None,
    participant.c.system_id,
    participant.c.conference_id,
    sqlite_where=_IS_SYSTEM,
    postgresql_where=_IS_SYSTEM,
)

system_reservation = Table(
    "system_reservation",
    metadata,
    Column("occurrence_id", Integer, ForeignKey("occurrence.id", ondelete="CASCADE"), primary_key=True),
    Column("system_id", Integer, ForeignKey("system.id"), primary_key=True),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    CheckConstraint("start_at <= end_at", name="period"),
    # By the end first: a search for a period then skips all that is over before it.
    Index(None, "system_id", "end_at", "start_at"),
)

space_reservation = Table(
    "space_reservation",
    metadata,
    Column("occurrence_id", Integer, ForeignKey("occurrence.id", ondelete="CASCADE"), primary_key=True),
    _reference("space_id", "space.id"),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    # How many take part, for bridges that have room for so many only.
    Column("participants", Integer, server_default=text("0"), nullable=False),
    CheckConstraint("start_at <= end_at", name="period"),
    Index(None, "space_id", "end_at", "start_at"),
    Index(None, "end_at", "start_at"),
)

# ---------------------------------------------------------------- the change log

transaction_log = Table(
    "transaction_log",
    metadata,
    Column("id", _LogId, primary_key=True),
    _reference("occurrence_id", "occurrence.id"),
    _choice("type", TransactionType),
    _reference("performed_by_id", "user_account.id"),
    _one_of("type", TransactionType),
    Index(None, "occurrence_id", "id"),
    sqlite_autoincrement=True,
)

transaction_system = Table(
    "transaction_system",
    metadata,
    Column("transaction_id", _LogId, ForeignKey("transaction_log.id", ondelete="CASCADE"), primary_key=True),
    Column("system_id", Integer, ForeignKey("system.id"), primary_key=True),
    Index(None, "system_id", "transaction_id"),
)

# ---------------------------------------------------------------- mails

outgoing_mail = Table(
    "outgoing_mail",
    metadata,
    _number_key(),
    Column("recipients", JSON, nullable=False),
    _required_text("subject"),
    _required_text("text"),
    _required_text("html"),
    _required_text("request_id"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    _required_text("last_error"),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease"),
    Index(None, "due_at", "id"),
    sqlite_autoincrement=True,
)

# ---------------------------------------------------------------- the control workers

outbox = Table(
    "outbox",
    metadata,
    _number_key(),
    _reference("occurrence_id", "occurrence.id"),
    _choice("kind", JobKind),
    # Empty when the action is withdrawn; the row stays, for a worker may hold its lease.
    Column("due_at", UtcDateTime),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("done_at", UtcDateTime),
    _required_text("last_error"),
    _required_text("request_id"),
    # The bridge that it keeps busy, or 0: so there is no foreign key. It only shares the workers out.
    Column("bridge_id", Integer, server_default=text("0"), nullable=False),
    UniqueConstraint("occurrence_id", "kind"),
    _one_of("kind", JobKind),
    CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease"),
    sqlite_autoincrement=True,
)

_IS_WANTED = text("done_at IS NULL AND due_at IS NOT NULL")
Index(
    None,
    outbox.c.bridge_id,
    outbox.c.due_at,
    outbox.c.id,
    sqlite_where=_IS_WANTED,
    postgresql_where=_IS_WANTED,
)

live_conference = Table(
    "live_conference",
    metadata,
    Column("occurrence_id", Integer, ForeignKey("occurrence.id"), primary_key=True),
    _reference("bridge_id", "bridge.id"),
    _reference("space_id", "space.id"),
    Column("call_id", Text),
    Column("opened_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("warned_at", UtcDateTime),
    Column("extensions", Integer, server_default=text("0"), nullable=False),
    # What of the space may differ from a space between meetings, in words with commas between them.
    _added_text("adjusted"),
    _added_text("layout"),
    _added_text("url"),
    Column("unreached_since", UtcDateTime),
    Column("is_call_ended", Boolean, server_default=text("false"), nullable=False),
    # NULL for nothing, so that the few with something are found quickly.
    Column("left_calls", JsonText(encode_left_calls, decode_left_calls)),
)

_IS_NOT_CLOSED = text("closed_at IS NULL")
Index(None, live_conference.c.space_id, sqlite_where=_IS_NOT_CLOSED, postgresql_where=_IS_NOT_CLOSED)
Index(None, live_conference.c.call_id, sqlite_where=_IS_NOT_CLOSED, postgresql_where=_IS_NOT_CLOSED)
Index(
    "ix_live_conference_open_on_bridge",
    live_conference.c.bridge_id,
    sqlite_where=_IS_NOT_CLOSED,
    postgresql_where=_IS_NOT_CLOSED,
)
_HAS_LEFT_CALLS = text("left_calls IS NOT NULL")
Index(
    "ix_live_conference_left",
    live_conference.c.occurrence_id,
    sqlite_where=_HAS_LEFT_CALLS,
    postgresql_where=_HAS_LEFT_CALLS,
)

live_call_leg = Table(
    "live_call_leg",
    metadata,
    Column(
        "occurrence_id",
        Integer,
        ForeignKey("live_conference.occurrence_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _required_text("remote_party"),
    _required_text("call_leg_id"),
    Column("dialled_at", UtcDateTime),
    Column("attempts", Integer, server_default=text("1"), nullable=False),
    Column("is_connected", Boolean, server_default=text("false"), nullable=False),
    Column("is_participant", Boolean, server_default=text("false"), nullable=False),
    Index(None, "call_leg_id"),
)

# ---------------------------------------------------------------- what goes on in open conferences

#: Who was seen in a conference that is open on a bridge; gone when it is closed.
live_view = Table(
    "live_view",
    metadata,
    Column(
        "occurrence_id",
        Integer,
        ForeignKey("live_conference.occurrence_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("seen_at", UtcDateTime, nullable=False),
    # It counts no longer when nobody has looked again by then.
    Column("expires_at", UtcDateTime, nullable=False),
)

live_participant = Table(
    "live_participant",
    metadata,
    Column(
        "occurrence_id",
        Integer,
        ForeignKey("live_view.occurrence_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _required_text("call_leg_id"),
    _required_text("name"),
    _required_text("address"),
    _required_text("state"),
    Column("since", UtcDateTime, nullable=False),
    _flag("is_connected"),
    # Which of the booked participants it is; neither for others.
    _reference("system_id", "system.id", is_optional=True),
    Column("number", Integer),
    Index(None, "call_leg_id"),
)
Index(None, live_participant.c.system_id, sqlite_where=_IS_SYSTEM, postgresql_where=_IS_SYSTEM)

#: Why call legs ended that somebody has yet to miss.
ended_call_leg = Table(
    "ended_call_leg",
    metadata,
    Column("call_leg_id", Text, primary_key=True),
    Column(
        "occurrence_id",
        Integer,
        ForeignKey("live_conference.occurrence_id", ondelete="CASCADE"),
        nullable=False,
    ),
    _required_text("reason"),
    Index(None, "occurrence_id"),
)

conference_event = Table(
    "conference_event",
    metadata,
    Column("id", _LogId, primary_key=True),
    _reference("occurrence_id", "occurrence.id"),
    Column("at", UtcDateTime, nullable=False),
    _choice("kind", EventKind),
    _required_text("text"),
    _one_of("kind", EventKind),
    Index(None, "occurrence_id", "id"),
    sqlite_autoincrement=True,
)

record_session = Table(
    "record_session",
    metadata,
    Column("bridge_id", Integer, ForeignKey("bridge.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("last_at", UtcDateTime, nullable=False),
    Column("last_index", BigInteger, nullable=False),
    Column("last_correlator", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("duplicates", BigInteger, nullable=False),
    Column("missing", BigInteger, nullable=False),
)

# ---------------------------------------------------------------- administration

ticket = Table(
    "ticket",
    metadata,
    _number_key(),
    _required_text("subject"),
    _required_text("kind"),
    _required_text("text"),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Index(None, "opened_at", "id"),
    sqlite_autoincrement=True,
)

_IS_OPEN = text("closed_at IS NULL")
Index(
    "uq_ticket_open",
    ticket.c.subject,
    ticket.c.kind,
    unique=True,
    sqlite_where=_IS_OPEN,
    postgresql_where=_IS_OPEN,
)

client_session = Table(
    "client_session",
    metadata,
    Column("id", Text, primary_key=True),
    _reference("user_id", "user_account.id"),
    _required_text("address"),
    Column("first_used_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    _required_text("successor_id"),
    Column("licence", Text),
    Index(None, "expires_at"),
    Index(None, "successor_id"),
)

_HOLDS_A_LICENCE = text("licence IS NOT NULL")
Index(
    "ix_client_session_licence",
    client_session.c.expires_at,
    client_session.c.licence,
    sqlite_where=_HOLDS_A_LICENCE,
    postgresql_where=_HOLDS_A_LICENCE,
)

setting = Table("setting", metadata, Column("name", Text, primary_key=True), _required_text("value"))

option_key = Table(
    "option_key",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    CheckConstraint("count >= 0", name="count"),
)

# ---------------------------------------------------------------- the audit log

#: Rows are only added: triggers refuse everything else, see the migration.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", _LogId, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    _required_text("who"),
    _required_text("origin"),
    _choice("action", AuditAction),
    _required_text("subject"),
    _required_text("detail"),
    Column("count", Integer, nullable=False),
    Index(None, "at", "id"),
    sqlite_autoincrement=True,
)

#: While a row is here, rows of the audit log from before its time may be deleted.
audit_pruning = Table("audit_pruning", metadata, Column("before_at", UtcDateTime, primary_key=True))
