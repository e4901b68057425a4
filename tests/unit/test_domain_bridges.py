import pytest
from fakes import create_bridge

from tmsba.domain.bridge.bridge import ClusterNode, no_name
from tmsba.domain.bridge.clusters import Membership, in_same_cluster, is_node, no_second_node
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth, address_in_use

MAIN, ALTERNATE = BridgeAddress.MAIN, BridgeAddress.ALTERNATE


def test_a_bridge_without_a_name_is_called_by_its_host():
    assert no_name("https://192.0.2.30:445") == "No Name (192.0.2.30:445)"
    assert create_bridge(name=no_name("https://a.example.com"), url="https://a.example.com").is_unnamed
    assert not create_bridge().is_unnamed


@pytest.mark.parametrize(("domain", "quantity"), [("", 3), ("example.com", 0), ("", 0)])
def test_a_bridge_needs_a_domain_and_numbers(domain, quantity):
    assert not create_bridge(domain=domain, numeric_id_quantity=quantity).has_numbers
    assert create_bridge().has_numbers


@pytest.mark.parametrize(
    ("main", "alternate", "expected"),
    [
        (None, None, MAIN),
        (True, True, MAIN),
        (True, False, MAIN),
        (False, True, ALTERNATE),
        (False, None, ALTERNATE),
        (False, False, MAIN),
    ],
)
def test_the_alternate_address_is_for_when_the_main_one_is_down(main, alternate, expected):
    bridge = create_bridge(alternate_url="https://b.example.com")
    healths = [
        BridgeHealth(bridge_id=1, address=MAIN, is_reachable=main),
        BridgeHealth(bridge_id=1, address=ALTERNATE, is_reachable=alternate),
        BridgeHealth(bridge_id=2, address=MAIN, is_reachable=not main),
    ]
    assert address_in_use(bridge, healths) is expected
    assert address_in_use(create_bridge(), healths) is MAIN


@pytest.mark.parametrize(
    ("address", "url", "expected"),
    [
        ("https://192.0.2.31", "https://192.0.2.31:445", True),
        ("https://192.0.2.31:445", "https://192.0.2.31:445", True),
        ("https://192.0.2.31:446", "https://192.0.2.31:445", False),
        ("192.0.2.31", "https://192.0.2.31", True),
        ("https://CORE2.example.com/", "https://core2.example.com", True),
        ("https://[2001:db8::1]:445", "https://[2001:db8::1]:445", True),
        ("https://other.example.com", "https://core2.example.com", False),
        ("", "https://core2.example.com", False),
        ("https://core2.example.com:port", "https://core2.example.com", False),
        ("https://[oops", "https://core2.example.com", False),
    ],
)
def test_a_node_is_known_by_its_host_and_by_its_port_if_it_tells_one(address, url, expected):
    assert is_node(url, [ClusterNode(id="n", address=address)]) is expected


def member(name, cluster_id="", *addresses):
    bridge = create_bridge(name=name, url=f"https://{name}.example.com")
    nodes = tuple(ClusterNode(id=one, address=f"https://{one}.example.com") for one in addresses)
    return Membership(bridge=bridge, cluster_id=cluster_id, nodes=nodes)


@pytest.mark.parametrize(
    ("wanted", "other", "expected"),
    [
        (member("a", "c1"), member("b", "c1"), True),
        (member("a", "c1"), member("b", "c2"), False),
        (member("a"), member("b"), False),
        (member("a"), member("b", "", "b", "a"), True),
        (member("a", "", "a", "b"), member("b"), True),
        (member("a", "", "a", "x"), member("b", "", "b", "x"), False),
    ],
)
def test_nodes_of_one_cluster_are_found_from_either_side(wanted, other, expected):
    assert in_same_cluster(wanted, [member("z"), other]) == (other.bridge if expected else None)


def test_the_alternate_address_of_a_bridge_is_a_node_of_its_cluster():
    other = Membership(bridge=create_bridge(name="b", alternate_url="https://a.example.com"))
    assert in_same_cluster(member("a"), [other]) == other.bridge


def test_why_a_second_node_is_refused_names_both_addresses():
    text = no_second_node("https://192.0.2.31", create_bridge(name="Core", url="https://192.0.2.30"))
    assert text.startswith(
        "192.0.2.31 is part of a clustered call bridge and has already been added through 192.0.2.30"
    )
