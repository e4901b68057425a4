"""The life of a client session in a server of several processes, told by raw requests and by zeep.

The clock is the real one: time goes by as the stored sessions grow older.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zeep.exceptions
from installation import (
    BOOKING_NS,
    FAULT_NS,
    PASSWORD,
    Installation,
    Soap,
    error_code,
    soon,
    wire_time,
)
from lxml import etree

from tmsba.domain.errors import ClientSessionBlank, ClientSessionExpired, LicenceMissing
from tmsba.store import create_store

WORKERS = 3
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: Any, tmp_path: Path) -> Iterator[Installation]:
    """A server of three processes, with one licence for clients."""
    installation = Installation(tmp_path)
    if request.param == "postgresql":
        installation.database_url = request.getfixturevalue("postgres_url")
    try:
        set_up(installation)
        installation.serve("--workers", str(WORKERS), "--no-control")
        yield installation
    finally:
        installation.stop()


def set_up(installation: Installation) -> None:
    installation.run("db", "upgrade")
    group = ("--group", "Site Administrator")
    installation.run("user", "add", "admin", "--password-stdin", *group, stdin=PASSWORD)
    installation.run("licence", "add", "application-integration")


def age(server: Installation, duration: timedelta) -> None:
    """Let all sessions be so much older."""
    store = create_store(server.env()["TMSBA_DATABASE_URL"])
    with store.writing() as uow:
        for session in uow.sessions.active(soon()):
            names = ("first_used_at", "last_used_at", "expires_at")
            uow.sessions.put(replace(session, **{name: getattr(session, name) - duration for name in names}))
        uow.commit()
    store.dispose()


def raw(server: Installation, session: str) -> dict[str, str]:
    """The texts of the answer to a licensed call, by their names; its conference is not there."""
    body = f"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>
      <ExternalAPIVersionSoapHeader xmlns="{BOOKING_NS}"><ClientVersionIn>23</ClientVersionIn>
      <ClientSession>{session}</ClientSession></ExternalAPIVersionSoapHeader></s:Header><s:Body>
      <SaveConference xmlns="{BOOKING_NS}"><Conference><StartTimeUTC>{wire_time(soon(60))}</StartTimeUTC>
      <EndTimeUTC>{wire_time(soon(90))}</EndTimeUTC></Conference></SaveConference></s:Body></s:Envelope>"""
    root = etree.fromstring(server.post(body.encode()).content)
    return {etree.QName(e).localname: e.text or "" for e in root.iter()}


def on_all_workers(server: Installation, session: str) -> list[dict[str, str]]:
    """The answers to many calls at once, each on a connection of its own."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: raw(server, session), range(24)))


def save(soap: Soap) -> tuple[int, str]:
    """The id of a new conference, and the session id in the answer's header."""
    conference = soap.conference(StartTimeUTC=wire_time(soon(60)), EndTimeUTC=wire_time(soon(90)))
    answer = soap.client.service.SaveConference(conference, _soapheaders=[soap.header()])
    header = answer.header.ExternalAPIVersionSoapHeader
    return answer.body.SaveConferenceResult.ConferenceId, header.ClientSession


def test_a_session_lives_47_minutes_and_17_more_on_every_process(server: Installation) -> None:
    soap = server.soap()
    blank = raw(server, "")
    assert blank["errorcode"] == str(ClientSessionBlank.code)
    first = soap.session = blank["clientsessionid"]
    number, session = save(soap)
    assert (number > 0, session) == (True, first)
    assert {answer["ClientSession"] for answer in on_all_workers(server, first)} == {first}

    age(server, 47 * MINUTE)
    [second] = {answer["ClientSession"] for answer in on_all_workers(server, first)}
    assert second != first
    assert save(soap)[1] == second

    age(server, 17 * MINUTE)
    refusals = on_all_workers(server, first)
    assert {answer["errorcode"] for answer in refusals} == {str(ClientSessionExpired.code)}
    assert {answer["clientsessionid"] for answer in refusals} == {second}
    assert "ConferenceId" not in refusals[0]
    with pytest.raises(zeep.exceptions.Fault) as caught:
        save(soap)
    assert error_code(caught.value) == ClientSessionExpired.code
    assert caught.value.detail.findtext(f".//{{{FAULT_NS}}}clientsessionid") == second
    soap.session = second
    assert save(soap)[1] == second


def test_the_licence_is_that_of_one_client_until_its_session_ends(server: Installation) -> None:
    assert raw(server, "one")["ClientSession"] == "one"
    refusals = on_all_workers(server, "two")
    assert {answer["errorcode"] for answer in refusals} == {str(LicenceMissing.code)}
    assert "licences\tclients" in server.run("ticket", "list")
    age(server, 50 * MINUTE)
    heir = raw(server, "one")["ClientSession"]
    assert {answer["ClientSession"] for answer in on_all_workers(server, heir)} == {heir}
    assert raw(server, "two")["errorcode"] == str(LicenceMissing.code)
    listed = [line.split("\t") for line in server.run("sessions", "list").splitlines()[1:]]
    assert [(row[0], row[1], row[2], row[6]) for row in listed] == [
        ("127.0.0.1", "one", "admin", "1"),
        ("127.0.0.1", heir, "admin", "1"),
    ]
    server.run("sessions", "end", heir)
    assert raw(server, heir)["errorcode"] == str(ClientSessionExpired.code)
    assert raw(server, "two")["ClientSession"] == "two"
    assert "clients" not in server.run("ticket", "list")


def test_who_looks_at_the_log_sees_sessions_and_licences(tmp_path: Path) -> None:
    installation = Installation(tmp_path, environment={"TMSBA_LOG_LEVEL": "debug"})
    try:
        set_up(installation)
        installation.serve("--no-control")
        raw(installation, "one")
        raw(installation, "two")
    finally:
        installation.stop()
    log = (tmp_path / "serve.log").read_text()
    assert '"session": "one"' in log
    assert '"takes_licence": true' in log
    assert '"event": "licences_exceeded"' in log
