"""Profiles of every kind (CMS API reference, 8.2, 8.4, 8.7, 8.8, 8.10, 9.3, 10.9, 10.14 and 14)."""

from tmsba.simulator.kind import Kind
from tmsba.simulator.kinds import Numeric, boolean, choice, text
from tmsba.simulator.media import weigh_cluster
from tmsba.simulator.tables import CALL_LEG_PROFILE, CALL_PROFILE

_KEYS = (
    "lockCall",
    "unlockCall",
    "nextLayout",
    "previousLayout",
    "muteSelfAudio",
    "unmuteSelfAudio",
    "toggleMuteSelfAudio",
    "muteAllExceptSelfAudio",
    "unmuteAllExceptSelfAudio",
    "startRecording",
    "stopRecording",
    "startStreaming",
    "stopStreaming",
    "allowAllMuteSelf",
    "cancelAllowAllMuteSelf",
    "allowAllPresentationContribution",
    "cancelAllowAllPresentationContribution",
    "muteAllNewAudio",
    "unmuteAllNewAudio",
    "defaultMuteAllNewAudio",
    "muteAllNewAndAllExceptSelfAudio",
    "unmuteAllNewAndAllExceptSelfAudio",
    "endCall",
    "getTotalParticipantCount",
)
_PASSCODE_LENGTH = Numeric(200)
_MOST_ADDRESSES = 32

CALL_PROFILES = Kind("callProfile", CALL_PROFILE)
CALL_LEG_PROFILES = Kind("callLegProfile", CALL_LEG_PROFILE, changed=weigh_cluster)
CALL_BRANDING_PROFILES = Kind(
    "callBrandingProfile", {"invitationTemplate": text(), "resourceLocation": text()}
)
DTMF_PROFILES = Kind("dtmfProfile", dict.fromkeys(_KEYS, text()))
IVR_BRANDING_PROFILES = Kind("ivrBrandingProfile", {"resourceLocation": text()})
USER_PROFILES = Kind(
    "userProfile",
    {
        "audioParticipationAllowed": boolean,
        "videoParticipationAllowed": boolean,
        "presentationParticipationAllowed": boolean,
        "hasLicense": boolean,
    },
)
COMPATIBILITY_PROFILES = Kind(
    "compatibilityProfile",
    {
        "sipUdt": boolean,
        "sipMultistream": boolean,
        "sipMediaPayloadTypeMode": choice("auto", "broadsoft"),
        "chromeWebRtcVideoCodec": choice("auto", "avoidH264"),
        "chromeWebRtcH264interopMode": choice("auto", "none"),
        "h264CHPMode": choice("auto", "basic"),
        "passthroughMode": choice("enabled", "disabled"),
        "sipH224": boolean,
        "distributionLinkMediaTraversal": choice("enabled", "disabled"),
        "safariWebRtcH264interopMode": choice("auto", "none"),
    },
)
DIAL_IN_SECURITY_PROFILES = Kind(
    "dialInSecurityProfile",
    {"name": text(200), "minPasscodeLength": _PASSCODE_LENGTH, "allowOutOfPolicy": boolean},
    shown={"allowOutOfPolicy": "true"},
)
WEB_BRIDGE_PROFILES = Kind(
    "webBridgeProfile",
    {
        "name": text(200),
        "resourceArchive": text(),
        "allowPasscodes": boolean,
        "allowSecrets": boolean,
        "userPortalEnabled": boolean,
        "allowUnauthenticatedGuests": boolean,
        "resolveCoSpaceCallIds": boolean,
        "resolveCoSpaceUris": choice("off", "domainSuggestionDisabled", "domainSuggestionEnabled"),
    },
    initial={
        "allowPasscodes": "true",
        "allowSecrets": "true",
        "userPortalEnabled": "true",
        "allowUnauthenticatedGuests": "true",
        "resolveCoSpaceCallIds": "true",
        "resolveCoSpaceUris": "off",
    },
    listed=("name",),
)
WEB_BRIDGE_ADDRESSES = Kind(
    "webBridgeAddress",
    {"label": text(), "address": text()},
    within=("webBridgeProfiles", "webBridgeProfile"),
    listed=("label",),
    most=(_MOST_ADDRESSES, "maxNumberOfWebBridgeAddressesReached"),
)
IVR_NUMBERS = Kind(
    "ivrNumber",
    {"label": text(), "number": text()},
    within=("webBridgeProfiles", "webBridgeProfile"),
    listed=("label",),
    most=(_MOST_ADDRESSES, "maxNumberOfivrNumbersReached"),
)

KINDS = (
    CALL_PROFILES,
    CALL_LEG_PROFILES,
    CALL_BRANDING_PROFILES,
    DTMF_PROFILES,
    IVR_BRANDING_PROFILES,
    USER_PROFILES,
    COMPATIBILITY_PROFILES,
    DIAL_IN_SECURITY_PROFILES,
    WEB_BRIDGE_PROFILES,
    WEB_BRIDGE_ADDRESSES,
    IVR_NUMBERS,
)
