"""Mails about what a call has changed: written with the change, sent later by a control worker.

Source: TMSBA guide, ContextHeader and Defective Conferences.
"""

from dataclasses import replace

import structlog

from tmsba.booking.mail.letters import about_view
from tmsba.booking.view.viewing import Viewer
from tmsba.booking.view.views import (
    ConferenceView,
    ContentType,
    Defect,
    MailFacts,
    MailPurpose,
    MailRenderer,
)
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.addresses import mail_addresses
from tmsba.domain.people.users import User
from tmsba.domain.values import StoredState
from tmsba.ports.outbox import OutgoingMail

log = structlog.get_logger(__name__)

#: What every mail server takes for one message (RFC 5321).
MOST_RECIPIENTS = 100

_DEFECTIVE = (StoredState.DEFECTIVE_CLASH, StoredState.DEFECTIVE_ROUTE)


def tell(
    viewer: Viewer, renderer: MailRenderer, client: Client, view: ConferenceView, purpose: MailPurpose
) -> None:
    """Put a mail into the outbox, if the client wants one or something could not be booked.

    A confirmation goes to the owner and to the addresses of EmailTo. Of a defective booking the owner and
    whoever booked it are told in any case. Where there are hosts the owner's is a mail of its own.

    Args:
        viewer: whose unit of work made the change.
        renderer: writes the mail.
        client: what the headers of the call say.
        view: what became of the conference or series.
        purpose: what a confirmation says.
    """
    defects = _defects(viewer, view)
    recipients = _recipients(viewer, client, view, is_defective=bool(defects))
    if not recipients:
        return
    facts = replace(
        about_view(viewer.uow, view),
        # What is not booked as it was asked for is not confirmed.
        purpose=MailPurpose.EVENT if defects else purpose,
        defects=defects,
        is_information_left_out=client.is_information_left_out,
    )
    owner = mail_addresses(_address(view.owner)) if view.host_pin else ()
    hosts = tuple(one for one in recipients if one in owner)
    for told, host_pin in (
        (hosts, view.host_pin),
        (tuple(one for one in recipients if one not in hosts), ""),
    ):
        if told:
            _put(viewer, renderer, client, _with_host_pin(facts, host_pin), told)


def _with_host_pin(facts: MailFacts, host_pin: str) -> MailFacts:
    conference = facts.info.conference
    details = replace(conference.details, host_pin=host_pin)
    return replace(facts, info=replace(facts.info, conference=replace(conference, details=details)))


def _put(
    viewer: Viewer, renderer: MailRenderer, client: Client, facts: MailFacts, recipients: tuple[str, ...]
) -> None:
    plain, html = (renderer.mail(facts, kind) for kind in (ContentType.PLAIN_TEXT, ContentType.HTML))
    viewer.uow.mails.put(
        OutgoingMail(
            recipients=recipients,
            subject=plain.subject,
            text=plain.content,
            html=html.content,
            created_at=viewer.now,
            request_id=client.request_id,
        )
    )


def _defects(viewer: Viewer, view: ConferenceView) -> tuple[Defect, ...]:
    """What could not be booked, of what is still to come."""
    dates = view.series.living if view.series and view.is_series else (view.conference,)
    return tuple(
        Defect(period=one.period, is_clash=one.state is StoredState.DEFECTIVE_CLASH)
        for one in dates
        if one.state in _DEFECTIVE and one.period.end > viewer.now
    )


def _recipients(
    viewer: Viewer, client: Client, view: ConferenceView, *, is_defective: bool
) -> tuple[str, ...]:
    owner = _address(view.owner)
    texts: list[str] = []
    if is_defective:
        texts += [owner, _address(viewer.caller.user)]
    if client.is_confirmation_wanted:
        texts += [owner, view.conference.details.email_to]
    addresses = mail_addresses(" ".join(texts))
    if len(addresses) > MOST_RECIPIENTS:
        log.warning("mail_with_too_many_recipients", left_out=len(addresses) - MOST_RECIPIENTS)
    return addresses[:MOST_RECIPIENTS]


def _address(user: User) -> str:
    """Where mails for a user go; blank for one who gets none, as service accounts mostly do."""
    return user.email if user.gets_mails else ""
