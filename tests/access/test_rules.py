"""Whose address, which account, what password: the pure decisions."""

from __future__ import annotations

import pytest

from guanxi.access import caller_address, networks, password_problem, plain_email
from guanxi.access.rules import account_key, address_key, totp

PROXIES = networks(("10.0.0.0/8", "2001:db8::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),  # a stranger may write what he likes
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the left part is the caller's own invention
        ("10.0.0.1", "203.0.113.9, 10.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("2001:db8::1", "2001:db8:2::5", "2001:db8:2::5"),
        ("10.0.0.1", "nonsense", "nonsense"),
    ],
)
def test_the_caller_is_the_first_address_that_is_no_trusted_proxy(peer: str, forwarded: str, caller: str) -> None:
    assert caller_address(peer, forwarded, PROXIES) == caller


def test_spellings_of_one_account_are_one_account() -> None:
    assert {account_key(e) for e in ("a@b.example", " A@B.example ", "a+x@b.example", "ａ@b.example")} == {
        "account:a@b.example"
    }


def test_addresses_of_one_ipv6_network_are_one_address() -> None:
    assert address_key("2001:db8:1:2::1") == address_key("2001:db8:1:2:ffff::9") != address_key("2001:db8:1:3::1")
    assert address_key("::ffff:192.0.2.1") == address_key("192.0.2.1")
    assert address_key("nonsense") == "address:?"


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", "too_short"),
        ("x" * 201, "too_long"),
        ("aaaaaaaaaaaaaaaa", "too_simple"),
        ("mei@example.com", "too_simple"),
        ("Mei@example.com-12", "too_simple"),
        ("Password2024!", "too_common"),
        ("p@ssw0rd-1234", "too_common"),
        ("woaini1314520", "too_common"),
        ("1qaz2wsx3edc", "too_common"),
        ("0987654321", "too_common"),
        ("qwertyuiop123", "too_common"),
        ("passwords are for pigeons", None),
        ("青瓷茶杯很好看我喜欢喝茶", None),
        ("correct horse battery", None),
    ],
)
def test_a_password_is_long_and_varied_and_not_the_name(password: str, problem: str | None) -> None:
    assert password_problem(password, "mei@example.com", "Mei") == problem


def test_a_workspace_may_ask_for_longer_passwords() -> None:
    assert password_problem("correct horse", shortest=16) == "too_short"
    assert password_problem("correct horse battery", shortest=16) is None


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(at: int, code: str) -> None:
    assert totp(b"12345678901234567890", at // 30) == code  # RFC 6238, appendix B, its last six figures


@pytest.mark.parametrize(
    ("given", "kept"),
    [(" Mei@Example.com ", "Mei@Example.com"), ("no address", None), ("a@", None), ("@b", None), ("a@b@c", None)],
)
def test_an_email_address_has_two_parts(given: str, kept: str | None) -> None:
    assert plain_email(given) == kept
