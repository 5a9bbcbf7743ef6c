"""Who may come in: people, passwords, sign-ins by cookie, one-time links, and the count of failed attempts."""

from guanxi.access.actions import (
    add_person,
    change_person,
    count_attempt,
    forget_attempts,
    link_url,
    make_link,
    refuse_too_many,
    set_password,
    sign_in,
    sign_out,
    sign_out_everywhere,
    use_link,
)
from guanxi.access.model import Link, LinkGone, Person, Purpose, Role, TooMany, Who
from guanxi.access.passwords import hashed, matches
from guanxi.access.queries import anybody, find_person, find_who, get_language, get_link, get_person, still_signed_in
from guanxi.access.rules import Network, caller_address, networks, password_problem, plain_email, same, token_hash

__all__ = [
    "Link",
    "LinkGone",
    "Network",
    "Person",
    "Purpose",
    "Role",
    "TooMany",
    "Who",
    "add_person",
    "anybody",
    "caller_address",
    "change_person",
    "count_attempt",
    "find_person",
    "find_who",
    "forget_attempts",
    "get_language",
    "get_link",
    "get_person",
    "hashed",
    "link_url",
    "make_link",
    "matches",
    "networks",
    "password_problem",
    "plain_email",
    "refuse_too_many",
    "same",
    "set_password",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "still_signed_in",
    "token_hash",
    "use_link",
]
