"""``tmsba webex-site``."""

import pytest
from test_cli_commands import rows, stored

from tmsba.domain.people.audit import AuditFilter

SITE = "https://example.webex.com/example"


def listed(run):
    return rows(run("webex-site", "list").stdout)


def test_sites_are_added_changed_and_removed(run):
    added = run("webex-site", "add", SITE, "--name", "Main", "--pstn")
    assert added.stdout == f"{SITE}: Main, reached by phone, the default site.\n"
    added = run("webex-site", "add", "https://other.webex.com")
    assert added.stdout == "https://other.webex.com: reached by SIP.\n"
    assert listed(run) == [[SITE, "Main", "Yes", "Yes"], ["https://other.webex.com", "", "No", "No"]]
    changed = run("webex-site", "set", "other.webex.com/", "--name", "Other", "--default")
    assert changed.stdout == "https://other.webex.com: Other, reached by SIP, the default site.\n"
    assert run("webex-site", "set", SITE, "--no-pstn").stdout == f"{SITE}: Main, reached by SIP.\n"
    assert run("webex-site", "remove", SITE).stdout == f"Removed {SITE}.\n"
    assert listed(run) == [["https://other.webex.com", "Other", "No", "Yes"]]
    entries = stored(lambda uow: uow.audit.find(AuditFilter(), limit=9))
    assert [(one.action.value, one.subject) for one in entries] == [
        ("webex-site.removed", f"WebEx site {SITE}"),
        ("webex-site.changed", f"WebEx site {SITE}"),
        ("webex-site.changed", "WebEx site https://other.webex.com"),
        ("webex-site.added", "WebEx site https://other.webex.com"),
        ("webex-site.added", f"WebEx site {SITE}"),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "example.webex.com"], "needs its address, such as https://"),
        (["add", "ftp://example.webex.com"], "needs its address, such as https://"),
        (["add", "https://x.webex.com/" + "x" * 2000], "needs its address, such as https://"),
        (["add", "https://x.webex.com", "--name", "x" * 101], "up to 100 characters"),
        (["add", SITE + "/"], "already"),
        (["set", "https://nowhere.webex.com", "--pstn"], "tmsba webex-site list"),
        (["remove", "https://nowhere.webex.com"], "tmsba webex-site list"),
    ],
)
def test_what_does_not_fit_is_refused(run, arguments, words):
    assert run("webex-site", "add", SITE).exit_code == 0
    result = run("webex-site", *arguments)
    assert result.exit_code == 1
    assert words in result.stderr
    assert [row[0] for row in listed(run)] == [SITE]
