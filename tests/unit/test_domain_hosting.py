from dataclasses import replace

import pytest
from fakes import at, create_conference, create_system, participant

from tmsba.domain.conference.details import Details
from tmsba.domain.conference.hosting import check_host_kept, check_hosting
from tmsba.domain.errors import ConferenceActive, ParticipantError, UnknownError
from tmsba.domain.values import Choice, ParticipantKind, StoredState, SystemCategory

HOSTED = Details(external_dial_string="host@example.org")
SIP_DIAL_INS = (ParticipantKind.SIP_VIDEO_IN, ParticipantKind.SIP_AUDIO_IN)
RECORDER = create_system(7, category=SystemCategory.RECORDING)
SYSTEMS = {1: create_system(1), 7: RECORDER}


@pytest.mark.parametrize("kind", [kind for kind in ParticipantKind if kind.is_external])
def test_only_sip_dial_ins_come_from_outside(kind):
    if kind in SIP_DIAL_INS:
        check_hosting(HOSTED, [participant(kind)], {})
    else:
        with pytest.raises(ParticipantError):
            check_hosting(HOSTED, [participant(kind)], {})
    check_hosting(Details(), [participant(kind)], {})


def test_rooms_take_part_and_recorders_do_not():
    check_hosting(HOSTED, [participant(ParticipantKind.SYSTEM, 1)], SYSTEMS)
    with pytest.raises(ParticipantError, match=r"Room 7 .* cannot record"):
        check_hosting(HOSTED, [participant(ParticipantKind.SYSTEM, 7)], SYSTEMS)


@pytest.mark.parametrize("encryption", Choice)
def test_encryption_is_not_guaranteed(encryption):
    details = replace(HOSTED, encryption=encryption)
    if encryption is Choice.YES:
        with pytest.raises(UnknownError, match="set Encrypted to If Possible or No"):
            check_hosting(details, [], {})
    else:
        check_hosting(details, [], {})


@pytest.mark.parametrize(
    ("now", "state", "is_refused"),
    [
        (at(13), StoredState.BOOKED, False),
        (at(14), StoredState.BOOKED, True),
        (at(15), StoredState.BOOKED, False),
        (at(14), StoredState.DEFECTIVE_ROUTE, False),
    ],
)
@pytest.mark.parametrize(("before", "after"), [("", "a@b"), ("a@b", ""), ("a@b", "c@d")])
def test_only_an_ongoing_conference_has_to_keep_its_host(now, state, is_refused, before, after):
    conference = create_conference(state=state, external_dial_string=before)
    check_host_kept(conference, Details(external_dial_string=before, title="Other"), now)
    if is_refused:
        with pytest.raises(ConferenceActive):
            check_host_kept(conference, Details(external_dial_string=after), now)
    else:
        check_host_kept(conference, Details(external_dial_string=after), now)
