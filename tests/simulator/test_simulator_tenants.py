"""What tenants and their profiles do to spaces and calls."""

import pytest
from parameter_values import an_object
from simulator_api import Api, identifier


@pytest.fixture
def tenant(api: Api) -> str:
    return an_object(api, "tenant")


def space_of(api: Api, tenant: str, **values: object) -> str:
    return api.post("coSpaces", {"name": "A", "tenant": tenant, **values})


def test_calls_legs_and_participants_belong_to_the_tenant_of_their_space(api: Api, tenant: str) -> None:
    call = api.post("calls", {"coSpace": identifier(space_of(api, tenant))})
    other = api.post("calls", {"name": "Of nobody"})
    made = [api.post(f"{one}/participants", {"remoteParty": "desk@example.com"}) for one in (call, other)]
    assert [api.text(one, "tenant") for one in (call, other, *made)] == [tenant, None, tenant, None]
    for node in ("calls", "callLegs", "participants"):
        [found] = api.get(node, tenantFilter=tenant)
        assert found.findtext("tenant") == tenant
        assert api.get(node).get("total") == "2"


def test_the_tenants_profiles_are_in_force_between_the_systems_and_the_spaces(api: Api, tenant: str) -> None:
    system, theirs = (
        identifier(api.post("callLegProfiles", {"qualityMain": quality, "videoMode": "auto"}))
        for quality in ("max480p30", "max720p30")
    )
    chat = identifier(api.post("callProfiles", {"chatAllowed": "false"}))
    api.put("system/profiles", {"callLegProfile": system})
    space = space_of(api, tenant)
    call = api.post("calls", {"coSpace": identifier(space)})
    leg = api.post(f"{call}/callLegs", {"remoteParty": "desk@example.com"})
    api.put(f"tenants/{tenant}", {"callLegProfile": theirs, "callProfile": chat})
    trace = api.get(f"{leg}/callLegProfileTrace")
    assert [(scope.tag, scope.findtext("id")) for scope in trace] == [("global", system), ("tenant", theirs)]
    assert api.text(call, "chatAllowed") == "false"
    api.delete(f"tenants/{tenant}")
    assert "tenant" not in api.values(space)
    assert api.text(call, "chatAllowed") == "true"


def test_a_tenant_has_no_more_participants_than_its_limit(api: Api, tenant: str) -> None:
    api.put(f"tenants/{tenant}", {"participantLimit": 1})
    first, second = (api.post("calls", {"coSpace": identifier(space_of(api, tenant))}) for _ in range(2))
    api.post(f"{first}/callLegs", {"remoteParty": "desk@example.com"})
    full = (400, [("tenantParticipantLimitReached", {})])
    assert api.refusal("POST", f"{second}/callLegs", {"remoteParty": "hall@example.com"}) == full
    api.post(f"{api.post('calls', {'name': 'Of nobody'})}/callLegs", {"remoteParty": "hall@example.com"})


def test_a_passcode_is_as_long_as_the_nearest_security_profile_says(api: Api, tenant: str) -> None:
    long, short = (
        identifier(api.post("dialInSecurityProfiles", {"minPasscodeLength": length})) for length in (6, 2)
    )
    empty = identifier(api.post("dialInSecurityProfiles", {"name": "Nothing set"}))
    too_short = (400, [("passcodeTooShort", {})])
    api.put("system/profiles", {"dialInSecurityProfile": long})
    assert api.refusal("POST", "coSpaces", {"name": "A", "passcode": "12345"}) == too_short
    space = space_of(api, tenant, passcode="123456")
    api.put(f"tenants/{tenant}", {"dialInSecurityProfile": short})
    api.put(space, {"passcode": "12"})
    api.put(space, {"dialInSecurityProfile": empty, "passcode": "12"})
    assert api.refusal("POST", f"{space}/accessMethods", {"passcode": "1"}) == too_short
    api.post(f"{space}/accessMethods", {"passcode": "34"})
    method = api.post(f"{space}/accessMethods", {"dialInSecurityProfile": long})
    assert api.refusal("PUT", method, {"passcode": "12345"}) == too_short
    api.put(method, {"passcode": ""})


def test_the_system_names_a_profile_of_every_kind(api: Api) -> None:
    kinds = [
        "callLegProfile",
        "callProfile",
        "dtmfProfile",
        "userProfile",
        "ivrBrandingProfile",
        "callBrandingProfile",
        "compatibilityProfile",
        "dialInSecurityProfile",
        "webBridgeProfile",
    ]
    values = {kind: an_object(api, kind) for kind in kinds}
    api.put("system/profiles", values)
    assert api.values("system/profiles") == values
    for kind, profile in values.items():
        [used] = api.get(f"{kind}s", usageFilter="referenced")
        assert used.get("id") == profile
        api.delete(f"{kind}s/{profile}")
    assert api.values("system/profiles") == {}


def test_a_space_is_owned_by_the_user_it_names(api: Api) -> None:
    space = api.post("coSpaces", {"name": "A", "ownerJid": "anna@example.com"})
    assert "ownerId" not in api.values(space)
    user = an_object(api, "user")
    assert api.values(space)["ownerId"] == user
    call = api.post("calls", {"coSpace": identifier(space)})
    assert api.text(call, "ownerName") == "anna@example.com"
    api.put(space, {"meetingScheduler": "Ben"})
    assert api.text(call, "ownerName") == "Ben"


def test_a_call_has_the_name_of_its_space_whatever_it_was_called(api: Api) -> None:
    space = api.post("coSpaces", {"name": "Weekly"})
    call = api.post("calls", {"coSpace": identifier(space), "name": "Another"})
    assert api.text(call, "name") == "Weekly"
    api.put(space, {"name": "Monthly"})
    assert api.text(call, "name") == api.get("calls")[0].findtext("name") == "Monthly"
