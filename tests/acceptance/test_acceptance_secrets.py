"""No password stands in a log, in the database, in an answer or in what a command prints."""

import base64
import sqlite3
from contextlib import closing

import httpx
import requests
from installation import BRIDGE_PASSWORD, PASSWORD, start_bridge, wait_until
from passlib.hash import nthash
from requests_ntlm import HttpNtlmAuth

NEW_PASSWORD = "sesame and lilies 3"
WRONG_PASSWORD = "open barley 4"
SERVICE_PASSWORD = "iron crowbar 5"
WRONG_PATH = "1-0123456789abcdef0123456789abcdef01234567"
KEY = "a secret key for tests only"
PASSWORDS = (PASSWORD, BRIDGE_PASSWORD, NEW_PASSWORD, WRONG_PASSWORD, SERVICE_PASSWORD, KEY)


def spellings(password: str) -> list[bytes]:
    """A password as it may be written by mistake."""
    plain = password.encode()
    wide = password.encode("utf-16-le")
    headers = [base64.b64encode(f"{name}:{password}".encode()) for name in ("admin", "anna", "ntlm", "api")]
    as_hash = nthash.hash(password).encode()
    return [plain, wide, plain.hex().encode(), base64.b64encode(plain), as_hash, as_hash.upper(), *headers]


def test_no_password_is_written_anywhere(new_installation):
    house, bridge = new_installation, start_bridge()
    house.environment |= {"TMSBA_LOG_LEVEL": "debug", "TMSBA_CDR_PATH": "/cdr"}
    told = []
    try:
        told += _use_passwords(house, bridge)
        with closing(sqlite3.connect(house.folder / "tmsba.db")) as database:
            dump = "\n".join(database.iterdump())
        told += [
            house.run("audit", "list"),
            house.run("ticket", "list", "--all"),
            house.run("bridge", "list"),
        ]
    finally:
        house.stop()
        bridge.stop()
    logs = {path.name: path.read_bytes() for path in house.folder.glob("*.log")}
    assert b"login_failed" in logs["serve.log"]
    # The path of the receiver is a secret too, and so are those that are tried.
    paths = [one.uri.rpartition("/")[2].encode() for one in bridge.bridge.cdr.receivers.values()]
    assert len(paths) == 1
    assert b"/cdr/..." in logs["serve.log"]
    assert not [path for path in (*paths, WRONG_PATH.encode()) for log in logs.values() if path in log]
    places = {**logs, "the database": dump.encode(), "answers": "\n".join(told).encode()}
    for place, content in places.items():
        found = [p for p in PASSWORDS for spelling in spellings(p) if spelling in content]
        assert not found, f"{found} in {place}"


def _use_passwords(house, bridge):
    """Log in well and badly in every way, make and change accounts, drive a bridge; what was answered."""
    ntlm = ["--password-stdin", "--ntlm"]
    told = [house.run("user", "add", "EXAMPLE\\ntlm", *ntlm, stdin=PASSWORD)]
    told.append(house.run("user", "password", "ntlm", *ntlm, stdin=NEW_PASSWORD))
    told.append(house.add_bridge(bridge.url))
    house.serve()
    soap = house.soap()
    saved = soap.SaveConference(
        soap.conference(soap.participant("TMS", 1), soap.participant("SIP <-", name="G"))
    )
    wait_until(bridge.journal.since, "the bridge is driven")
    told.append(str(saved))
    told.append(house.run("bridge", "set", "Bridge One", "--cdr-receiver", house.url))
    told.append(httpx.post(f"{house.url}/cdr/{WRONG_PATH}", content=b"<records/>", trust_env=False).text)
    [receiver] = bridge.bridge.cdr.receivers.values()
    bridge.bridge.dial_in("1", "guest@example.com")
    wait_until(lambda: receiver.sent, "the bridge has sent its records")
    encoded = base64.b64encode(SERVICE_PASSWORD.encode()).decode()
    setup = house.soap("/tms/external/booking/remotesetup/remotesetupservice.asmx")
    told.append(str(setup.GenerateConferenceAPIUser("service", encoded, "service@example.com", False)))
    log_ins = [("admin", WRONG_PASSWORD), ("nobody", WRONG_PASSWORD), ("service", SERVICE_PASSWORD)]
    told += [house.post(b"<broken", auth=log_in).text for log_in in log_ins]
    wsdl = f"{house.url}/tms/external/booking/bookingservice.asmx?wsdl"
    told += [_with_ntlm(wsdl, password) for password in (NEW_PASSWORD, WRONG_PASSWORD)]
    told.append(httpx.get(wsdl, headers={"Authorization": f"Basic {WRONG_PASSWORD}"}, trust_env=False).text)
    return told


def _with_ntlm(url: str, password: str) -> str:
    session = requests.Session()
    session.trust_env = False
    session.auth = HttpNtlmAuth("EXAMPLE\\ntlm", password)
    return session.get(url).text
