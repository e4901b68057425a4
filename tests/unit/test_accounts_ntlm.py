"""NTLM: the messages, the challenges without memory, the check, and the log-in."""

import struct
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import FakeClock, FakeStore, create_user
from hypothesis import given
from hypothesis import strategies as st
from ntlm_client import NTLM_V1, ntlm_answer

from tmsba.accounts.backoff import Backoff, Reason, TooManyFailures
from tmsba.accounts.ntlm.challenges import CLOCK_DIFFERENCE, LIFETIME, ChallengeMaker
from tmsba.accounts.ntlm.messages import (
    Authenticate,
    Av,
    Flag,
    MalformedMessage,
    Negotiate,
    challenge_message,
    read_message,
    read_target_info,
)
from tmsba.accounts.ntlm.responses import is_right_v1, is_right_v2, is_v1, target_info_of
from tmsba.accounts.ntlm_login import NotAnswered, NtlmLogin
from tmsba.accounts.passwords import nt_hash
from tmsba.domain.people.users import USERS

ADDRESS = "192.0.2.7"
PASSWORD = "correct hörse 馬"
SECOND = timedelta(seconds=1)

# The values of MS-NLMP, 4.2: user "User", domain "Domain", password "Password".
NT_HASH = bytes.fromhex("a4f49c406510bdcab6824ee7c30fd852")
CHALLENGE = bytes.fromhex("0123456789abcdef")


def documented(**changes):
    message = Authenticate(
        flags=Flag.UNICODE,
        user_bytes="User".encode("utf-16-le"),
        domain_bytes="Domain".encode("utf-16-le"),
        lm_response=b"",
        nt_response=b"",
    )
    return replace(message, **changes)


# ---------------------------------------------------------------- the check, by documented values


def test_a_response_of_version_2_fits_as_documented():
    blob = bytes.fromhex(
        "01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e00"
        "01000c005300650072007600650072000000000000000000"
    )
    proof = bytes.fromhex("68cd0ab851e51c96aabc927bebef6a1c")
    message = documented(nt_response=proof + blob)
    assert not is_v1(message)
    assert is_right_v2(message, CHALLENGE, NT_HASH)
    assert not is_right_v2(message, CHALLENGE[::-1], NT_HASH)
    assert not is_right_v2(message, CHALLENGE, NT_HASH[::-1])
    assert not is_right_v2(documented(nt_response=proof + blob[:-1] + b"x"), CHALLENGE, NT_HASH)
    assert target_info_of(message) == {
        Av.DOMAIN_NAME: "Domain".encode("utf-16-le"),
        Av.COMPUTER_NAME: "Server".encode("utf-16-le"),
    }


def test_a_response_of_version_1_fits_as_documented():
    answer = bytes.fromhex("67c43011f30298a2ad35ece64f16331c44bdbed927841f94")
    message = documented(nt_response=answer)
    assert is_v1(message)
    assert is_right_v1(message, CHALLENGE, NT_HASH)
    assert not is_right_v1(message, CHALLENGE, bytes(16))


def test_a_response_of_version_1_with_a_challenge_of_the_client_fits_as_documented():
    message = documented(
        flags=Flag.UNICODE | Flag.EXTENDED_SESSION_SECURITY,
        lm_response=bytes.fromhex("aaaaaaaaaaaaaaaa") + bytes(16),
        nt_response=bytes.fromhex("7537f803ae367128ca458204bde7caf81e97ed2683267232"),
    )
    assert is_right_v1(message, CHALLENGE, NT_HASH)
    assert not is_right_v1(replace(message, lm_response=bytes(24)), CHALLENGE, NT_HASH)


# ---------------------------------------------------------------- messages


def fields_of(data):
    """What the challenge message says: flags, challenge, target name, target info."""
    (signature, kind, name_length, _, name_at, flags) = struct.unpack_from("<8sIHHII", data)
    info_length, _, info_at = struct.unpack_from("<HHI", data, 40)
    assert (signature, kind) == (b"NTLMSSP\0", 2)
    info = data[info_at : info_at + info_length]
    return Flag(flags), data[24:32], data[name_at : name_at + name_length], info


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (Flag.UNICODE, "DOM".encode("utf-16-le")),
        (Flag.UNICODE | Flag.OEM, "DOM".encode("utf-16-le")),
        (Flag.OEM, b"DOM"),
        (Flag(0), b"DOM"),
    ],
)
def test_the_challenge_speaks_as_the_client_does(flags, name):
    said, challenge, target, info = fields_of(
        challenge_message(flags, CHALLENGE, "DOM", [(Av.TIMESTAMP, b"12345678")])
    )
    assert (challenge, target) == (CHALLENGE, name)
    assert (Flag.UNICODE in said) == (Flag.UNICODE in flags)
    assert (Flag.OEM in said) == (Flag.UNICODE not in flags)
    assert read_target_info(info) == {Av.TIMESTAMP: b"12345678"}


def test_session_security_is_agreed_to_when_the_client_wishes_it():
    """Windows breaks off when its policy demands 128 bits and the server does not agree."""
    wished = Flag.UNICODE | Flag.BITS_128 | Flag.KEY_EXCHANGE | Flag.EXTENDED_SESSION_SECURITY | Flag.SIGN
    said, *_ = fields_of(challenge_message(wished | Flag(0x8), CHALLENGE, "DOM", []))
    assert wished in said
    assert Flag(0x8) not in said
    said, *_ = fields_of(challenge_message(Flag.UNICODE, CHALLENGE, "DOM", []))
    assert not said & (Flag.BITS_128 | Flag.KEY_EXCHANGE | Flag.EXTENDED_SESSION_SECURITY)


def test_names_are_decoded_by_the_flag():
    name = "jürgen"
    assert documented(user_bytes=name.encode("utf-16-le")).user == name
    for encoding in ("utf-8", "latin-1"):
        assert documented(flags=Flag.OEM, user_bytes=name.encode(encoding)).user == name
    assert documented(user_bytes=b"odd").user == "\u646f\ufffd"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"NTLMSSP\0",
        b"NTLMSSP\0\x01\0\0",
        b"NTLMSSP\0\x01\0\0\0",
        b"NTLMSSX\0\x01\0\0\0\x01\0\0\0",
        b"NTLMSSP\0\x02\0\0\0" + bytes(60),
        b"NTLMSSP\0\x03\0\0\0" + bytes(20),
        b"NTLMSSP\0\x03\0\0\0" + b"\xff" * 60,
        b"NTLMSSP\0\x01\0\0\0\x01\0\0\0" + bytes(20_000),
    ],
)
def test_what_is_no_message_is_told(data):
    with pytest.raises(MalformedMessage):
        read_message(data)


def test_a_negotiate_message_of_the_shortest_kind_will_do():
    assert read_message(b"NTLMSSP\0\x01\0\0\0\x02\0\0\0") == Negotiate(Flag.OEM)


@pytest.mark.parametrize("cut", [1, 3, 5, 11])
def test_a_target_info_that_is_cut_off_is_told(cut):
    whole = struct.pack("<HH4sHH", 7, 4, b"abcd", 0, 0)
    assert read_target_info(whole) == {7: b"abcd"}
    with pytest.raises(MalformedMessage):
        read_target_info(whole[:cut])


# ---------------------------------------------------------------- challenges


def test_any_host_with_the_key_recognises_a_challenge():
    clock = FakeClock()
    one, other, stranger = (
        ChallengeMaker(lambda key=key: key, "dom") for key in (b"key", b"key", b"another")
    )
    challenge = one.new(clock())
    *_, info = fields_of(one.message(challenge, Flag.UNICODE))
    echoed = read_target_info(info)
    assert other.recognised(echoed, clock()) == challenge
    assert stranger.recognised(echoed, clock()).value != challenge.value
    assert one.new(clock()).value != challenge.value


@pytest.mark.parametrize(
    ("age", "is_good"),
    [
        (timedelta(), True),
        (LIFETIME, True),
        (LIFETIME + SECOND, False),
        (-CLOCK_DIFFERENCE, True),
        (-CLOCK_DIFFERENCE - SECOND, False),
    ],
)
def test_a_challenge_is_good_for_a_minute_on_clocks_that_differ_a_little(age, is_good):
    clock = FakeClock()
    maker = ChallengeMaker(lambda: b"key")
    challenge = maker.new(clock())
    *_, info = fields_of(maker.message(challenge, Flag.UNICODE))
    clock.advance(age)
    assert (maker.recognised(read_target_info(info), clock()) == challenge) is is_good
    assert challenge.expires_at >= clock() or not is_good


@pytest.mark.parametrize(
    "echoed",
    [
        {},
        {Av.DNS_TREE_NAME: b"x" * 64},
        {Av.TIMESTAMP: bytes(8)},
        {Av.DNS_TREE_NAME: b"x" * 64, Av.TIMESTAMP: b"\x7f" * 8},
        {Av.DNS_TREE_NAME: b"x" * 64, Av.TIMESTAMP: b"\xff" * 8},
        {Av.DNS_TREE_NAME: b"x" * 63, Av.TIMESTAMP: bytes(8)},
        {Av.DNS_TREE_NAME: b"x" * 64, Av.TIMESTAMP: bytes(7)},
    ],
)
def test_what_was_made_up_is_not_recognised(echoed):
    assert ChallengeMaker(lambda: b"key").recognised(echoed, FakeClock()()) is None


# ---------------------------------------------------------------- log-in


@pytest.fixture
def store():
    store = FakeStore()
    for name in ("anna", "Jürgen.Groß", "basic"):
        user = store.prepare(lambda uow, name=name: uow.users.add(create_user(name=name), "hash", [USERS]))
        if name != "basic":
            store.prepare(lambda uow, i=user.id: uow.credentials.set_nt_hash(i, nt_hash(PASSWORD)))
    return store


class Host:
    """One of the hosts: nothing but the store and the key is shared."""

    def __init__(self, store, clock, **more):
        self.failures = []
        backoff = Backoff(
            store, clock, lambda attempt, reason: self.failures.append((attempt.account, reason))
        )
        self.login = NtlmLogin(store, backoff, ChallengeMaker(lambda: b"key", "dom"), **more)

    def challenged(self, negotiate, connection=None):
        message = read_message(negotiate)
        assert isinstance(message, Negotiate)
        return self.login.challenge(message, connection)

    def answered(self, answer, connection=None, address=ADDRESS):
        message = read_message(answer)
        assert isinstance(message, Authenticate)
        return self.login.authenticate(message, address, connection)

    def caller(self, name, password=PASSWORD, **more):
        return self.answered(ntlm_answer(name, password, self.challenged, **more))


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def host(store, clock):
    return Host(store, clock)


@pytest.mark.parametrize(
    "name", ["anna", "DOM\\anna", "other\\ANNA", "anna@dom.example.com", "JÜRGEN.GROß", "dom\\jürgen.groß"]
)
def test_a_user_logs_in_by_any_form_of_the_name(host, name):
    caller = host.caller(name)
    assert caller.user.name.casefold() in name.casefold()
    assert caller.groups == {USERS}
    assert caller.address == ADDRESS


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        ("anna", "wrong", Reason.WRONG),
        ("anna", "", Reason.WRONG),
        ("nobody", PASSWORD, Reason.UNKNOWN),
        ("basic", "hash", Reason.NO_NTLM),
        ("basic", "", Reason.NO_NTLM),
    ],
)
def test_a_wrong_name_or_password_lets_nobody_in_and_is_told(host, name, password, reason):
    assert host.caller(f"DOM\\{name}", password) is None
    assert host.failures == [(f"DOM\\{name}", reason)]


def test_a_disabled_account_lets_nobody_in(store, host):
    store.state.accounts[1] = replace(store.state.accounts[1], is_enabled=False)
    assert host.caller("anna") is None
    assert host.failures == [("anna", Reason.DISABLED)]


def test_no_password_is_hashed_and_only_the_challenge_is_written(store, host, monkeypatch):
    from tmsba.accounts import passwords

    monkeypatch.setattr(passwords, "_CONTEXT", None)
    writes = store.writes_begun
    for count in range(1, 4):
        assert host.caller("anna")
        assert store.writes_begun == writes + count


def test_an_answer_counts_on_any_host(store, clock, host):
    answer = ntlm_answer("anna", PASSWORD, host.challenged)
    assert Host(store, clock).answered(answer)


def test_an_answer_counts_once_whichever_host_it_comes_to(store, clock, host):
    answer = ntlm_answer("anna", PASSWORD, host.challenged)
    assert host.answered(answer)
    for one in (host, Host(store, clock)):
        with pytest.raises(NotAnswered):
            one.answered(answer)
    assert host.failures == []


def test_an_answer_comes_too_late_after_a_minute(host, clock):
    answer = ntlm_answer("anna", PASSWORD, host.challenged)
    clock.advance(LIFETIME + SECOND)
    with pytest.raises(NotAnswered):
        host.answered(answer)


def test_used_challenges_are_kept_only_as_long_as_they_count(store, host, clock):
    for _ in range(5):
        assert host.caller("anna")
        clock.advance(timedelta(seconds=30))
    clock.advance(timedelta(seconds=65))
    assert host.caller("anna")
    assert len(store.state.challenges) == 1


def test_an_answer_to_somebody_elses_challenge_is_wrong(host):
    """Whoever made it up did not know our key."""
    stranger = ChallengeMaker(lambda: b"another key", "dom")

    def challenged(negotiate):
        return stranger.message(stranger.new(host.login.backoff.clock()), read_message(negotiate).flags)

    assert host.answered(ntlm_answer("anna", PASSWORD, challenged)) is None


def test_wrong_answers_wait_as_wrong_passwords_do(host, clock):
    for _ in range(6):
        assert host.caller("anna", "wrong") is None
    with pytest.raises(TooManyFailures):
        host.caller("anna")
    clock.advance(SECOND)
    assert host.caller("anna")
    assert [reason for _, reason in host.failures] == [Reason.WRONG] * 6 + [Reason.WAITING]


def test_nobody_is_let_in_without_a_name(host):
    *_, info = fields_of(host.challenged(b"NTLMSSP\0\x01\0\0\0\x01\0\0\0"))
    anonymous = documented(
        user_bytes=b"", domain_bytes=b"", nt_response=bytes(16) + b"\1\1" + bytes(26) + info
    )
    with pytest.raises(NotAnswered):
        host.login.authenticate(anonymous, ADDRESS)


def test_ntlm_is_offered_when_an_account_has_it(store, host):
    assert host.login.is_offered()
    store.state.nt_hashes.clear()
    assert not host.login.is_offered()


# ---------------------------------------------------------------- version 1


class Connection:
    """Something that lives as long as a client's connection."""


def test_version_1_is_refused(host):
    connection = Connection()
    answer = ntlm_answer("anna", PASSWORD, lambda one: host.challenged(one, connection), level=NTLM_V1)
    assert is_v1(read_message(answer))
    assert host.answered(answer, connection) is None
    assert host.failures == [("anna", Reason.OLD_NTLM)]
    assert host.login.store.state.failures == {}


def test_version_1_can_be_accepted_for_one_answer_on_the_same_connection(store, clock):
    host = Host(store, clock, accepts_v1=True)
    connection = Connection()
    answer = ntlm_answer("anna", PASSWORD, lambda one: host.challenged(one, connection), level=NTLM_V1)
    for other in (None, Connection()):
        with pytest.raises(NotAnswered):
            host.answered(answer, other)
    assert host.answered(answer, connection)
    with pytest.raises(NotAnswered):
        host.answered(answer, connection)
    wrong = ntlm_answer("anna", "wrong", lambda one: host.challenged(one, connection), level=NTLM_V1)
    assert host.answered(wrong, connection) is None


def test_what_is_kept_with_a_connection_goes_with_it(store, clock):
    host = Host(store, clock, accepts_v1=True)
    connection = Connection()
    host.challenged(b"NTLMSSP\0\x01\0\0\0\x01\0\0\0", connection)
    assert len(host.login._of_connections) == 1
    del connection
    assert len(host.login._of_connections) == 0


# ---------------------------------------------------------------- any bytes


def looked_at(host, data):
    """Whether somebody got in by these bytes."""
    try:
        message = read_message(data)
    except MalformedMessage:
        return False
    if isinstance(message, Negotiate):
        return not host.login.challenge(message)
    try:
        return host.login.authenticate(message, ADDRESS, None) is not None
    except (NotAnswered, TooManyFailures):
        return False


HEADS = st.sampled_from([b"", b"NTLMSSP\0", b"NTLMSSP\0\x01\0\0\0", b"NTLMSSP\0\x03\0\0\0"])


@given(HEADS, st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_none_and_let_nobody_in(head, tail):
    assert not looked_at(Host(FakeStore(), FakeClock()), head + tail)


@given(st.data())
def test_a_good_answer_that_was_changed_lets_nobody_in_as_somebody_else(data):
    store, clock = FakeStore(), FakeClock()
    store.prepare(lambda uow: uow.users.add(create_user(name="anna"), "hash", [USERS]))
    store.prepare(lambda uow: uow.credentials.set_nt_hash(1, nt_hash(PASSWORD)))
    store.prepare(lambda uow: uow.users.add(create_user(name="bob"), "hash", [USERS]))
    host = Host(store, clock, accepts_v1=True)
    answer = bytearray(ntlm_answer("anna", PASSWORD, host.challenged))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(12, len(answer) - 1))
        answer[place] = data.draw(st.integers(0, 255))
    length = data.draw(st.sampled_from([len(answer), len(answer), len(answer) - 1, 64, 40]))
    message = bytes(answer[:length])
    try:
        caller = host.answered(message)
    except (AssertionError, MalformedMessage, NotAnswered):
        return
    # What is not signed may change: the session key, the workstation, the case of the name.
    assert caller is None or caller.user.name == "anna"
