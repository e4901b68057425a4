import pytest

from tmsba.cms import base_url


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("https://bridge.example.com", "https://bridge.example.com"),
        ("https://bridge.example.com/", "https://bridge.example.com"),
        ("https://bridge.example.com:445/api/v1/", "https://bridge.example.com:445"),
        ("https://bridge.example.com/api", "https://bridge.example.com"),
        ("HTTPS://Bridge.Example.COM:443", "https://bridge.example.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://bridge.example.com:443", "http://bridge.example.com:443"),
        (" bridge.example.com ", "https://bridge.example.com"),
        ("bridge.example.com:445", "https://bridge.example.com:445"),
        ("bridge.example.com/api/v1", "https://bridge.example.com"),
        ("192.0.2.1:445", "https://192.0.2.1:445"),
        ("2001:db8::1", "https://[2001:db8::1]"),
        ("[2001:db8::1]:445", "https://[2001:db8::1]:445"),
    ],
)
def test_addresses_are_brought_into_one_spelling(typed, expected):
    assert base_url(typed) == expected
    assert base_url(expected) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "two words",
        "ftp://bridge.example.com",
        "https://",
        "://bridge.example.com",
        "bridge.example.com:",
        "bridge.example.com:0",
        "bridge.example.com:65536",
        "bridge.example.com:web",
        "https://[2001:db8::1",
        "https://bridge.example.com/cms",
        "https://bridge.example.com/api/v2",
        "https://bridge.example.com?x=1",
        "https://bridge.example.com#top",
        "bridge.example.com\n.example.com",
        "bridge..example.com",
        "-.<b>.example.com",
        "bridge.example.com%2Fx",
        "xn--a\u2603\ufffd.example.com",
    ],
)
def test_nonsense_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match=r"\.$"):
        base_url(typed)


def test_a_pasted_password_is_refused_and_not_repeated():
    with pytest.raises(ValueError, match="user name") as caught:
        base_url("https://admin:hunter2@bridge.example.com")
    assert "hunter2" not in str(caught.value)
