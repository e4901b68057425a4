"""``tmsba mail``."""

from typing import TYPE_CHECKING

import click

from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session

if TYPE_CHECKING:
    from tmsba.smtp import MailServer, Message


@click.group()
def mail() -> None:
    """Mails about bookings."""


@mail.command("test")
@click.argument("address")
@click.pass_obj
def send_test(session: Session, address: str) -> None:
    """Send a mail to ADDRESS, to see whether the mail server takes it."""
    from tmsba.app import mail_server
    from tmsba.domain.people.addresses import mail_addresses

    server = mail_server(session.config)
    if server is None:
        raise Problem("There is no mail server: set smtp_host and mail_sender first.")
    if mail_addresses(address) != (address,):
        raise Problem(f"'{address}' is no mail address: give one such as anna@example.com.")
    _send(server, _test_message(address))
    click.echo(f"{server.host} took the mail to {address}.")


def _test_message(address: str) -> "Message":
    from uuid import uuid4

    from tmsba.app import utc_now
    from tmsba.smtp import Message

    text = "This is a test: mails about bookings arrive."
    return Message(
        key=f"tmsba.test.{uuid4()}",
        recipients=(address,),
        subject="Test of the booking server",
        text=f"{text}\n",
        html=f"<p>{text}</p>",
        created_at=utc_now(),
    )


def _send(server: "MailServer", message: "Message") -> None:
    from tmsba.smtp import MailRefused, ServerTrouble

    try:
        with server.connected() as connection:
            refused = connection.send(message)
    except (ServerTrouble, MailRefused) as error:
        raise Problem(f"{server.host} did not take the mail: {error}") from error
    for address, refusal in refused.items():
        raise Problem(f"{server.host} refused {address}: {refusal.code} {refusal.reason}")
