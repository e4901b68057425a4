import io
import json
import logging
import warnings

import pytest
import structlog

from tmsba import log


def fail(text: str) -> None:
    hidden = text.encode().hex()
    raise RuntimeError(bytes.fromhex(hidden).decode())


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def json_log() -> io.StringIO:
    stream = io.StringIO()
    log.configure(log_format="json", level="info", stream=stream)
    return stream


def test_our_events_and_those_of_libraries_come_as_json_with_the_ids_in_force(json_log):
    with structlog.contextvars.bound_contextvars(request_id="r1", bridge="B"):
        structlog.get_logger("ours").info("space_opened", conference_id=7)
        logging.getLogger("theirs").warning("pool of %s", 5)
    ours, theirs = lines(json_log)
    assert {k: ours[k] for k in ("event", "conference_id", "request_id", "bridge", "level", "logger")} == {
        "event": "space_opened",
        "conference_id": 7,
        "request_id": "r1",
        "bridge": "B",
        "level": "info",
        "logger": "ours",
    }
    assert (theirs["event"], theirs["request_id"], theirs["level"]) == ("pool of 5", "r1", "warning")


def test_what_is_less_severe_than_the_level_is_left_out(json_log):
    structlog.get_logger("ours").debug("detail")
    logging.getLogger("httpx").info("HTTP Request: PUT ...")
    logging.getLogger("alembic.runtime.migration").info("Context impl")
    assert json_log.getvalue() == ""


@pytest.mark.parametrize(
    "key",
    ["password", "user_password", "pin", "new_pin", "passcode", "secret", "Authorization", "secret_key"],
)
def test_values_of_keys_that_hold_secrets_are_masked(json_log, key):
    structlog.get_logger("ours").info(
        "saved", **{key: "hush"}, form={"inner": {key: "hush"}}, list=[{key: "hush"}]
    )
    assert "hush" not in json_log.getvalue()
    assert lines(json_log)[0][key] == log.MASK


def test_words_that_only_contain_pin_stay(json_log):
    structlog.get_logger("ours").info("seen", mapping="m", spinning=True, opinion="o", has_pin=True, pin="")
    (line,) = lines(json_log)
    assert (line["mapping"], line["spinning"], line["opinion"]) == ("m", True, "o")
    assert (line["has_pin"], line["pin"]) == (True, "")


def test_secrets_inside_urls_are_masked_in_texts_and_tracebacks(json_log):
    url = "https://join.example.com/meeting/1?secret=hush-1"
    structlog.get_logger("ours").info("joined", url=url)
    try:
        fail("postgresql://me:hush-2@db.example.com/tmsba")
    except RuntimeError:
        structlog.get_logger("ours").exception("failed")
    assert "hush" not in json_log.getvalue()
    joined, failed = lines(json_log)
    assert joined["url"] == "https://join.example.com/meeting/1?secret=***"
    assert "RuntimeError: postgresql://me:***@db.example.com/tmsba" in failed["exception"]


def test_the_console_shows_tracebacks_without_local_variables():
    stream = io.StringIO()
    log.configure(log_format="console", level="info", stream=stream)
    password = "hush"
    try:
        fail("broken")
    except RuntimeError:
        structlog.get_logger("ours").exception("failed", password=password)
    assert "failed" in stream.getvalue()
    assert "RuntimeError: broken" in stream.getvalue()
    assert "hush" not in stream.getvalue()


def test_warnings_of_python_go_to_the_log(json_log):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    logging.captureWarnings(False)
    assert "DeprecationWarning: old" in lines(json_log)[0]["event"]


def test_configuring_twice_writes_each_line_once(json_log):
    log.configure(log_format="json", level="info", stream=json_log)
    structlog.get_logger("ours").info("once")
    assert len(lines(json_log)) == 1
