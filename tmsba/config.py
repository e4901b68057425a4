"""Deployment configuration: one table of settings, read from a TOML file and ``TMSBA_*`` variables.

A field's name is the key in the file and, in capitals behind ``TMSBA_``, the name of the variable; its
metadata holds the help and the values it takes. What administrators change while the server runs lives in
``tmsba.domain.settings`` instead.
"""

import difflib
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

PREFIX = "TMSBA_"
#: Names the configuration file.
FILE_VARIABLE = "TMSBA_CONFIG"

_RECEIVER_PATH = re.compile(r"(?!/(tms|healthz)(/|$))(/[a-z0-9-]+){1,4}")


class ConfigError(Exception):
    """The configuration cannot be used; the message is one sentence that names the key and where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How this installation runs; build it with ``load``."""

    database_url: str = field(
        default="sqlite:///tmsba.db",
        repr=False,
        metadata={"help": "SQLAlchemy URL of the database; a SQLite path counts from the working directory."},
    )
    secret_key: str = field(
        default="",
        repr=False,
        metadata={"help": "Encrypts stored secrets; blank takes a key file beside a SQLite database."},
    )
    public_url: str = field(
        default="",
        metadata={"help": "What clients call the server, such as https://tms.example.com; blank: by Host."},
    )
    trusted_proxies: tuple[str, ...] = field(
        default=(), metadata={"help": "Addresses of reverse proxies whose X-Forwarded headers count."}
    )
    host: str = field(default="127.0.0.1", metadata={"help": "The address to listen on."})
    port: int = field(
        default=8080, metadata={"help": "The port to listen on; 0 for any.", "minimum": 0, "maximum": 65_535}
    )
    workers: int = field(
        default=2, metadata={"help": "Web server processes.", "minimum": 1, "maximum": 1_000}
    )
    threads: int = field(
        default=16, metadata={"help": "Threads of each web server process.", "minimum": 1, "maximum": 1_000}
    )
    body_limit_bytes: int = field(
        default=4 * 1024 * 1024,
        metadata={"help": "The largest request that is read.", "minimum": 1_024, "maximum": 1_073_741_824},
    )
    soap12_fault_detail: str = field(
        default="both",
        metadata={
            "help": "How SOAP 1.2 faults carry their detail: as TMS does, as the standard says, or both.",
            "choices": ("both", "tms", "spec"),
        },
    )
    log_format: str = field(
        default="console", metadata={"help": "How the log is written.", "choices": ("console", "json")}
    )
    log_level: str = field(
        default="info",
        metadata={"help": "What the log leaves out.", "choices": ("debug", "info", "warning", "error")},
    )
    lease_seconds: float = field(
        default=30.0,
        metadata={"help": "How long a control worker may be silent.", "minimum": 1, "maximum": 3_600},
    )
    poll_seconds: float = field(
        default=0.5,
        metadata={"help": "How often a control worker looks for work.", "minimum": 0.05, "maximum": 60},
    )
    control_threads: int = field(
        default=64,
        metadata={"help": "Jobs a control worker does at once.", "minimum": 1, "maximum": 1_000},
    )
    bridge_jobs: int = field(
        default=4,
        metadata={
            "help": "How many of them on one bridge; one that hangs keeps no more busy.",
            "minimum": 1,
            "maximum": 1_000,
        },
    )
    bridge_check_seconds: float = field(
        default=30.0,
        metadata={"help": "How often a bridge that is well is looked at.", "minimum": 1, "maximum": 3_600},
    )
    bridge_sweep_seconds: float = field(
        default=300.0,
        metadata={
            "help": "How often what is on a bridge is compared with the bookings.",
            "minimum": 10,
            "maximum": 86_400,
        },
    )
    cdr_path: str = field(
        default="",
        metadata={"help": "Where bridges may post call detail records, such as /cdr; blank: nowhere."},
    )
    smtp_host: str = field(
        default="", metadata={"help": "The mail server that takes our mails; blank: no mail is sent."}
    )
    smtp_port: int = field(
        default=587, metadata={"help": "The mail server's port.", "minimum": 1, "maximum": 65_535}
    )
    smtp_security: str = field(
        default="starttls",
        metadata={
            "help": "How the way to the mail server is encrypted: starttls, tls (from the start) or none.",
            "choices": ("starttls", "tls", "none"),
        },
    )
    smtp_username: str = field(
        default="", metadata={"help": "The account at the mail server; blank: it asks for none."}
    )
    smtp_password: str = field(default="", repr=False, metadata={"help": "The account's password."})
    mail_sender: str = field(
        default="", metadata={"help": "The address that mails come from, such as tms@example.com."}
    )
    authentication: tuple[str, ...] = field(
        default=("ntlm", "basic"),
        metadata={"help": "What clients may log in with.", "choices": ("ntlm", "basic")},
    )
    default_domain: str = field(
        default="", metadata={"help": "The Windows domain of names that come without one."}
    )
    ntlm_accounts: str = field(
        default="chosen",
        metadata={
            "help": "Who can log in with NTLM: those with --ntlm, or everybody with a password here.",
            "choices": ("chosen", "all"),
        },
    )
    ntlm_v1: str = field(
        default="refuse",
        metadata={"help": "What happens to the weak NTLM of old clients.", "choices": ("refuse", "accept")},
    )
    ldap_url: str = field(
        default="",
        metadata={"help": "A directory such as ldaps://dc.example.com; ldap:// starts TLS; blank: none."},
    )
    ldap_ca_file: str = field(
        default="",
        metadata={"help": "Whose certificates the directory may have, a PEM file; blank: the system's."},
    )
    ldap_bind_dn: str = field(default="", metadata={"help": "Who asks the directory; a DN."})
    ldap_bind_password: str = field(
        default="", repr=False, metadata={"help": "The password of ldap_bind_dn."}
    )
    ldap_base_dn: str = field(default="", metadata={"help": "Where the people are in the directory; a DN."})
    ldap_filter: str = field(
        default="(objectClass=person)", metadata={"help": "Which entries there are people."}
    )
    ldap_name_attribute: str = field(
        default="sAMAccountName", metadata={"help": "What holds the log-in name; uid outside of Windows."}
    )
    ldap_timeout_seconds: int = field(
        default=5,
        metadata={"help": "How long the directory may take for each step.", "minimum": 1, "maximum": 60},
    )
    certfile: str = field(default="", metadata={"help": "TLS certificate chain, a PEM file."})
    keyfile: str = field(default="", metadata={"help": "The certificate's private key, a PEM file."})

    @property
    def base_url(self) -> str:
        """What people type to reach the server, without a slash at the end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        scheme = "https" if self.certfile else "http"
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - to be reached
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def with_changes(self, **changes: Any) -> Self:
        """The same with other values for what is not ``None``.

        Raises:
            ConfigError: a value is out of its range.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        for name, value in given.items():
            _check_range(_FIELDS[name], value, name)
        return replace(self, **given)

    def as_environment(self) -> dict[str, str]:
        """Every setting as the variable that gives it, for a child process; secrets included."""
        texts = {entry.name: _to_text(getattr(self, entry.name)) for entry in fields(self)}
        return {PREFIX + name.upper(): text for name, text in texts.items()}


_FIELDS = {entry.name: entry for entry in fields(Config)}


def load(path: str | Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration from defaults, then the file, then variables.

    Args:
        path: the file; ``None`` takes the one that ``TMSBA_CONFIG`` names, if it names one.
        environment: the variables; ``None`` takes those of the process.

    Raises:
        ConfigError: the file cannot be read, a key is unknown, or a value does not fit.
    """
    variables = os.environ if environment is None else environment
    chosen = path or variables.get(FILE_VARIABLE) or None
    values = _from_file(Path(chosen)) if chosen else {}
    for name, entry in _FIELDS.items():
        variable = PREFIX + name.upper()
        if variable in variables:
            values[name] = _from_text(entry, variables[variable], variable)
    config = Config(**values)
    if config.keyfile and not config.certfile:
        raise ConfigError("keyfile is set but certfile is not: set certfile too.")
    if config.cdr_path and not _RECEIVER_PATH.fullmatch(config.cdr_path):
        raise ConfigError(
            "cdr_path is no path of its own: give one of letters, digits and dashes such as /cdr, not /tms."
        )
    if config.smtp_host:
        _check_mail(config)
    if config.ldap_url and not config.ldap_base_dn:
        raise ConfigError("ldap_url is set but ldap_base_dn is not: set ldap_base_dn too.")
    return config


def _check_mail(config: Config) -> None:
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", config.mail_sender):
        raise ConfigError(
            "smtp_host is set but mail_sender is no mail address: set it to the address that mails come from."
        )
    if config.smtp_username and config.smtp_security == "none":
        raise ConfigError(
            "smtp_username is set but smtp_security is 'none': a password is never sent unencrypted."
        )


def unknown_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """``TMSBA_*`` variables that set nothing, in order; typing errors most likely."""
    known = {PREFIX + name.upper() for name in _FIELDS} | {FILE_VARIABLE}
    return tuple(
        sorted(
            name
            for name in environment
            if name.startswith(PREFIX) and name not in known and not name.startswith(f"{PREFIX}TEST_")
        )
    )


def _from_file(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"The configuration file {path} cannot be read: {error.strerror or error}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The configuration file {path} is not valid TOML: {error}.") from error
    return {key: _from_toml(key, value, path) for key, value in table.items()}


def _from_toml(key: str, value: Any, path: Path) -> Any:
    entry = _FIELDS.get(key)
    if entry is None:
        near = difflib.get_close_matches(key, _FIELDS, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else "; there are: " + ", ".join(_FIELDS) + "."
        raise ConfigError(f"{path}: there is no setting '{key}'{hint}")
    where = f"{path}: {key}"
    if entry.type == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigError(f"{where} must be a list of strings.")
        return _check_range(entry, tuple(value), where)
    wanted = {int: "a whole number", float: "a number"}.get(_kind(entry), "a string")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {int: is_number and isinstance(value, int), float: is_number}.get(
        _kind(entry), isinstance(value, str)
    )
    if not fits:
        raise ConfigError(f"{where} must be {wanted}.")
    return _check_range(entry, _kind(entry)(value), where)


def _from_text(entry: Any, text: str, where: str) -> Any:
    if entry.type == tuple[str, ...]:
        return _check_range(entry, tuple(part.strip() for part in text.split(",") if part.strip()), where)
    kind = _kind(entry)
    if kind is str:
        return _check_range(entry, text, where)
    try:
        return _check_range(entry, kind(text), where)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        raise ConfigError(f"{where} must be {wanted}, not {text!r}.") from None


def _kind(entry: Any) -> type:
    return entry.type if isinstance(entry.type, type) else str


def _check_range(entry: Any, value: Any, where: str) -> Any:
    rules = entry.metadata
    if "choices" in rules:
        known = ", ".join(rules["choices"])
        values = value if isinstance(value, tuple) else (value,)
        if not values:
            raise ConfigError(f"{where} must be at least one of {known}.")
        for one in values:
            if one not in rules["choices"]:
                raise ConfigError(f"{where} must be one of {known}, not {one!r}.")
    if "minimum" in rules and not rules["minimum"] <= value <= rules["maximum"]:
        raise ConfigError(f"{where} must be from {rules['minimum']} to {rules['maximum']}, not {value}.")
    return value


def _to_text(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def secret_key(config: Config) -> str:
    """The key that seals stored secrets: the configured one, or the one beside a SQLite database.

    The file is made when it is first needed, readable for its owner only.

    Raises:
        ConfigError: no key is configured and there is no place for a file, or the file cannot be used.
    """
    if config.secret_key:
        return config.secret_key
    database = sqlite_file(config.database_url)
    if database is None:
        raise ConfigError(
            "The secret key is missing: set TMSBA_SECRET_KEY, or secret_key in the configuration file, to a "
            "long random text and keep it; bridge passwords and the like are stored encrypted with it."
        )
    path = database.with_name(f"{database.name}.key")
    try:
        key = path.read_text(encoding="ascii").strip() if path.exists() else _make_key_file(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The secret key file {path} cannot be used: {error}.") from error
    if not key:
        raise ConfigError(f"The secret key file {path} is empty: put the key back, or remove the file.")
    return key


def sqlite_file(database_url: str) -> Path | None:
    """The file of a SQLite database; ``None`` for other databases and those in memory.

    Raises:
        ConfigError: the text is no database URL.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        # Without the text itself: it may hold a password.
        raise ConfigError(
            "database_url is no database URL; it looks like sqlite:///tmsba.db or "
            "postgresql+psycopg://user:password@host/name."
        ) from None
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(url.database or "").absolute() if is_file else None


def _make_key_file(path: Path) -> str:
    """Write a new key; when another process was faster, take its key."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # Unlike a rename, a link never replaces a key that is in use already.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
