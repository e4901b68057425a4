"""WebEx of conferences, with its secrets sealed, and WebEx sites."""

import json
from dataclasses import fields, replace

import pytest
from sqlalchemy import text
from store_samples import NOON, book, book_series, hours, listing, open_store, route, some_series, with_date

from tmsba.domain.conference.webex import Telephony, WebEx, WebExPart, WebExSite, WebExTrouble
from tmsba.domain.values import StatusFilter
from tmsba.store import FernetSecretBox, SecretKeyMissing, SqlStore, create_store
from tmsba.store.sql.secrets import NoSecretBox
from tmsba.store.tables.webex_values import decode_webex, encode_webex

FULL = WebEx(
    meeting_key="990011",
    sip_url="990011@example.webex.com",
    left_out=(WebExPart.HOST_KEY, WebExPart.GLOBAL_NUMBERS),
    meeting_password="s3cret-password",
    join_url="https://example.webex.com/s3cret-join",
    host_url="https://example.webex.com/s3cret-host",
    host_key="s3cret-key",
    join_before_host="00:05:00",
    telephony=Telephony(
        toll_number="+1 555 0100",
        toll_free_number="+1 555 0101",
        global_numbers_url="https://example.webex.com/numbers",
        pstn_number="+1 555 0102",
        dtmf_sequence=",,s3cret-tones#",
        access_code="s3cret-code",
    ),
    is_update_wanted=True,
    site_url="https://example.webex.com",
    uses_pstn=True,
    is_owned_externally=True,
    errors=(WebExTrouble.NOT_CREATED,),
    warnings=(WebExTrouble.NOT_UPDATED, WebExTrouble.NOBODY_ELSE),
)
BOX = FernetSecretBox("key")
SECRETS = ("meeting_password", "join_url", "host_url", "host_key")


def test_every_field_of_the_sample_says_something() -> None:
    for sample, blank in ((FULL, WebEx()), (FULL.telephony, Telephony())):
        assert not [f.name for f in fields(blank) if getattr(sample, f.name) == getattr(blank, f.name)]


@pytest.mark.parametrize(
    "webex", [FULL, WebEx(), replace(FULL, telephony=None), WebEx(telephony=Telephony())]
)
def test_webex_comes_back_and_its_secrets_are_sealed(webex: WebEx) -> None:
    written = encode_webex(webex, BOX)
    assert decode_webex(written, BOX) == webex
    assert "s3cret" not in written


def test_the_format_is_stable() -> None:
    values = json.loads(encode_webex(FULL, BOX))
    assert (values["v"], values["sealed"][:3]) == (1, "v1:")
    assert values | {"sealed": ""} == {
        "v": 1,
        "meeting_key": "990011",
        "sip_url": "990011@example.webex.com",
        "left_out": ["host-key", "global-numbers"],
        "join_before_host": "00:05:00",
        "telephony": {
            "toll_number": "+1 555 0100",
            "toll_free_number": "+1 555 0101",
            "global_numbers_url": "https://example.webex.com/numbers",
            "pstn_number": "+1 555 0102",
        },
        "is_update_wanted": True,
        "site_url": "https://example.webex.com",
        "uses_pstn": True,
        "is_owned_externally": True,
        "errors": ["not-created"],
        "warnings": ["not-updated", "nobody-else"],
        "sealed": "",
    }


def test_what_has_no_secrets_needs_no_key() -> None:
    plain = WebEx(sip_url="1@x", is_owned_externally=True)
    assert decode_webex(encode_webex(plain, NoSecretBox()), NoSecretBox()) == plain
    with pytest.raises(SecretKeyMissing):
        encode_webex(FULL, NoSecretBox())


def test_with_another_key_the_secrets_are_blank_and_the_rest_is_readable() -> None:
    found = decode_webex(encode_webex(FULL, BOX), FernetSecretBox("other"))
    phone = replace(FULL.telephony, dtmf_sequence="", access_code="")
    assert found == replace(FULL, telephony=phone, **dict.fromkeys(SECRETS, ""))


def test_a_conference_has_its_webex(store: SqlStore) -> None:
    added = book(store, 1, details={"webex": FULL})
    with store.reading() as uow:
        found = uow.conferences.get(added.id)
        assert found == added
        [row] = uow.connection.execute(text("SELECT webex FROM conference")).scalars()
    assert "s3cret" not in row
    with store.writing() as uow:
        uow.conferences.update(replace(added, details=replace(added.details, webex=None)))
        uow.commit()
    with store.reading() as uow:
        assert uow.conferences.get(added.id).details.webex is None


def test_dates_of_a_series_have_webex_of_their_own(store: SqlStore) -> None:
    series = some_series(1, webex=FULL)
    other, none = replace(FULL, meeting_key="2"), None
    series = with_date(series, 1, details=replace(series.details, webex=other))
    series = with_date(series, 2, details=replace(series.details, webex=none))
    added = book_series(store, series)
    with store.reading() as uow:
        found = uow.conferences.series_of(added.occurrences[0].id)
    assert found == added
    assert [date.details.webex for date in found.occurrences] == [FULL, other, None]


def test_the_key_belongs_to_the_store(store: SqlStore, url: str) -> None:
    added = book(store, 1, details={"webex": FULL})
    other = create_store(url, secret_box=FernetSecretBox("other"))
    keyless = create_store(url)
    again = open_store(url)
    with other.reading() as uow:
        assert uow.conferences.get(added.id).details.webex.host_key == ""
    with keyless.reading() as uow, pytest.raises(SecretKeyMissing):
        uow.conferences.get(added.id)
    with again.reading() as uow:
        assert uow.conferences.get(added.id).details.webex == FULL
    for one in (other, keyless, again):
        one.dispose()


def test_lists_open_no_secrets(store: SqlStore, url: str) -> None:
    added = book(store, 1, details={"webex": FULL})
    listed = replace(added, participants=(), details=replace(added.details, webex=None))
    keyless = create_store(url)
    with keyless.reading() as uow:
        asked = (hours(0, 1), StatusFilter.ALL, NOON)
        assert uow.conferences.find(listing(*asked, system_ids=[1])) == [listed]
        assert uow.conferences.find(listing(*asked, user_id=1)) == [listed]
    keyless.dispose()


def test_webex_takes_room_on_its_bridge(store: SqlStore) -> None:
    book(store, 1, details={"webex": FULL}, route=route(1))
    with store.reading() as uow:
        assert uow.bridges.most_participants([1], [hours(0, 1)], besides=()) == {1: [2]}


# ---------------------------------------------------------------- sites


def sites(store: SqlStore) -> list[WebExSite]:
    with store.reading() as uow:
        return list(uow.webex_sites.all())


def add(store: SqlStore, url: str, **more: object) -> WebExSite:
    with store.writing() as uow:
        added = uow.webex_sites.add(WebExSite(url=url, **more))
        uow.commit()
    return added


def test_the_first_site_is_the_default_until_another_one_is(store: SqlStore) -> None:
    first = add(store, "https://one.webex.com", name="One", uses_pstn=True)
    second = add(store, "https://two.webex.com")
    assert sites(store) == [first, second]
    assert [(one.is_default, one.uses_pstn) for one in sites(store)] == [(True, True), (False, False)]
    third = add(store, "https://three.webex.com", is_default=True)
    assert [one.is_default for one in sites(store)] == [False, False, True]
    with store.writing() as uow:
        uow.webex_sites.change(replace(second, name="Two", is_default=True))
        uow.webex_sites.remove(third.id)
        uow.commit()
    assert sites(store) == [replace(first, is_default=False), replace(second, name="Two", is_default=True)]


def test_an_address_is_taken_in_all_spellings(store: SqlStore) -> None:
    add(store, "https://one.webex.com/x")
    with store.writing() as uow, pytest.raises(ValueError, match="already"):
        uow.webex_sites.add(WebExSite(url="http://ONE.webex.com/x/"))
    with store.writing() as uow, pytest.raises(LookupError, match="no WebEx site 9"):
        uow.webex_sites.change(WebExSite(id=9, url="https://nine.webex.com"))
