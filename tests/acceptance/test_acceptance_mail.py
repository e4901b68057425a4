"""A mail from door to door: a third-party client asks for it, the control worker hands it over."""

from installation import wait_until
from mail_server import Postbox, running


def test_a_confirmation_and_a_warning_arrive(new_installation):
    with running(Postbox()) as postbox:
        new_installation.environment |= {
            "TMSBA_SMTP_HOST": "127.0.0.1",
            "TMSBA_SMTP_PORT": str(postbox.port),
            "TMSBA_SMTP_SECURITY": "none",
            "TMSBA_MAIL_SENDER": "tms@example.com",
        }
        new_installation.serve()
        soap = new_installation.soap(user="EXAMPLE\\anna")
        service = soap.client.bind("BookingService", "BookingServiceSoap")
        flags = soap.client.get_element(f"{{{soap.namespace}}}ContextHeader")
        flags = flags(SendConfirmationMail=True, ExcludeConferenceInformation=False)
        room = soap.participant("TMS", 1)
        first = soap.conference(room, ConferenceType="Reservation Only", EmailTo="bo@example.com")
        service.SaveConference(first, _soapheaders=[soap.header(), flags])
        second = soap.conference(room, ConferenceType="Reservation Only")
        soap.SaveConferenceWithMode(second, "BestEffortForced")
        wait_until(lambda: len(postbox.letters) == 2, "two mails arrive")
    confirmation, warning = postbox.letters
    assert confirmation.recipients == ["anna@example.com", "bo@example.com"]
    assert confirmation.message["Subject"] == "Booking saved: Weekly review"
    assert "Room 1" in confirmation.part("plain")
    assert warning.recipients == ["anna@example.com"]
    assert warning.message["Subject"] == "Booking warning: Weekly review"
