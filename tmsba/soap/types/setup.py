"""The objects of the remote setup service, members in the order of the contract.

Source: TMSBA guide, TMSSystem Object, TMS User Object, Remote Setup API Functions.
"""

from tmsba.soap.types import values
from tmsba.soap.types.simple import Flag, Int, Long, SetupObject, Text, optional


class ExternalAPIVersionSoapHeader(SetupObject):
    """The same header as that of the booking service, in this service's namespace."""

    ClientVersionIn = Int
    ClientIdentifierIn = Text
    ClientLatestNamespaceIn = Text
    NewServiceURL = Text
    ClientSession = Text


class Language(SetupObject):
    """A language in which conference mails can be written."""

    Name = Text
    CultureInfo = Text


class TimeZone(SetupObject):
    """A time zone as names and offsets for people."""

    TimezoneName = Text
    StartTimeDTS = Text
    EndTimeDTS = Text
    GMTOffset = Text


class SystemCategoryOverride(SetupObject):
    """What kind of thing a system is."""

    systemCategory = values.SystemCategory


class SystemStatusOverride(SetupObject):
    """How a system is doing."""

    systemStatus = values.SystemStatus


class TMSSystem(SetupObject):
    """A system that can be booked."""

    SystemId = Long
    SystemName = Text
    Contact = Text
    Manufacturer = Text
    Description = Text
    SystemType = Text
    NetworkAddress = Text
    Location = Text
    ISDNNumber = Text
    QNumber = Text
    WebInterfaceURL = Text
    SIPUri = Text
    H323Id = Text
    E164Alias = Text
    TimeZone = optional(TimeZone)
    SystemCategory = optional(SystemCategoryOverride)
    SystemStatus = optional(SystemStatusOverride)


class User(SetupObject):
    """A user who can own conferences."""

    DisplayName = Text
    EmailAddress = Text
    FirstName = Text
    LastName = Text
    UserName = Text
    IsHiddenUser = Flag
    TimeZone = optional(TimeZone)
