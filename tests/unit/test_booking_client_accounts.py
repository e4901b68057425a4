"""Accounts and questions of the remote setup service."""

import base64
from dataclasses import replace

import pytest
from fakes import create_caller, create_system, create_user

from tmsba.accounts.passwords import is_password, nt_hash
from tmsba.domain import errors
from tmsba.domain.people.users import BUILT_IN_GROUPS, SITE_ADMINISTRATOR, USERS, Group, Permission
from tmsba.ports.work import StoreConflict


def encoded(password, encoding="utf-8"):
    return base64.b64encode(password.encode(encoding)).decode()


def generate(world, name="tms-admin", password="s3cret", caller=None, *, gets_mails=True):
    return world.setup.generate_account(
        caller or world.administrator, name, encoded(password), "svc@example.com", gets_mails=gets_mails
    )


def account(world, name):
    with world.store.reading() as uow:
        return uow.users.account(name)


@pytest.mark.parametrize("gets_mails", [True, False])
def test_a_service_account_is_hidden_and_a_site_administrator(world, gets_mails):
    added = generate(world, gets_mails=gets_mails)
    stored = account(world, "tms-admin")
    assert (stored.user, stored.groups) == (added, {USERS, SITE_ADMINISTRATOR})
    assert (added.is_hidden, added.gets_mails, added.email) == (True, gets_mails, "svc@example.com")
    assert stored.is_enabled
    assert is_password("s3cret", stored.password_hash)
    assert world.audited() == [("admin", "user.added", "tms-admin")]
    assert "s3cret" not in repr(world.store.state.audit)


def test_a_service_account_can_log_in_with_ntlm_where_all_accounts_can(world):
    generate(world)
    assert world.store.state.nt_hashes == {}
    world.setup = replace(world.setup, gives_ntlm=True)
    added = generate(world, "with-ntlm")
    assert world.store.state.nt_hashes == {added.id: nt_hash("s3cret")}


def test_a_name_that_is_taken_gets_the_next_number(world):
    assert [generate(world, name).name for name in ("svc", "SVC", "svc", "svc1")] == [
        "svc",
        "SVC1",
        "svc2",
        "svc11",
    ]


def test_a_name_without_a_domain_gets_that_of_the_caller(world):
    boss = create_caller(create_user(4, domain="EXAMPLE"), groups=(USERS, SITE_ADMINISTRATOR))
    assert generate(world, "svc", caller=boss).full_name == "EXAMPLE\\svc"
    assert generate(world, "OTHER\\svc", caller=boss).full_name == "OTHER\\svc1"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16", "utf-8-sig"])
def test_a_password_comes_as_utf_8_or_utf_16(world, encoding):
    world.setup.generate_account(
        world.administrator, "svc", encoded("pa55wörd", encoding), "", gets_mails=False
    )
    assert is_password("pa55wörd", account(world, "svc").password_hash)


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        ("svc", "", "password is blank"),
        ("svc", "not base64!", "cannot be read"),
        ("svc", base64.b64encode(b"\xff\xfe\xfd").decode(), "cannot be read"),
        ("svc", base64.b64encode(b"\0").decode(), "cannot be read"),
        ("svc", base64.b64encode(b"\0\0").decode(), "password is blank"),
        ("", encoded("x"), "cannot be the name"),
        ("EXAMPLE\\", encoded("x"), "cannot be the name"),
        ("a/b", encoded("x"), "cannot be the name"),
        ("x" * 200, encoded("x"), "cannot be the name"),
    ],
)
def test_an_account_that_cannot_be_is_refused(world, name, password, words):
    before = world.store.state
    with pytest.raises(errors.UnknownError, match=words):
        world.setup.generate_account(world.administrator, name, password, "", gets_mails=False)
    assert world.store.state is before


def test_only_site_administrators_make_and_disable_accounts(world):
    generate(world)
    nearly = create_caller(world.user(1), permissions=Permission)
    with pytest.raises(errors.PermissionMissing, match="no site administrator"):
        generate(world, caller=nearly)
    with pytest.raises(errors.PermissionMissing, match="no site administrator"):
        world.setup.disable_account(nearly, "tms-admin")
    assert account(world, "tms-admin").is_enabled


def test_a_name_that_is_taken_at_the_same_moment_is_tried_again(world):
    world.store.failing_commits = [StoreConflict("somebody else took it")]
    assert generate(world, "svc").name == "svc"


def test_a_disabled_account_stays_but_nobody_can_use_it(world):
    added = generate(world)
    world.setup.disable_account(world.administrator, "EXAMPLE\\TMS-Admin")
    stored = account(world, "tms-admin")
    assert stored.user == replace(added, gets_mails=False)
    assert (stored.groups, stored.is_enabled) == ({USERS}, False)
    assert world.audited()[-1] == ("admin", "user.changed", "tms-admin")
    world.setup.disable_account(world.administrator, "tms-admin")
    assert len(world.audited()) == 2


def test_an_account_that_is_not_there_cannot_be_disabled(world):
    for name in ("nobody", ""):
        with pytest.raises(errors.UserNotFound):
            world.setup.disable_account(world.administrator, name)


def test_a_user_may_book_for_others_when_a_group_says_so(world):
    asked = world.setup.may_book_for_others
    assert asked("admin", "")
    assert asked("DOM\\ADMIN", "user1@example.com")
    assert asked("", "USER4@example.com")
    assert not asked("user1", "user4@example.com")
    helpers = Group(name="Helpers", permissions=frozenset({Permission.BOOK_ON_BEHALF_OF}))
    world.store.prepare(lambda uow: uow.groups.add(helpers))
    first = replace(account(world, "user1"), groups=frozenset({USERS, "Helpers"}))
    world.store.prepare(lambda uow: uow.users.put_all([first]))
    assert asked("user1", "")
    world.store.prepare(lambda uow: uow.users.put_all([replace(first, is_enabled=False)]))
    assert not asked("user1", "")


def test_nobody_knows_whether_a_stranger_may_book_for_others_but_no(world):
    assert not world.setup.may_book_for_others("stranger", "")
    assert not world.setup.may_book_for_others("", "stranger@example.com")
    with pytest.raises(errors.UserNotFound, match="blank"):
        world.setup.may_book_for_others(" ", " ")


def test_a_system_becomes_the_callers_own(world):
    assert world.setup.set_primary_system(world.caller, " 2 ")
    assert world.user(1).primary_system_id == 2
    assert world.setup.set_primary_system(world.caller, "3")
    assert world.user(1).primary_system_id == 3
    assert world.audited() == []


@pytest.mark.parametrize("text", ["", "x", "-1", "99", "9" * 30, "²", "5", "6"])
def test_what_cannot_be_the_callers_own_system_is_answered_with_no(world, text):
    world.add_system(create_system(5, is_booking_allowed=False))
    world.add_system(create_system(6, allowed_user_ids=(2,)))
    assert not world.setup.set_primary_system(world.caller, text)
    assert world.user(1).primary_system_id is None


def test_the_systems_for_a_user_are_those_that_the_user_may_book(world):
    world.add_system(create_system(5, is_booking_allowed=False))
    world.add_system(create_system(6, allowed_user_ids=(2,)))

    def ids(caller):
        return [system.id for system in world.setup.systems_for(caller)]

    assert ids(world.caller) == [1, 2, 3, 4]
    assert ids(world.other) == [1, 2, 3, 4, 6]
    assert ids(world.administrator) == [1, 2, 3, 4, 6]
    may_not_book = BUILT_IN_GROUPS[USERS] - {Permission.BOOK}
    assert ids(create_caller(world.user(2), permissions=may_not_book)) == []
