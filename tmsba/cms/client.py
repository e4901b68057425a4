"""The client of one bridge: one method per thing that the booking server asks of it.

The requests, their fields and the order of the fields are those that the integration guide's traces show.
What creates something is sent once. After a lost answer, look for the object before you repeat it:
`BridgeError.is_outcome_unknown` says when. All other requests can be repeated, and with `retries` they are.
"""

from dataclasses import replace
from datetime import timedelta

from tmsba.cms.meeting import (
    USUAL_CALL,
    USUAL_LEG,
    USUAL_SPACE,
    CallOptions,
    LegOptions,
    SpaceSettings,
)
from tmsba.cms.model import (
    MAX_NAME_LENGTH,
    PLACEHOLDER_NAME,
    BridgeLimits,
    BridgeParticipant,
    BridgeStatus,
    Call,
    CallBridge,
    CallBridgeLicence,
    CallLeg,
    CallLegStatus,
    DialPlanRule,
    Space,
    SystemAlarm,
    placeholder_name,
)
from tmsba.cms.readers import (
    read_alarm,
    read_call,
    read_call_bridge,
    read_call_bridge_licence,
    read_call_leg,
    read_call_leg_status,
    read_dial_plan_rule,
    read_limits,
    read_load,
    read_participant,
    read_space,
    read_status,
)
from tmsba.cms.requests.access_methods import AccessMethods
from tmsba.cms.requests.live_calls import LiveCalls
from tmsba.cms.requests.participants import Participants
from tmsba.cms.requests.provisioning import Provisioning
from tmsba.cms.requests.receivers import Receivers
from tmsba.cms.wire.address import base_url
from tmsba.cms.wire.connection import segment
from tmsba.cms.wire.errors import NotFoundOnBridge, RequestRefused

__all__ = ["PLACEHOLDER_NAME", "BridgeClient", "base_url", "placeholder_name"]


class BridgeClient(Provisioning, AccessMethods, LiveCalls, Participants, Receivers):
    """One bridge, reached over its REST API; safe to share between threads.

    Args:
        url: Address of the web admin interface, in any spelling that `base_url` reads.
        username: User of the API.
        password: Its password.
        verify: Whether to check the bridge's TLS certificate, or the context to check it with.
        connect_timeout_s: Seconds to wait for a connection.
        read_timeout_s: Seconds to wait for each next part of an answer.
        retries: How often a GET, PUT or DELETE is repeated when the bridge is busy or the connection breaks.
        request_id: Sent as `X-Request-ID`, to find our requests in the logs of a proxy.
        transport: Replaces the network in tests.
        gaps: What the bridge is known not to know, for clients that share it.

    Every method can raise any `BridgeError`; only those worth a word are named at the methods.

    Source: CMS API reference, 3 and 4.
    """

    # The bridge itself

    def status(self) -> BridgeStatus:
        """Return the bridge's version and load (CMS API reference, 10.1)."""
        status = read_status(self._object("system/status", "status"))
        self.gaps.see(status.software_version, status.uptime)
        return status

    def alarms(self) -> list[SystemAlarm]:
        """Return what is wrong on this Meeting Server now (CMS API reference, 10.2)."""
        return self._asked_once("system/alarms", lambda path: self._list(path, "alarm", read_alarm))

    def media_processing_load(self) -> int | None:
        """Return the load in the bridge's own units, from version 2.1 on (CMS API reference, 10.13)."""
        return read_load(self._asked_once("system/load", lambda path: self._object(path, "load")))

    def call_bridge_licence(self) -> CallBridgeLicence:
        """Return whether the bridge is licensed to make calls (CMS API reference, 10.6)."""
        try:
            node = self._asked_once("clusterLicensing", lambda path: self._object(path, path))
        except (NotFoundOnBridge, RequestRefused):
            # Before version 3.0 the licence file says it.
            node = self._asked_once("system/licensing", lambda path: self._object(path, "licensing"))
        return read_call_bridge_licence(node)

    def limits(self) -> BridgeLimits:
        """Return how much this call bridge takes (CMS API reference, 10.12.1)."""
        path = "system/configuration/cluster"
        return read_limits(self._asked_once(path, lambda path: self._object(path, "cluster")))

    def inbound_rules(self) -> list[DialPlanRule]:
        """Return to which domains the bridge listens (CMS API reference, 7.3.2)."""
        return self._list("inboundDialPlanRules", "inboundDialPlanRule", read_dial_plan_rule)

    def outbound_rules(self) -> list[DialPlanRule]:
        """Return to which domains the bridge can call (CMS API reference, 7.1.2)."""
        return self._list("outboundDialPlanRules", "outboundDialPlanRule", read_dial_plan_rule)

    def call_bridges(self) -> list[CallBridge]:
        """Return the nodes of the cluster, with their names only (CMS API reference, 10.10.1)."""
        return self._asked_once("callBridges", lambda path: self._list(path, "callBridge", read_call_bridge))

    def call_bridge(self, call_bridge_id: str) -> CallBridge:
        """Return one node of the cluster with its address (CMS API reference, 10.10.3)."""
        node = self._object(f"callBridges/{segment(call_bridge_id)}", "callBridge", call_bridge_id)
        return read_call_bridge(node, call_bridge_id)

    def participants(self, *, is_glance: bool = False) -> list[BridgeParticipant]:
        """Return everybody in any call, or for a glance the first page (CMS API reference, 8.11.1)."""

        def ask(path: str) -> list[BridgeParticipant]:
            if is_glance:
                return self._first_page(path, "participant", read_participant)[0]
            return self._list(path, "participant", read_participant)

        return self._asked_once("participants", ask)

    # Spaces

    def spaces(self, *, is_glance: bool = False) -> list[Space]:
        """Return all spaces, as lists show them, or for a glance the first page (CMS API reference, 6.1)."""
        if is_glance:
            return self._first_page("coSpaces", "coSpace", read_space)[0]
        return self._list("coSpaces", "coSpace", read_space)

    def spaces_matching(self, text: str) -> list[Space]:
        """Return the spaces that have a text in their name or URIs, as lists show them.

        Some servers ignore filters, and then it is all of them.

        Source: CMS API reference, 6.1.
        """
        return self._list("coSpaces", "coSpace", read_space, {"filter": text})

    def spaces_with_leg_profile(self, call_leg_profile_id: str) -> list[Space]:
        """Return the spaces with this call leg profile; all of them from servers that ignore filters.

        Source: CMS API reference, 6.1.
        """
        query = {"callLegProfileFilter": call_leg_profile_id}
        return self._list("coSpaces", "coSpace", read_space, query)

    def noted_space(self, space_id: str | None) -> Space | None:
        """Return a space whose id is known, or None when there is no such space.

        The first page of the list comes first, as in the traces. What is not on it is asked for by itself:
        the whole list is never read.

        Source: integration guide, Create a Scheduled Conference and Auto Dialing; CMS API reference, 6.3.
        """
        spaces, is_whole = self._first_page("coSpaces", "coSpace", read_space)
        found = next((space for space in spaces if space.id == space_id), None)
        if found or is_whole or space_id is None:
            return found
        return self.space_if_any(space_id)

    def space_if_any(self, space_id: str) -> Space | None:
        """Return one space, or None when there is no such space (CMS API reference, 6.3)."""
        try:
            return self.space(space_id)
        except NotFoundOnBridge:
            return None

    def space(self, space_id: str) -> Space:
        """Return one space with everything the bridge tells about it (CMS API reference, 6.3)."""
        return read_space(self._object(f"coSpaces/{segment(space_id)}", "coSpace", space_id), space_id)

    def open_space(
        self,
        space_id: str,
        *,
        name: str,
        passcode: str,
        secret: str,
        settings: SpaceSettings = USUAL_SPACE,
    ) -> None:
        """Let people into a space for a meeting; to extend the meeting, do it again.

        Args:
            space_id: The space.
            name: What people see; cut after 200 characters, the most a bridge takes.
            passcode: Digits to enter, or empty for none.
            secret: Part of the web link to the meeting.
            settings: What this meeting needs besides; without any the request is that of the traces.

        Source: integration guide, Create a Scheduled Conference and Auto Dialing; CMS API reference, 6.2.
        """
        fields = {
            "nonMemberAccess": "true",
            "passcode": passcode,
            "name": name[:MAX_NAME_LENGTH],
            "secret": secret,
        }
        self._connection.put(f"coSpaces/{segment(space_id)}", fields | settings.fields())

    def close_space(
        self, space_id: str, *, placeholder_name: str, settings: SpaceSettings = USUAL_SPACE
    ) -> None:
        """Keep people out of a space again, give it back its name and make its old web link useless.

        Args:
            space_id: The space.
            placeholder_name: Its name between meetings.
            settings: What it has between meetings, where the meeting had something else.

        Source: integration guide, End/Remove a Conference; CMS API reference, 6.2.
        """
        fields = {
            "nonMemberAccess": "false",
            "passcode": "",
            "name": placeholder_name,
            "regenerateSecret": "true",
        }
        self._connection.put(f"coSpaces/{segment(space_id)}", fields | settings.fields())

    def delete_space(self, space_id: str) -> None:
        """Remove a space; one that is not there any more counts as removed (CMS API reference, 4.5)."""
        self._delete(f"coSpaces/{segment(space_id)}")

    # Calls

    def calls(self, space_id: str | None = None) -> list[Call]:
        """Return the live calls, of one space when it is given (CMS API reference, 8.1.1)."""
        query = {"coSpaceFilter": space_id} if space_id is not None else None
        calls = self._list("calls", "call", read_call, query)
        # Some servers ignore filters, and a call of another space must not be ended by mistake.
        return [call for call in calls if space_id is None or call.space_id == space_id]

    def create_call(self, space_id: str, options: CallOptions = USUAL_CALL) -> str:
        """Start a call in a space, so that others can be dialled into it, and return its id.

        Source: integration guide, Create a Scheduled Conference and Auto Dialing; CMS API reference, 8.1.2.
        """
        return self._connection.post("calls", {"coSpace": space_id} | options.fields())

    def delete_call(self, call_id: str) -> None:
        """End a call; one that is not there any more counts as ended.

        Source: integration guide, End/Remove a Conference; CMS API reference, 4.5.
        """
        self._delete(f"calls/{segment(call_id)}")

    # Call legs

    def call_legs(self, call_id: str | None = None) -> list[CallLeg]:
        """Return the connections to all calls or to one; none for a call that has ended.

        Those of one call are asked for at the call where the list of all is long, or does not tell the calls.

        Source: integration guide, Create a Scheduled Conference and Auto Dialing; CMS API reference, 8.3.1.
        """
        if call_id is None:
            return self._list("callLegs", "callLeg", read_call_leg)
        legs, is_whole = self._first_page("callLegs", "callLeg", read_call_leg)
        if not is_whole or any(leg.call_id is None for leg in legs):
            legs = self._call_legs_below(call_id)
        return [leg for leg in legs if leg.call_id == call_id]

    def create_call_leg(self, call_id: str, *, remote_party: str, options: LegOptions = USUAL_LEG) -> str:
        """Dial somebody into a call and return the connection's id, before anybody has answered.

        Args:
            call_id: The call.
            remote_party: A SIP URI or a phone number, reached by the bridge's own dial plan.
            options: In what this participant differs from the others.

        Source: integration guide, Create a Scheduled Conference and Auto Dialing; CMS API reference, 8.3.2.
        """
        fields = {"remoteParty": remote_party} | options.fields()
        return self._connection.post(f"calls/{segment(call_id)}/callLegs", fields)

    def legs_of_call(self, call_id: str) -> list[CallLeg]:
        """Return the connections to one call (CMS API reference, 8.3.1).

        Raises:
            NotFoundOnBridge: the call has ended.
        """
        legs = self._list(f"calls/{segment(call_id)}/callLegs", "callLeg", read_call_leg)
        return [leg if leg.call_id is not None else replace(leg, call_id=call_id) for leg in legs]

    def call_leg_state(self, call_leg_id: str) -> str | None:
        """Return `initial`, `ringing`, `connected` or `onHold`, or nothing when the bridge does not tell.

        Raises:
            NotFoundOnBridge: the connection has ended.

        Source: CMS API reference, 8.3.4.
        """
        status = self._object(f"callLegs/{segment(call_leg_id)}", "callLeg", call_leg_id).child("status")
        return status.text("state") if status is not None else None

    def call_leg_status(self, call_leg_id: str) -> CallLegStatus:
        """Return how one connection is.

        Raises:
            NotFoundOnBridge: the connection has ended.

        Source: CMS API reference, 8.3.5.
        """
        return read_call_leg_status(self._object(f"callLegs/{segment(call_leg_id)}", "callLeg", call_leg_id))

    def show_message(self, call_id: str, text: str, duration: timedelta) -> None:
        """Show a text to everybody in a call for a while (CMS API reference, 8.1.3)."""
        fields = {
            "messageText": text,
            "messagePosition": "top",
            "messageDuration": str(round(duration.total_seconds())),
        }
        self._connection.put(f"calls/{segment(call_id)}", fields)

    def delete_call_leg(self, call_leg_id: str) -> None:
        """Hang up one connection; one that is not there any more counts as hung up.

        Source: CMS API reference, 4.5.
        """
        self._delete(f"callLegs/{segment(call_leg_id)}")

    def _call_legs_below(self, call_id: str) -> list[CallLeg]:
        try:
            return self.legs_of_call(call_id)
        except NotFoundOnBridge:
            return []
