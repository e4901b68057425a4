"""``tmsba mail`` with a real mail server."""

import pytest
from mail_server import Postbox, running


@pytest.fixture
def postbox(monkeypatch):
    with running(Postbox()) as listening:
        values = {"HOST": "127.0.0.1", "PORT": str(listening.port), "SECURITY": "none"}
        for name, value in values.items():
            monkeypatch.setenv(f"TMSBA_SMTP_{name}", value)
        monkeypatch.setenv("TMSBA_MAIL_SENDER", "tms@example.com")
        yield listening


def test_a_test_mail_shows_that_mails_arrive(run, postbox):
    result = run("mail", "test", "anna@example.com")
    assert (result.exit_code, result.stdout) == (0, "127.0.0.1 took the mail to anna@example.com.\n")
    [letter] = postbox.letters
    assert letter.recipients == ["anna@example.com"]
    assert letter.message["Subject"] == "Test of the booking server"
    assert letter.part("plain").strip() == "This is a test: mails about bookings arrive."


def test_what_the_mail_server_says_against_it_is_shown(run, postbox):
    postbox.replies = {"anna@example.com": "550 Nobody here"}
    result = run("mail", "test", "anna@example.com")
    assert result.exit_code == 1
    assert "127.0.0.1 refused anna@example.com: 550 Nobody here" in result.stderr
    postbox.replies, postbox.data_reply = {}, "554 No spam here"
    assert "did not take the mail: 554 No spam here" in run("mail", "test", "anna@example.com").stderr


def test_a_mail_server_that_is_not_there_is_a_sentence(run, monkeypatch, postbox):
    monkeypatch.setenv("TMSBA_SMTP_SECURITY", "starttls")
    result = run("mail", "test", "anna@example.com")
    assert result.exit_code == 1
    assert "STARTTLS" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_mail_server_and_no_address_are_told(run, postbox, monkeypatch):
    assert "is no mail address" in run("mail", "test", "anna").stderr
    monkeypatch.delenv("TMSBA_SMTP_HOST")
    result = run("mail", "test", "anna@example.com")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: There is no mail server: set smtp_host and mail_sender first.\n",
    )
