import pytest

from tmsba.booking.request.defaults import default_details
from tmsba.cms.meeting import (
    USUAL_CALL,
    USUAL_LEG,
    USUAL_SPACE,
    CallOptions,
    Encryption,
    LegOptions,
    LegVariant,
    Quality,
)
from tmsba.control.bridge.call_settings import CallSettings, call_settings, leg_options
from tmsba.domain.conference.adjusting import Adjusted, Layout
from tmsba.domain.conference.details import Details
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.values import Bandwidth, Choice, ParticipantKind, PictureMode, ProfileChoice

DELIVERED = ConferenceSettings()
AUDIO = {
    ParticipantKind.IP_AUDIO_OUT,
    ParticipantKind.TELEPHONE_OUT,
    ParticipantKind.SIP_AUDIO_OUT,
    ParticipantKind.MOBILE_OUT,
}
VIDEO = [
    ParticipantKind.SYSTEM,
    ParticipantKind.SIP_VIDEO_OUT,
    ParticipantKind.IP_VIDEO_OUT,
    ParticipantKind.ISDN_VIDEO_OUT,
]


def settings_for(**details):
    return call_settings(Details(**details), DELIVERED)


def test_the_default_conference_asks_for_nothing():
    assert call_settings(default_details(DELIVERED), DELIVERED) == CallSettings()
    assert CallSettings().adjusted == frozenset()
    assert not USUAL_SPACE.fields() | USUAL_CALL.fields() | USUAL_LEG.fields()


def test_a_default_that_the_administrator_changed_is_told_to_the_bridge():
    changed = ConferenceSettings(
        default_encryption=Choice.YES, default_picture_mode=PictureMode.VOICE_SWITCHED
    )
    settings = call_settings(default_details(changed), changed)
    assert settings.leg_variant == LegVariant(encryption=Encryption.REQUIRED)
    assert settings.layout is Layout.SPEAKER_ONLY


@pytest.mark.parametrize(
    ("mode", "layout"),
    [
        (PictureMode.CONTINUOUS_PRESENCE, None),
        (PictureMode.ENHANCED_CONTINUOUS_PRESENCE, Layout.ONE_PLUS_N),
        (PictureMode.VOICE_SWITCHED, Layout.SPEAKER_ONLY),
    ],
)
def test_the_picture_mode_is_a_layout(mode, layout):
    assert settings_for(picture_mode=mode).layout is layout


@pytest.mark.parametrize(
    ("choice", "encryption"),
    [(Choice.IF_POSSIBLE, None), (Choice.YES, Encryption.REQUIRED), (Choice.NO, Encryption.PROHIBITED)],
)
def test_encryption_is_a_variant_of_the_profile(choice, encryption):
    variant = settings_for(encryption=choice).leg_variant
    assert (variant and variant.encryption) is encryption


@pytest.mark.parametrize("bandwidth", Bandwidth)
def test_the_bandwidth_limits_the_picture_of_those_who_dial_in(bandwidth):
    variant = settings_for(ip_bandwidth=bandwidth).leg_variant
    if bandwidth is Bandwidth.MAX or bandwidth >= 2048:
        assert variant is None
    else:
        assert variant.quality is (Quality.HD_720 if bandwidth >= 1152 else Quality.SD_480)


@pytest.mark.parametrize("kind", VIDEO)
def test_who_is_dialled_gets_the_bandwidth_in_bits_per_second(kind):
    usual = 384 if kind is ParticipantKind.ISDN_VIDEO_OUT else 2048
    for bandwidth in Bandwidth:
        options = leg_options(kind, Details(ip_bandwidth=bandwidth, isdn_bandwidth=bandwidth))
        told = None if bandwidth in (Bandwidth.MAX, usual) else bandwidth * 1000
        assert options == LegOptions(bandwidth_bps=told)


@pytest.mark.parametrize("kind", VIDEO)
def test_isdn_has_a_bandwidth_of_its_own(kind):
    details = Details(ip_bandwidth=Bandwidth.KBPS_512, isdn_bandwidth=Bandwidth.KBPS_128)
    wanted = 128_000 if kind is ParticipantKind.ISDN_VIDEO_OUT else 512_000
    assert leg_options(kind, details).bandwidth_bps == wanted


@pytest.mark.parametrize("kind", sorted(AUDIO, key=lambda kind: kind.value))
def test_who_takes_part_by_telephone_gets_no_picture(kind):
    options = leg_options(kind, Details(ip_bandwidth=Bandwidth.KBPS_6000))
    assert options.fields() == {"videoMode": "disabled", "presentationViewingAllowed": "false"}


@pytest.mark.parametrize("is_allowed", [True, False])
@pytest.mark.parametrize("is_wanted", [True, False])
def test_a_conference_is_recorded_when_it_is_booked_so_and_the_setting_allows_it(is_allowed, is_wanted):
    settings = ConferenceSettings(record_on_bridge=is_allowed)
    found = call_settings(Details(is_recording_enabled=is_wanted), settings)
    assert found.is_recorded is (is_allowed and is_wanted)
    assert (Adjusted.CALL_PROFILE in found.adjusted) is (is_allowed and is_wanted)


@pytest.mark.parametrize(
    ("choice", "value"), [(ProfileChoice.YES, True), (ProfileChoice.NO, False), (ProfileChoice.PROFILE, None)]
)
def test_muting_and_locking_are_left_to_the_profile_unless_set(choice, value):
    muting = call_settings(Details(), ConferenceSettings(mute_on_joining=choice)).call
    locking = call_settings(Details(), ConferenceSettings(lock_conferences=choice)).call
    assert (muting, locking) == (CallOptions(is_joining_muted=value), CallOptions(is_locked=value))


def test_all_that_differs_of_a_space_is_named():
    settings = call_settings(
        Details(
            picture_mode=PictureMode.VOICE_SWITCHED,
            encryption=Choice.NO,
            is_recording_enabled=True,
            host_pin="31",
        ),
        ConferenceSettings(record_on_bridge=True, mark_spaces=True),
        conference_id=17,
    )
    assert settings.adjusted == frozenset(Adjusted)
    assert settings.mark == "tmsba:17"
