"""The parameters of nodes that do more than keep them (CMS API reference, 6, 8, 10 and 13)."""

from tmsba.simulator.kinds import (
    Reference,
    Table,
    basis_points,
    boolean,
    choice,
    digits,
    duration,
    guid,
    number,
    text,
    tones,
    uri,
    utf8,
)

_LAYOUT = choice(
    "allEqual",
    "speakerOnly",
    "telepresence",
    "stacked",
    "allEqualQuarters",
    "allEqualNinths",
    "allEqualSixteenths",
    "allEqualTwentyFifths",
    "onePlusFive",
    "onePlusSeven",
    "onePlusNine",
    "automatic",
    "onePlusN",
)
_PLACEMENT: Table = {
    "panePlacementHighestImportance": number,
    "panePlacementSelfPaneMode": choice("skip", "self", "blank"),
    "panePlacementActiveSpeakerMode": choice("allowself", "suppressself", "none"),
}
_IN_CALL: Table = {
    "messageBannerText": text(),
    "chatAllowed": boolean,
    "raiseHandEnabled": boolean,
    "notesAllowed": boolean,
    "captionsAllowed": boolean,
    "backgroundBlurAllowed": boolean,
}

SPACE: Table = {
    "userProvisionedCoSpace": Reference("userProvisionedCoSpace"),
    "name": text(200),
    "uri": uri,
    "secondaryUri": uri,
    "callId": digits(200),
    "cdrTag": text(100),
    "passcode": digits(63),
    "defaultLayout": _LAYOUT,
    "tenant": Reference("tenant"),
    "callLegProfile": Reference("callLegProfile"),
    "callProfile": Reference("callProfile"),
    "callBrandingProfile": Reference("callBrandingProfile"),
    "dialInSecurityProfile": Reference("dialInSecurityProfile"),
    "requireCallId": boolean,
    "secret": text(),
    "regenerateSecret": boolean,
    "nonMemberAccess": boolean,
    "ownerJid": text(),
    "streamUrl": text(),
    "ownerAdGuid": Reference("user"),
    "meetingScheduler": text(),
    "defaultAccessMethod": guid,
    **_PLACEMENT,
}

# The reference's table has no callLegProfile here, but the booking server's traces send it.
BULK_PARAMETER_SET: Table = {
    "startIndex": number,
    "endIndex": number,
    "coSpaceUriMapping": text(),
    "coSpaceNameMapping": text(),
    "coSpaceCallIdMapping": text(),
    "tenant": Reference("tenant"),
    "callProfile": Reference("callProfile"),
    "callLegProfile": Reference("callLegProfile"),
    "callBrandingProfile": Reference("callBrandingProfile"),
    "nonMemberAccess": boolean,
}

BULK_SYNC: Table = {"cospaceBulkParameterSet": guid, "removeAll": boolean}

CALL: Table = {
    "locked": boolean,
    "recording": boolean,
    "streaming": boolean,
    "allowAllMuteSelf": boolean,
    "allowAllPresentationContribution": boolean,
    "joinAudioMuteOverride": boolean,
    "messageText": text(),
    "messagePosition": choice("top", "middle", "bottom"),
    "messageDuration": duration,
    "activeWhenEmpty": boolean,
    **_PLACEMENT,
    **_IN_CALL,
}

NEW_CALL: Table = {"coSpace": Reference("coSpace"), "name": text(200), "callCorrelator": text(), **CALL}

CALL_PROFILE: Table = {
    "participantLimit": number,
    "locked": boolean,
    "recordingMode": choice("disabled", "manual", "automatic"),
    "lockMode": choice("all", "needsActivation"),
    "sipRecorderUri": text(),
    "sipStreamerUri": text(),
    "streamingMode": choice("disabled", "manual", "automatic"),
    "passcodeMode": choice("required", "timeout"),
    "passcodeTimeout": number,
    "gatewayAudioCallOptimization": boolean,
    "lyncConferenceMode": choice("dualHomeCluster", "dualHomeCallBridge", "gateway"),
    "muteBehavior": choice("linked", "separate"),
    # Sent by the booking server's traces; gone from the reference with the message board itself.
    "messageBoardEnabled": boolean,
    **_IN_CALL,
}

_LEG_SETTINGS: Table = {
    "needsActivation": boolean,
    "defaultLayout": _LAYOUT,
    "participantLabels": boolean,
    "presentationDisplayMode": choice("dualStream", "singleStream"),
    "presentationContributionAllowed": boolean,
    "presentationViewingAllowed": boolean,
    "endCallAllowed": boolean,
    "disconnectOthersAllowed": boolean,
    "addParticipantAllowed": boolean,
    "muteOthersAllowed": boolean,
    "videoMuteOthersAllowed": boolean,
    "muteSelfAllowed": boolean,
    "videoMuteSelfAllowed": boolean,
    "changeLayoutAllowed": boolean,
    "joinToneParticipantThreshold": number,
    "leaveToneParticipantThreshold": number,
    "videoMode": choice("auto", "disabled"),
    "rxAudioMute": boolean,
    "txAudioMute": boolean,
    "rxVideoMute": boolean,
    "txVideoMute": boolean,
    "sipMediaEncryption": choice("optional", "required", "prohibited"),
    "audioPacketSizeMs": number,
    "deactivationMode": choice("deactivate", "disconnect", "remainActivated"),
    "deactivationModeTime": number,
    "telepresenceCallsAllowed": boolean,
    "sipPresentationChannelEnabled": boolean,
    "bfcpMode": choice("serverOnly", "serverAndClient"),
    "qualityMain": choice("unrestricted", "max1080p30", "max720p30", "max480p30"),
    "qualityPresentation": choice("unrestricted", "max1080p30", "max720p5"),
    "participantCounter": choice("never", "auto", "always"),
    "controlRemoteCameraAllowed": boolean,
    "layoutTemplate": Reference("layoutTemplate"),
    "audioGainMode": choice("disabled", "agc"),
    "meetingTitlePosition": choice("disabled", "top", "middle", "bottom"),
    "chatContributionAllowed": boolean,
    "changeRoleAllowed": boolean,
    "noteContributionAllowed": boolean,
    "captionContributionAllowed": boolean,
}

CALL_LEG_PROFILE: Table = {
    **_LEG_SETTINGS,
    "callLockAllowed": boolean,
    "setImportanceAllowed": boolean,
    "allowAllMuteSelfAllowed": boolean,
    "allowAllPresentationContributionAllowed": boolean,
    "changeJoinAudioMuteOverrideAllowed": boolean,
    "recordingControlAllowed": boolean,
    "streamingControlAllowed": boolean,
    "name": text(200),
    "maxCallDurationTime": number,
}

CALL_LEG: Table = {
    "ownerId": guid,
    "chosenLayout": _LAYOUT,
    "dtmfSequence": tones,
    "callLegProfile": Reference("callLegProfile"),
    **_LEG_SETTINGS,
    "layout": _LAYOUT,
    "nameLabelOverride": utf8(50),
    "handStatus": choice("raised", "lowered"),
    "accessMethod": guid,
}

NEW_CALL_LEG: Table = {"remoteParty": text(200), "bandwidth": number, "confirmation": boolean, **CALL_LEG}

PARTICIPANT: Table = {
    "importance": number,
    "dtmfSequence": tones,
    "nameLabelOverride": utf8(50),
    "deactivated": boolean,
    "handStatus": choice("raised", "lowered"),
}

NEW_PARTICIPANT: Table = {
    **NEW_CALL_LEG,
    **PARTICIPANT,
    "movedParticipant": guid,
    "callBridge": Reference("callBridge"),
    "callBridgeGroup": Reference("callBridgeGroup"),
}

ALL_PARTICIPANTS: Table = {
    "rxAudioMute": boolean,
    "txAudioMute": boolean,
    "rxVideoMute": boolean,
    "txVideoMute": boolean,
    "layout": _LAYOUT,
    "importance": number,
    "deactivated": boolean,
    "filterIds": text(),
    "mode": choice("exclude", "selected"),
}

ACCESS_METHOD: Table = {
    "uri": uri,
    "callId": digits(200),
    "passcode": digits(200),
    "name": text(200),
    "callLegProfile": Reference("callLegProfile"),
    "secret": text(),
    "regenerateSecret": boolean,
    "scope": choice("public", "private", "member", "directory"),
    "importance": number,
    "dialInSecurityProfile": Reference("dialInSecurityProfile"),
}

SYSTEM_PROFILES: Table = {
    "callLegProfile": Reference("callLegProfile"),
    "callProfile": Reference("callProfile"),
    "dtmfProfile": Reference("dtmfProfile"),
    "userProfile": Reference("userProfile"),
    "ivrBrandingProfile": Reference("ivrBrandingProfile"),
    "callBrandingProfile": Reference("callBrandingProfile"),
    "compatibilityProfile": Reference("compatibilityProfile"),
    "dialInSecurityProfile": Reference("dialInSecurityProfile"),
    "webBridgeProfile": Reference("webBridgeProfile"),
}

CALL_BRIDGE_GROUP: Table = {
    "name": text(200),
    "loadBalancingEnabled": boolean,
    "loadBalanceLyncCalls": boolean,
    "loadBalanceOutgoingCalls": boolean,
    "loadBalanceUserCalls": boolean,
    "loadBalanceIndirectCalls": boolean,
}

CLUSTER: Table = {
    "uniqueName": text(200),
    "peerLinkBitRate": number,
    "participantLimit": number,
    "loadLimit": number,
    "newConferenceLoadLimitBasisPoints": basis_points,
    "existingConferenceLoadLimitBasisPoints": basis_points,
    "maxPeerVideoStreams": number,
}

# The reference's table says uri, its text url.
CDR_RECEIVER: Table = {"uri": text(), "url": text()}

CAMERA_CONTROL: Table = {
    "pan": choice("left", "right"),
    "tilt": choice("up", "down"),
    "zoom": choice("in", "out"),
    "focus": choice("in", "out"),
}

CAPTIONS: Table = {"captionsText": text()}

CALL_BRIDGE: Table = {
    "name": text(200),
    "address": text(),
    "sipDomain": text(),
    "callBridgeGroup": Reference("callBridgeGroup"),
}

ACCESS_QUERY: Table = {"uri": text(200), "callId": digits(200), "tenant": Reference("tenant")}

URI_QUERY: Table = {"uri": text(200), "tenant": Reference("tenant")}

TIMED_LOGGING: Table = {
    "activeControl": number,
    "activeSpeaker": number,
    "api": number,
    "bfcp": number,
    "cameraControl": number,
    "dns": number,
    "events": number,
    "ice": number,
    "sip": number,
    "tip": number,
    "webBridge": number,
}
