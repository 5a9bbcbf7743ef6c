"""WebAuthn as our doors need it: which house this is, what a browser is asked, and whether its answer is genuine. Pure.

The protocol (W3C WebAuthn level 3, sections 7.1 and 7.2) is the library's; what belongs to one person, once, is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)


class NotGenuine(Exception):
    """The answer is none to our challenge, from our address, by the key that it names."""


class Answer(msgspec.Struct, frozen=True):
    """A signature that is genuine; `count` is the authenticator's, of its signatures."""

    credential_id: bytes
    count: int


def unfit(public_url: str) -> str:
    """'' where browsers keep passkeys for this address, else why not: 'passkeys_need_https', 'passkeys_need_name'."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        pass
    else:
        return "passkeys_need_name"
    is_local = host == "localhost" or host.endswith(".localhost")
    return "" if parts.scheme == "https" or is_local else "passkeys_need_https"


def ask_for_new(
    public_url: str, person_id: UUID, email: str, name: str, known: list[bytes]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what the browser is asked, what its answer is judged by), for a passkey that finds its person by itself and
    verifies him."""
    options, state = _server(public_url).register_begin(
        PublicKeyCredentialUserEntity(id=person_id.bytes, name=email, display_name=name or email),
        credentials=[PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=one) for one in known],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options), dict(state)


def read_new(public_url: str, state: Mapping[str, Any], credential: Mapping[str, Any]) -> tuple[bytes, bytes, int]:
    """(credential id, what is kept of the key, its count). Raises NotGenuine."""
    try:
        said = _server(public_url).register_complete(dict(state), dict(credential))
    except Exception as error:  # the library raises many kinds for what strangers may send
        raise NotGenuine from error
    if said.credential_data is None:
        raise NotGenuine
    return said.credential_data.credential_id, bytes(said.credential_data), said.counter


def ask_for_signature(public_url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what the browser is asked, what its answer is judged by), of whomever its passkeys are."""
    options, state = _server(public_url).authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    return _plain(options), dict(state)


def named_in(credential: Mapping[str, Any]) -> bytes:
    """Which credential has answered, as it says. Raises NotGenuine."""
    try:
        return bytes(AuthenticationResponse.from_dict(dict(credential)).raw_id)
    except Exception as error:
        raise NotGenuine from error


def read_signature(
    public_url: str, state: Mapping[str, Any], credential: Mapping[str, Any], public_key: bytes, person_id: UUID
) -> Answer:
    """Whether this key of this person has signed our challenge at our address, and has verified him. Raises NotGenuine."""
    try:
        given = dict(credential)
        known = AttestedCredentialData(public_key)
        _server(public_url).authenticate_complete(dict(state), [known], given)
        said = AuthenticationResponse.from_dict(given)
        handle = said.response.user_handle
        if handle is not None and handle != person_id.bytes:
            raise NotGenuine
        return Answer(bytes(said.raw_id), said.response.authenticator_data.counter)
    except Exception as error:
        raise NotGenuine from error


def _server(public_url: str) -> Fido2Server:
    parts = urlsplit(public_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    entity = PublicKeyCredentialRpEntity(id=parts.hostname or "", name="Guanxi")
    return Fido2Server(entity, verify_origin=lambda given: given == origin)


def _plain(options: Any) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(dict(options.public_key), enc_hook=dict))
    return told
