"""Hold a conference as it was booked: what its space and its call are given, and the way back.

Source: TMSBA guide, Conference (PictureMode, Encrypted, IsRecordingEnabled); ADR 14.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from tmsba.cms.client import BridgeClient
from tmsba.cms.meeting import SpaceSettings
from tmsba.cms.model import placeholder_name
from tmsba.cms.wire.errors import NotFoundOnBridge, RequestRefused
from tmsba.control.bridge.bridge_profiles import ProfileShelf, is_profile_missing
from tmsba.control.meeting.host_ways import HostWays
from tmsba.control.meeting.scene import Scene
from tmsba.control.work.lease import Lease
from tmsba.domain.conference.adjusting import Adjusted, Layout
from tmsba.ports.live import LiveConference, LiveConferences
from tmsba.ports.work import Store

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Holding:
    """One conference in one space, for one job."""

    store: Store
    live: LiveConferences
    client: BridgeClient
    lease: Lease
    scene: Scene

    def open_space(self, cospace_id: str, noted: LiveConference) -> None:
        """Let people in, under the title, with the PIN and in the way that was booked."""
        conference, wanted, shelf = self.scene.conference, self.scene.settings, self._shelf()
        if wanted.is_recorded:
            # Before the space gets a profile with which nobody can start a recording by hand.
            self._record(noted, is_recorded=True)

        def put(settings: SpaceSettings) -> None:
            self.client.open_space(
                cospace_id,
                name=conference.details.title,
                passcode=conference.details.pin,
                secret=conference.route.secret if conference.route else "",
                settings=settings,
            )

        try:
            settings = shelf.for_meeting(wanted, noted.adjusted)
            if wanted.host_pin:
                # First: no guest is ever without somebody to wait for, and no PIN is another way's.
                self._host_ways(cospace_id).set(wanted.host_pin, shelf.for_hosts(wanted))
            self._put(put, settings)
        except NotFoundOnBridge as error:
            shelf.forget_missing(error)
            raise

    def close_space(self, cospace_id: str, noted: LiveConference) -> None:
        """Keep people out again; the next conference finds nothing of this one."""
        name = placeholder_name(self.scene.space.number)
        settings = self._shelf().between_meetings(noted.adjusted)

        def put(settings: SpaceSettings) -> None:
            self.client.close_space(cospace_id, placeholder_name=name, settings=settings)

        try:
            self._put(put, settings)
        except NotFoundOnBridge as error:
            if not is_profile_missing(error):
                raise
            # Somebody removed the usual profiles: better none than those of this conference.
            log.warning("usual_profiles_missing", reason=str(error))
            self._put(put, settings.without_profiles())
        if Adjusted.HOST_WAY in noted.adjusted:
            self._host_ways(cospace_id).remove()

    def _host_ways(self, cospace_id: str) -> HostWays:
        number = self.scene.space.number
        return HostWays(client=self.client, hold=self.lease.hold, cospace_id=cospace_id, number=number)

    def _put(self, put: Callable[[SpaceSettings], None], settings: SpaceSettings) -> None:
        """Change the space; a bridge of an old version does not know all layouts and goes on with its own."""
        gaps, layout = self.client.gaps, f"layout {settings.default_layout}"
        without = replace(settings, default_layout=None)
        self.lease.hold()
        try:
            put(without if gaps.has(layout) else settings)
        except RequestRefused as refusal:
            if settings.default_layout is None or gaps.has(layout):
                raise
            log.warning("layout_not_given", layout=settings.default_layout, reason=str(refusal))
            self.lease.hold()
            put(without)
            # It was the layout.
            gaps.note(layout, refusal)

    def change_call(self, noted: LiveConference) -> LiveConference:
        """Carry over to a call that goes on what only new connections take from its space."""
        wanted = self.scene.settings
        if Adjusted.CALL_PROFILE in noted.adjusted and not wanted.is_recorded:
            self._record(noted, is_recorded=False)
        if noted.layout is wanted.layout:
            return noted
        layout = wanted.layout or Layout.TELEPRESENCE
        self._try("layout_not_changed", lambda: self.client.set_layout(noted.call_id or "", layout))
        noted = replace(noted, layout=wanted.layout)
        self.live.put(noted)
        return noted

    def _shelf(self) -> ProfileShelf:
        bridge_id = self.scene.bridge.id
        return ProfileShelf(store=self.store, client=self.client, lease=self.lease, bridge_id=bridge_id)

    def _record(self, noted: LiveConference, *, is_recorded: bool) -> None:
        """Start or stop the recording of the call there is, if any."""
        call_id = noted.call_id
        if call_id is None:
            return

        def switch() -> None:
            if self.client.is_recorded(call_id) is not is_recorded:
                self.lease.hold()
                self.client.set_recorded(call_id, is_recorded=is_recorded)

        self._try("recording_not_switched", switch)

    def _try(self, failure: str, act: Callable[[], None]) -> None:
        """Ask for something without which a conference goes on all the same."""
        self.lease.hold()
        try:
            act()
        except (RequestRefused, NotFoundOnBridge) as error:
            log.warning(failure, reason=str(error))
