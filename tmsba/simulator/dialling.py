"""How call legs begin, ring, are answered and end (CMS API reference, 8.1.6, 8.3 and 8.11)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsba.simulator import lobby, media, recording
from tmsba.simulator.failures import refused
from tmsba.simulator.parties import REASONS, Party, party_for
from tmsba.simulator.prevailing import call_values, leg_value, tenant_of, tenant_values
from tmsba.simulator.records import Call, CallLeg, Participant, Record
from tmsba.simulator.spaces import uris_of

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge

#: Why the call legs of a call end that ends itself.
CALL_ENDED = "callEnded"
_LOAD_SHARE = 8000
_WHOLE = 10_000


def dial_out(
    bridge: "Bridge",
    call: Call,
    remote_party: str,
    values: Mapping[str, str],
    bandwidth: str = "",
    access_method: str | None = None,
) -> CallLeg:
    """Call a remote party into a call; what comes of it depends on the party.

    Args:
        bridge: The bridge that calls.
        call: The call.
        remote_party: The address to dial.
        values: Checked parameters of the call leg.
        bandwidth: Bits per second, if any were asked for.
        access_method: The access method of the space that the party is treated by.

    Raises:
        ApiError: The call has as many participants as its profile allows.
    """
    leg = _add_leg(bridge, call, remote_party)
    leg.change(values)
    leg.bandwidth_bps = int(bandwidth) if bandwidth else None
    leg.local_address = _address_of(bridge, call)
    _come_by(bridge, leg, access_method)
    media.weigh(bridge, leg)
    bridge.cdr.leg_start(leg)
    party = party_for([*bridge.parties, *bridge.cluster.parties], remote_party)
    wait = party.delay(bridge.settings.answer_seconds)
    if party.outcome not in ("busy", "unknown"):
        bridge.schedule.after(wait / 3, lambda: _ring(bridge, leg))
    bridge.schedule.after(wait, lambda: _come_out(bridge, leg, party))
    return leg


def dial_in(bridge: "Bridge", address: str, remote_party: str, passcode: str = "") -> CallLeg | None:
    """Let someone call a space from outside.

    Args:
        bridge: The bridge that is called.
        address: The URI or numeric ID of a space.
        remote_party: Who calls.
        passcode: What is entered; without one, the first way into the space with this address is open.

    Returns:
        The call leg, or None when there is no such space, it is closed to non-members, the passcode is
        wrong, or the bridge is full.
    """
    space = bridge.spaces.with_uri(address) or bridge.spaces.with_call_id(address)
    if space is None or not space.open_to_all or not has_room(bridge):
        return None
    ways = [way for way in (space, *space.access_methods.values()) if _leads(way, address, passcode)]
    if not ways:
        return None
    call = bridge.call_of(space.id) or bridge.add_call({"coSpace": space.id})
    leg = _add_leg(bridge, call, remote_party)
    leg.incoming, leg.local_address = True, address
    _come_by(bridge, leg, None if ways[0] is space else ways[0].id)
    bridge.cdr.leg_start(leg)
    _answer(bridge, leg)
    return leg


def move(bridge: "Bridge", call: Call, old: CallLeg, values: Mapping[str, str]) -> CallLeg:
    """Move a participant into another call; the old leg ends, a new one goes on at once.

    Args:
        bridge: The bridge that both calls run on.
        call: The call to move to.
        old: The call leg to move.
        values: Checked parameters of the new call leg.

    Raises:
        ApiError: The call has as many participants as its profile allows.
    """
    leg = _add_leg(bridge, call, old.remote_party)
    leg.values = dict(old.values)
    leg.change(values)
    leg.incoming, leg.bandwidth_bps, leg.local_address = old.incoming, old.bandwidth_bps, old.local_address
    leg.moved = (old.id, old.participant, bridge.id)
    bridge.cdr.leg_start(leg)
    end(bridge, old, "callMoved")
    _answer(bridge, leg)
    return leg


def end(bridge: "Bridge", leg: CallLeg, reason: str) -> None:
    """Disconnect a call leg; its participant leaves. The call stays (CMS API reference, 8).

    Args:
        bridge: The bridge it is on.
        leg: The call leg; nothing happens when it has ended already.
        reason: Why, in the words of the call detail records.
    """
    if bridge.legs.pop(leg.id, None) is None:
        return
    call = bridge.calls[leg.call]
    opened = lobby.is_activator(bridge, leg)
    del bridge.participants[leg.participant]
    del call.legs[leg.id]
    leg.ended = (bridge.now(), reason)
    media.weigh(bridge, leg)
    bridge.ended_legs.append(leg)
    bridge.completed_legs += 1
    call.completed_legs += 1
    bridge.cdr.leg_end(leg, reason)
    if opened and reason != CALL_ENDED:
        for host, other in lobby.activator_left(bridge, call):
            end(host, other, "callDeactivated")


def hold(bridge: "Bridge", leg: CallLeg, *, on: bool) -> None:
    """Put a connected call leg on hold, or take it back."""
    if leg.has_media:
        leg.enter("onHold" if on else "connected", bridge.now())
        media.weigh(bridge, leg)
        bridge.cdr.leg_update(leg)


def has_room(bridge: "Bridge") -> bool:
    """Tell whether a bridge takes another incoming call (CMS API reference, 10.12)."""
    values = bridge.configuration.values
    if len(bridge.legs) >= int(values.get("participantLimit", len(bridge.legs) + 1)):
        return False
    if "loadLimit" not in values:
        return True
    share = int(values.get("existingConferenceLoadLimitBasisPoints", _LOAD_SHARE))
    return bridge.totals.load * _WHOLE < int(values["loadLimit"]) * share


def _add_leg(bridge: "Bridge", call: Call, remote_party: str) -> CallLeg:
    limit = call_values(bridge, call).get("participantLimit")
    present = len(call.legs) + sum(len(part.legs) for part in bridge.cluster.instances(call))
    if limit is not None and present >= int(limit):
        raise refused("participantLimitReached")
    _refuse_full_tenant(bridge, call)
    chance = bridge.cluster.chance
    participant = Participant(chance.new_id(), call=call.id, uri=remote_party)
    leg = CallLeg(chance.new_id(), call=call.id, participant=participant.id, remote_party=remote_party)
    leg.started = bridge.now()
    leg.enter("initial", leg.started)
    participant.leg = leg.id
    bridge.legs[leg.id] = call.legs[leg.id] = leg
    bridge.participants[participant.id] = participant
    call.most_legs = max(call.most_legs, len(call.legs))
    bridge.most_legs = max(bridge.most_legs, len(bridge.legs))
    return leg


def _refuse_full_tenant(bridge: "Bridge", call: Call) -> None:
    limit = tenant_values(bridge, call).get("participantLimit")
    if limit is None:
        return
    tenant = tenant_of(bridge, call)
    calls = ((host, one) for host in bridge.cluster.bridges for one in host.calls.values())
    if sum(len(one.legs) for host, one in calls if tenant_of(host, one) == tenant) >= int(limit):
        raise refused("tenantParticipantLimitReached")


def _leads(way: Record, address: str, passcode: str) -> bool:
    """Tell whether an address with a passcode leads into a space by its own values or an access method's."""
    named = address.lower() in uris_of(way.values) or address == way.values.get("callId")
    return named and (not passcode or passcode == way.values.get("passcode"))


def _come_by(bridge: "Bridge", leg: CallLeg, access_method: str | None) -> None:
    leg.access_method = access_method
    space = bridge.spaces.get(bridge.calls[leg.call].space or "")
    method = space.access_methods.get(access_method or "") if space else None
    importance = method.values.get("importance") if method else None
    if importance:
        bridge.participants[leg.participant].values["importance"] = importance


def _ring(bridge: "Bridge", leg: CallLeg) -> None:
    if leg.id in bridge.legs and leg.state == "initial":
        leg.enter("ringing", bridge.now())


def _come_out(bridge: "Bridge", leg: CallLeg, party: Party) -> None:
    if leg.id not in bridge.legs or leg.has_media:
        return
    if party.outcome != "answers":
        end(bridge, leg, REASONS[party.outcome])
        return
    _answer(bridge, leg)
    if party.stays_seconds is not None:
        bridge.schedule.after(party.stays_seconds, lambda: end(bridge, leg, "remoteTeardown"), later=True)


def _answer(bridge: "Bridge", leg: CallLeg) -> None:
    call = bridge.calls[leg.call]
    leg.connected = bridge.now()
    leg.enter("connected", leg.connected)
    media.weigh(bridge, leg)
    muted = call.values.get("joinAudioMuteOverride")
    if muted is not None:
        leg.values["rxAudioMute"] = muted
    lobby.admit(bridge, call, leg)
    bridge.cdr.leg_update(leg)
    recording.begin_if_automatic(bridge, call)
    longest = leg_value(bridge, leg, "maxCallDurationTime")
    if longest:
        bridge.schedule.after(int(longest), lambda: end(bridge, leg, "localTeardown"), later=True)


def _address_of(bridge: "Bridge", call: Call) -> str:
    space = bridge.spaces.get(call.space) if call.space else None
    return (space.values.get("uri") or space.values.get("callId") or "") if space else ""
