"""Which rules a dial plan lacks."""

import pytest

from tmsba.domain.bridge.dial_plan import DialPlan, dial_plan_trouble

WHOLE = DialPlan(inbound=("cms.example.com",), outbound=("*.example.com", "partner.example.org"))


@pytest.mark.parametrize(
    ("domain", "dialled"),
    [
        ("cms.example.com", []),
        ("CMS.Example.Com", ["rooms.example.com", "Partner.Example.Org"]),
        ("", ["rooms.example.com"]),
    ],
)
def test_a_plan_with_all_rules_lacks_none(domain, dialled):
    assert dial_plan_trouble(WHOLE, domain, 990400, dialled) == ""


def test_an_incoming_rule_knows_no_wildcards():
    plan = DialPlan(inbound=("*.example.com",), outbound=("*",))
    assert dial_plan_trouble(plan, "cms.example.com", 990400, []) == (
        "No inbound dial plan rule of the bridge leads 990400@cms.example.com to a space: "
        "add one for cms.example.com."
    )


def test_a_blank_outgoing_rule_leads_everywhere():
    assert DialPlan(outbound=("",)).can_call("anywhere.example.net")


def test_domains_without_a_rule_are_named_once_and_many_are_counted():
    domains = [f"d{number}.example.net" for number in range(7)] * 2
    assert dial_plan_trouble(WHOLE, "cms.example.com", 1, domains) == (
        "No outbound dial plan rule of the bridge leads to d0.example.net, d1.example.net, d2.example.net, "
        "d3.example.net, d4.example.net and 2 more: add one, or systems there cannot be dialled."
    )
