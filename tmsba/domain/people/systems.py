"""The systems that can be booked."""

from dataclasses import dataclass

from tmsba.domain.people.users import Caller, Permission
from tmsba.domain.values import SystemCategory, SystemStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """An endpoint, room or device. Source: TMSBA guide, TMSSystem Object."""

    id: int
    name: str
    category: SystemCategory = SystemCategory.ENDPOINT
    status: SystemStatus = SystemStatus.UNKNOWN
    #: A Windows or IANA zone name.
    time_zone: str = "UTC"
    sip_uri: str = ""
    h323_id: str = ""
    e164_alias: str = ""
    contact: str = ""
    manufacturer: str = ""
    description: str = ""
    #: The product, such as a model name.
    model: str = ""
    network_address: str = ""
    location: str = ""
    isdn_number: str = ""
    web_interface_url: str = ""
    #: The part of the network that it is in: bridges in the same one are preferred. Blank for none.
    ip_zone: str = ""
    #: Nobody can book the system while this is off.
    is_booking_allowed: bool = True
    #: "Allow Remote Bookings": the system holds a licence. Means nothing while clients take the licences.
    is_remote_booking_allowed: bool = False
    #: The aliases of a recording system, each an address it records for.
    recording_aliases: tuple[str, ...] = ()
    #: The only users who may book it; none: everybody may.
    allowed_user_ids: tuple[int, ...] = ()

    @property
    def dial_address(self) -> str:
        """What a bridge dials to reach the system: its SIP URI, else its other addresses; may be blank.

        A recording system that has nothing but aliases is reached by the first of them.
        """
        own = self.sip_uri or self.h323_id or self.e164_alias or self.network_address
        return own or next(iter(self.recording_aliases), "")

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses that a bridge may know it by."""
        known = (self.sip_uri, self.h323_id, self.e164_alias, self.network_address)
        return tuple(address for address in known if address)

    @property
    def is_recorder(self) -> bool:
        """Whether it records conferences instead of showing them."""
        return self.category is SystemCategory.RECORDING

    def is_open_to(self, caller: Caller) -> bool:
        """Whether the list of allowed users lets this caller book it; site administrators always may."""
        is_listed = not self.allowed_user_ids or caller.user.id in self.allowed_user_ids
        return is_listed or caller.is_site_administrator

    def can_be_booked_by(self, caller: Caller) -> bool:
        """Whether this caller's bookings may have it. Source: TMSBA guide, GetSystemsForUser."""
        return self.is_booking_allowed and caller.may(Permission.BOOK) and self.is_open_to(caller)
