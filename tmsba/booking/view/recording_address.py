"""Where the recording of a conference is found that its bridge has recorded.

A bridge does not tell where its recorder keeps what it records; the administrator knows the pattern.

Source: TMSBA guide, Conference (RecordedConferenceUri, IsRecordingEnabled).
"""

from tmsba.domain.conference.conference import Conference
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.values import ConferenceStatus
from tmsba.ports.work import UnitOfWork

_STARTED = (ConferenceStatus.ONGOING, ConferenceStatus.FINISHED)


def recorded_uri(uow: UnitOfWork, conference: Conference, status: ConferenceStatus) -> str:
    """The address of a conference's recording; blank when it has none, or nobody knows where it is."""
    route = conference.route
    if not conference.details.is_recording_enabled or route is None or status not in _STARTED:
        return ""
    settings = ConferenceSettings.of(uow.settings.all())
    if not settings.record_on_bridge or not settings.recording_address:
        return ""
    space = uow.bridges.space(route.space_id)
    return fill_in(settings, conference, (space.cospace_id if space else None) or "")


def fill_in(settings: ConferenceSettings, conference: Conference, cospace_id: str) -> str:
    """The administrator's pattern with what it stands for."""
    values = {
        "{id}": str(conference.id),
        "{number}": str(conference.route.number) if conference.route else "",
        "{space}": cospace_id,
        "{date}": f"{conference.period.start:%Y-%m-%d}",
    }
    address = settings.recording_address
    for name, value in values.items():
        address = address.replace(name, value)
    return address
