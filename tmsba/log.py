"""Logging: everything, our own and the libraries', through one formatter, without secrets.

An event's name is constant, its facts are fields. ``request_id``, ``conference_id`` and ``bridge`` are bound
with ``structlog.contextvars`` where they become known and then follow every line.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"

_SECRET_KEY = re.compile(
    r"password|passwd|passcode|secret|authorization|cookie|token|credential|private_?key|(^|_)pin($|_)",
    re.IGNORECASE,
)
# Passwords inside database URLs, and the secret in a join URL.
_SECRET_TEXT = re.compile(
    r"(?P<head>://[^\s:/@]*:)[^\s/@]+(?=@)|(?P<name>[?&](?:secret|passcode|pin)=)[^\s&'\"]+"
)

#: Libraries that tell at INFO what we tell ourselves.
_QUIET = ("httpx", "httpcore", "alembic")


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask the values of keys that hold secrets, however deep, and secrets inside URLs."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: str, value: Any) -> Any:
    if _SECRET_KEY.search(key) and value not in (None, "", True, False):
        return MASK
    if isinstance(value, str):
        return _SECRET_TEXT.sub(lambda match: (match["head"] or match["name"]) + MASK, value)
    if isinstance(value, Mapping):
        return {name: _redacted(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted("", inner) for inner in value]
    return value


def configure(*, log_format: str = "console", level: str = "info", stream: TextIO | None = None) -> None:
    """Set logging up for this process; safe to call again.

    Args:
        log_format: ``console`` for people, ``json`` for collectors, one object per line.
        level: the least severe level to write.
        stream: where to; ``None`` takes standard error, because standard output belongs to results.
    """
    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _positional],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_ending(log_format, is_terminal=target.isatty()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _ending(log_format: str, *, is_terminal: bool) -> list[Processor]:
    """The processors that make text of an event; secrets go last, so that tracebacks are masked too."""
    if log_format == "json":
        return [structlog.processors.format_exc_info, redact, structlog.processors.JSONRenderer(default=str)]
    # Rich tracebacks would show local variables, and with them passwords.
    console = structlog.dev.ConsoleRenderer(
        colors=is_terminal, exception_formatter=structlog.dev.plain_traceback
    )
    return [structlog.processors.format_exc_info, redact, console]


def _positional(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> EventDict:
    """Name the process of lines that libraries write: gunicorn's arbiter and workers share one stream."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["pid"] = record.process
    return event
