import pytest

from tmsba.domain.people.addresses import mail_addresses

A, B, C = "a@example.com", "b.c+d@mail.example.com", "o'neil@example.com"


@pytest.mark.parametrize("separator", [";", ",", " ", "; ", ", ", " ;, ", "\n", "\t"])
def test_addresses_are_separated_by_semicolons_commas_or_blanks(separator):
    assert mail_addresses(separator.join([A, B, C])) == (A, B, C)
    assert mail_addresses(f"{separator}{A}{separator}") == (A,)


@pytest.mark.parametrize("text", ["", " ", ";;,", "nobody", "@example.com", "a@", "a@@b", "a..b@c", "a@b."])
def test_what_is_no_address_is_left_out(text):
    assert mail_addresses(text) == ()
    assert mail_addresses(f"{text};{A}") == (A,)


@pytest.mark.parametrize("text", ["Anna <a@example.com>", "a@example.com;A@Example.com", "<a@example.com>"])
def test_each_address_comes_once_and_bare(text):
    assert mail_addresses(text) == (A,)
    assert mail_addresses(f"{A} {B} {text}") == (A, B)


def test_an_address_that_cannot_be_delivered_to_is_left_out():
    assert mail_addresses("a" * 250 + "@example.com") == ()


@pytest.mark.parametrize("header", ["a@example.com\r\nBcc: x@example.com", "a@example.com\x00,b"])
def test_no_address_can_carry_another_header(header):
    assert all("\n" not in one and "\x00" not in one for one in mail_addresses(header))


def test_addresses_of_other_alphabets_are_taken():
    assert mail_addresses("größe@bücher.example") == ("größe@bücher.example",)


def test_a_long_text_takes_no_time():
    assert mail_addresses("a." * 500_000 + ";" + A) == (A,)
