"""The profiles that meetings need which differ from others: noted, found again, or made.

A bridge knows no idempotency keys, so whoever finds no note looks on the bridge before making a profile: an
answer may have been lost. Each profile is made once on a bridge and serves all meetings of its kind.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import structlog

from tmsba.cms.client import BridgeClient
from tmsba.cms.meeting import LegVariant, SpaceSettings
from tmsba.cms.wire.errors import NotFoundOnBridge, RequestRefused
from tmsba.control.bridge.call_settings import CallSettings
from tmsba.control.work.lease import Lease
from tmsba.domain.bridge.bridge import BridgeProfiles
from tmsba.domain.conference.adjusting import Adjusted
from tmsba.ports.repeating import write
from tmsba.ports.work import Store

log = structlog.get_logger(__name__)

_RECORDING = "tmsba recording"


@dataclass(slots=True, kw_only=True)
class ProfileShelf:
    """The profiles of one bridge, for one job."""

    store: Store
    client: BridgeClient
    lease: Lease
    bridge_id: int

    def for_meeting(self, wanted: CallSettings, adjusted: frozenset[Adjusted]) -> SpaceSettings:
        """What a space is given for a meeting; what is adjusted but no longer wanted becomes usual again.

        Raises:
            BridgeError: a profile cannot be made.
        """
        if not adjusted:
            return SpaceSettings()
        known = self._known()
        leg_profile_id, call_profile_id = known.call_leg_profile_id, known.call_profile_id
        if wanted.leg_variant:
            leg_profile_id = self._leg_profile_or_less(known, wanted.leg_variant)
        if wanted.is_recorded:
            call_profile_id = self._recording_profile(known)
        return _settings(adjusted, wanted, leg_profile_id, call_profile_id)

    def for_hosts(self, wanted: CallSettings) -> str:
        """The call leg profile of a meeting's hosts.

        Raises:
            BridgeError: it cannot be made.
        """
        return self._leg_profile_or_less(self._known(), wanted.host_variant)

    def between_meetings(self, adjusted: frozenset[Adjusted]) -> SpaceSettings:
        """What a space is given when its meeting is over, of what was adjusted for it."""
        if not adjusted:
            return SpaceSettings()
        known = self._known()
        return _settings(adjusted, CallSettings(), known.call_leg_profile_id, known.call_profile_id)

    def forget_missing(self, error: NotFoundOnBridge) -> None:
        """Forget the notes when it was a profile that the bridge did not find: the next try looks for it."""
        if is_profile_missing(error):
            log.warning("profiles_forgotten", reason=str(error))
            write(self.store, lambda uow: uow.bridges.forget_profiles(self.bridge_id))

    def _known(self) -> BridgeProfiles:
        with self.store.reading() as uow:
            return uow.bridges.profiles(self.bridge_id)

    def _leg_profile_or_less(self, known: BridgeProfiles, variant: LegVariant) -> str:
        """A bridge before version 2.2 knows no quality: what is left is what must not be left out."""
        gaps, quality = self.client.gaps, f"quality {variant.quality}"
        try:
            if not gaps.has(quality):
                return self._leg_profile(known, variant)
        except RequestRefused as refusal:
            if variant.quality is None:
                raise
            log.warning("quality_not_limited", reason=str(refusal))
            gaps.note(quality, refusal)
        least = replace(variant, quality=None)
        return self._leg_profile(known, least) if least != LegVariant() else known.call_leg_profile_id

    def _leg_profile(self, known: BridgeProfiles, variant: LegVariant) -> str:
        client = self.client
        return self._profile(
            known,
            variant.name,
            find=lambda: [one.id for one in client.call_leg_profiles() if one.name == variant.name],
            make=lambda: client.create_call_leg_profile(variant),
            remove=client.delete_call_leg_profile,
        )

    def _recording_profile(self, known: BridgeProfiles) -> str:
        client = self.client
        return self._profile(
            known,
            _RECORDING,
            find=lambda: [one.id for one in client.call_profiles() if one.is_ours(is_recording=True)],
            make=lambda: client.create_call_profile(is_recording=True),
            remove=client.delete_call_profile,
        )

    def _profile(
        self,
        known: BridgeProfiles,
        name: str,
        *,
        find: Callable[[], list[str]],
        make: Callable[[], str],
        remove: Callable[[str], None],
    ) -> str:
        """The id of a profile: as noted, as found on the bridge, or of a new one."""
        if name in known.made:
            return known.made[name]
        self.lease.hold()
        found = find()
        if found:
            return self._note(name, min(found))
        self.lease.hold()
        made = make()
        log.info("profile_made", name=name, profile_id=made)
        stands = self._note(name, made)
        if stands != made:
            # Another worker made one at the same moment, and was first to note it.
            self.lease.hold()
            remove(made)
        return stands

    def _note(self, name: str, profile_id: str) -> str:
        return write(self.store, lambda uow: uow.bridges.note_profile(self.bridge_id, name, profile_id))


def remove_orphans(client: BridgeClient, noted: Collection[str]) -> None:
    """Remove call leg profiles of ours that nobody noted and nothing uses: answers that were lost twice."""
    for one in client.unused_call_leg_profiles():
        if one.is_variant and one.id not in noted:
            client.delete_call_leg_profile(one.id)
            log.info("profile_removed", name=one.name, profile_id=one.id)


def is_profile_missing(error: NotFoundOnBridge) -> bool:
    """Whether it is a profile that the bridge does not have."""
    return any(reason.lower().endswith("profiledoesnotexist") for reason in error.reasons)


def _settings(
    adjusted: frozenset[Adjusted], wanted: CallSettings, leg_profile_id: str, call_profile_id: str
) -> SpaceSettings:
    return SpaceSettings(
        default_layout=wanted.layout or "" if Adjusted.LAYOUT in adjusted else None,
        call_leg_profile_id=leg_profile_id if Adjusted.LEG_PROFILE in adjusted else None,
        call_profile_id=call_profile_id if Adjusted.CALL_PROFILE in adjusted else None,
        cdr_tag=wanted.mark if Adjusted.MARK in adjusted else None,
    )
