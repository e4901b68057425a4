"""The operations of the remote setup service.

The first twelve stand in the order of the oldest WSDL known, the others after them.

Source: TMSBA guide, Remote Setup API Functions.
"""

from typing import Any

from spyne import Service

from tmsba.soap.types.setup import ExternalAPIVersionSoapHeader, Language, TMSSystem, User
from tmsba.soap.types.simple import REMOTE_SETUP, Flag, Long, Text, array_of, optional
from tmsba.soap.wire.contract import Contract, operation


def _plain(documentation: str, **declared: Any) -> Any:
    """An operation with the version header both ways."""
    header = (ExternalAPIVersionSoapHeader,)
    return operation(documentation, in_headers=header, out_headers=header, **declared)


class SetupOperations(Service):
    """All operations that prepare a client for booking."""

    SetPrimarySystem = _plain(
        "Tells whether the given system can become the caller's primary system, and makes it that.",
        takes={"primSys": Text},
        returns=Flag,
    )
    GetUsers = _plain("Lists the users of the server.", returns=array_of(User))
    GetSystemsForUser = _plain("Lists the systems that the caller may book.", returns=array_of(TMSSystem))
    GetSystems = _plain("Lists all systems that can be booked.", returns=array_of(TMSSystem))
    GetSystemById = _plain(
        "Gives one system by its id.",
        takes={"TMSSystemId": Long},
        returns=optional(TMSSystem),
    )
    GenerateConferenceAPIUser = _plain(
        "Creates an account for a booking client and answers its name. Only site administrators may.",
        takes={"userNameBase": Text, "encPassword": Text, "emailAddress": Text, "sendNotifications": Flag},
        returns=Text,
    )
    DisableConferenceAPIUser = _plain(
        "Switches an account off, so that nobody can log in with it. Only site administrators may.",
        takes={"userName": Text},
    )
    IsAlive = _plain("Tells whether the server is running.", returns=Flag)
    IsTMSSiteAdmin = _plain("Tells whether the caller is a site administrator.", returns=Flag)
    IsTMSServiceUser = _plain(
        "Tells whether the caller is a service account that may book for other users.", returns=Flag
    )
    IsTMSBookOnBehalfUser = _plain("Tells whether the caller may book for other users.", returns=Flag)
    IsLocalAdmin = _plain("Tells whether the caller may create accounts for booking clients.", returns=Flag)
    GetConferenceLanguages = _plain(
        "Lists the languages in which conference mails can be written.", returns=array_of(Language)
    )
    IsBookOnBehalfOfUser = _plain(
        "Tells whether the given user may book for other users. The user is found by name, else by e-mail"
        " address.",
        takes={"User": optional(User)},
        returns=Flag,
    )


REMOTE_SETUP_SERVICE = Contract(
    name="RemoteSetupService",
    namespace=REMOTE_SETUP,
    documentation="Prepares booking clients: accounts, systems, users and languages.",
    service=SetupOperations,
    version_header=ExternalAPIVersionSoapHeader,
)
