"""Mails handed over to a real mail server."""

import socket
import ssl
from datetime import UTC, datetime

import pytest
from certificates import make_certificate
from mail_server import Postbox, knows, running, tls_context

from tmsba.smtp import MailRefused, MailServer, Message, Security, ServerTrouble

MESSAGE = Message(
    key="tmsba.1",
    recipients=("anna@example.com", "bo@example.com"),
    subject="Réservation : " + "大会 " * 20 + "!",
    text="Grüße, Größe\n.\nFrom here\n" + "x" * 2000 + "\n",
    html="<p>Größe 大会</p>",
    created_at=datetime(2026, 1, 29, 12, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("smtp")).both


def server(postbox, security=Security.NONE, **more):
    values = {"host": "127.0.0.1", "port": postbox.port, "sender": "tms@example.com", "timeout_s": 5.0}
    return MailServer(security=security, **values | more)


def send(mail_server, message=MESSAGE):
    with mail_server.connected() as connection:
        return connection.send(message)


def test_a_mail_arrives_as_it_was_written():
    with running(Postbox()) as postbox:
        assert send(server(postbox)) == {}
    [letter] = postbox.letters
    assert (letter.sender, letter.recipients) == ("tms@example.com", list(MESSAGE.recipients))
    message = letter.message
    assert message["Subject"] == MESSAGE.subject
    assert (message["From"], message["To"]) == ("tms@example.com", "anna@example.com, bo@example.com")
    assert message["Date"].datetime == MESSAGE.created_at
    assert message["Message-ID"] == "<tmsba.1@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    assert letter.part("plain").replace("\r\n", "\n") == MESSAGE.text
    assert letter.part("html").strip() == MESSAGE.html


def test_one_connection_takes_several_mails():
    with running(Postbox()) as postbox, server(postbox).connected() as connection:
        for _ in range(3):
            connection.send(MESSAGE)
    assert len(postbox.letters) == 3


# The server does not know that it has TLS when it has it from the first byte.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_passwords_and_mails_are_encrypted(security, certificate):
    context = tls_context(certificate)
    options = {"tls_context": context, "require_starttls": True}
    if security is Security.TLS:
        options = {"ssl_context": context}
    trusted = ssl.create_default_context(cafile=certificate)
    with running(
        Postbox(),
        authenticator=knows(b"tms", b"pass-word"),
        auth_required=True,
        auth_require_tls=security is Security.STARTTLS,
        **options,
    ) as postbox:
        send(server(postbox, security, tls=trusted, username="tms", password="pass-word"))
        with pytest.raises(ServerTrouble, match="535 ") as caught:
            send(server(postbox, security, tls=trusted, username="tms", password="other-word"))
    assert "other-word" not in str(caught.value)
    [letter] = postbox.letters
    assert letter.is_encrypted


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_certificate_that_nobody_vouches_for_is_not_accepted(security, certificate):
    context = tls_context(certificate)
    options = {"ssl_context": context} if security is Security.TLS else {"tls_context": context}
    untrusted = pytest.raises(
        ServerTrouble, match=r"certificate was not accepted \(self-signed certificate\)"
    )
    with running(Postbox(), **options) as postbox, untrusted:
        send(server(postbox, security))
    assert postbox.letters == []


def test_nothing_is_sent_in_the_clear_to_a_server_without_starttls():
    with running(Postbox()) as postbox, pytest.raises(ServerTrouble, match="STARTTLS"):
        send(server(postbox, Security.STARTTLS))
    assert postbox.letters == []


def test_recipients_that_are_refused_are_told_apart():
    replies = {"anna@example.com": "450 Come back later", "bo@example.com": "550 No such user"}
    with running(Postbox(replies=replies)) as postbox:
        refused = send(server(postbox))
        assert {address: one.is_final for address, one in refused.items()} == {
            "anna@example.com": False,
            "bo@example.com": True,
        }
        assert refused["bo@example.com"].reason == "No such user"
        del postbox.replies["bo@example.com"]
        assert list(send(server(postbox))) == ["anna@example.com"]
    assert [letter.recipients for letter in postbox.letters] == [["bo@example.com"]]


@pytest.mark.parametrize(
    ("reply", "error"), [("451 Try again", ServerTrouble), ("554 No spam here", MailRefused)]
)
def test_a_mail_that_is_refused_is_told_apart_from_trouble(reply, error):
    with running(Postbox(data_reply=reply)) as postbox, pytest.raises(error, match=reply):
        send(server(postbox))


def test_an_address_that_the_server_cannot_read_is_refused():
    message = Message(
        key="k",
        recipients=("größe@example.com",),
        subject="",
        text="",
        html="",
        created_at=MESSAGE.created_at,
    )
    with running(Postbox(), enable_SMTPUTF8=False) as postbox, pytest.raises(MailRefused, match="SMTPUTF8"):
        send(server(postbox), message)


def test_a_server_that_is_not_there_is_trouble():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ServerTrouble, match="refused"):
        send(server(Postbox(port=port)))


def test_a_server_that_goes_away_is_trouble():
    with running(Postbox()) as postbox:
        connected = server(postbox).connected()
        connection = connected.__enter__()
    with pytest.raises(ServerTrouble):
        connection.send(MESSAGE)
    connected.__exit__(None, None, None)


def test_a_password_that_cannot_be_sent_is_not_shown():
    refused = pytest.raises(ServerTrouble, match="plain ASCII")
    with (
        running(Postbox(), authenticator=knows(b"", b""), auth_require_tls=False) as postbox,
        refused as caught,
    ):
        send(server(postbox, username="tms", password="schlüssel"))
    assert "schl" not in str(caught.value)
    assert "schlüssel" not in repr(server(postbox, username="tms", password="schlüssel"))
