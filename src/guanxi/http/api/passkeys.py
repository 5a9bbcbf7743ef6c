"""Passkeys: adding and removing one's own, and coming in with one. Each answer is to a challenge of this browser, once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie

from guanxi import access
from guanxi.house import House
from guanxi.http.api.proof import came_of, prove_again
from guanxi.http.api.shapes import Nothing
from guanxi.http.api.sign_in import cookie_for
from guanxi.http.auth import Desk, SignIns
from guanxi.http.errors import Refusal, not_found

COOKIE = "guanxi_passkey"
Bytes = Annotated[str, msgspec.Meta(max_length=20_000)]  # websafe base64


class Said(msgspec.Struct, kw_only=True):
    """What an authenticator says, as browsers give it (`PublicKeyCredential.toJSON`): of a new key, or of a signature."""

    clientDataJSON: Bytes  # noqa: N815 — the standard's names
    attestationObject: Bytes = ""  # noqa: N815
    authenticatorData: Bytes = ""  # noqa: N815
    signature: Bytes = ""
    userHandle: Bytes | None = None  # noqa: N815


class Credential(msgspec.Struct, kw_only=True):
    id: Annotated[str, msgspec.Meta(max_length=2000)]
    rawId: Annotated[str, msgspec.Meta(max_length=2000)]  # noqa: N815
    type: str = "public-key"
    response: Said


class AnswerOfPasskey(msgspec.Struct):
    credential: Credential


class BeginPasskey(msgspec.Struct):
    """The password once more; empty for somebody who has none."""

    password: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class AddPasskey(msgspec.Struct):
    """`name`: what its person calls it."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    credential: Credential


class AskedOfBrowser(msgspec.Struct):
    """What `navigator.credentials` is asked, in JSON (`parseCreationOptionsFromJSON`, `parseRequestOptionsFromJSON`)."""

    options: dict[str, Any]


class PasskeyView(msgspec.Struct):
    """`doubted_at`: since when it opens nothing, because its count of signatures went back."""

    id: UUID
    name: str
    created_at: datetime
    used_at: datetime | None
    doubted_at: datetime | None


class MyPasskeys(msgspec.Struct):
    """`unfit`: why this address cannot have passkeys (passkeys_need_https, passkeys_need_name); else ''."""

    unfit: str
    passkeys: list[PasskeyView]


@get("/me/passkeys", operation_id="list_passkeys", right="own")
async def list_passkeys(desk: Desk) -> MyPasskeys:
    """One's own, the oldest first."""
    async with desk.directory() as directory:
        return await _mine(desk, directory)


async def _mine(desk: Desk, directory: Any) -> MyPasskeys:
    mine = await access.passkeys_of(directory, desk.who.person_id)
    shown = [PasskeyView(one.id, one.name, one.created_at, one.used_at, one.doubted_at) for one in mine]
    return MyPasskeys(unfit=access.passkeys_unfit(desk.house.settings.public_url), passkeys=shown)


@post("/me/passkeys/begin", operation_id="begin_passkey", right="own", status_code=200)
async def begin_passkey(desk: Desk, request: Request[Any, Any, Any], data: BeginPasskey) -> Response[AskedOfBrowser]:
    """Ask this browser for a new passkey. 422 passkeys_need_https or passkeys_need_name where there can be none."""
    url = _fit(desk.house)
    person = await prove_again(desk.house, desk.who, data.password, came_of(desk.house, request))
    async with desk.directory() as directory:
        known = [one.credential_id for one in await access.passkeys_of(directory, person.id)]
        options, state = access.ask_for_passkey(url, person.id, person.email, person.name, known)
        token = await access.begin_passkey(directory, state, person_id=person.id)
    return _asked(desk.house, options, token)


@post("/me/passkeys", operation_id="add_passkey", right="own", status_code=200)
async def add_passkey(desk: Desk, sign_ins: SignIns, request: Request[Any, Any, Any], data: AddPasskey) -> MyPasskeys:
    """Keep the one that this browser was asked for. 422 passkey_refused for anything else, too_many_passkeys."""
    url = _fit(desk.house)
    try:
        async with desk.directory() as directory:
            token = request.cookies.get(COOKIE, "")
            state = await access.take_passkey_challenge(directory, token, person_id=desk.who.person_id)
        made = access.read_new_passkey(url, state, _plain(data.credential))
        async with desk.directory() as directory:
            await access.add_passkey(directory, desk.who.person_id, data.name.strip(), made, desk.who.sign_in)
            mine = await _mine(desk, directory)
    except access.NotGenuine as error:
        raise Refusal(422, "passkey_refused") from error
    except access.TooManyPasskeys as error:
        raise Refusal(422, "too_many_passkeys") from error
    sign_ins.forget(desk.who.workspace_id, desk.agent_id)
    return mine


@post("/me/passkeys/{passkey_id:uuid}/remove", operation_id="remove_passkey", right="own", status_code=200)
async def remove_passkey(
    desk: Desk, request: Request[Any, Any, Any], passkey_id: UUID, data: BeginPasskey
) -> MyPasskeys:
    """It opens nothing any more."""
    async with desk.directory() as directory:
        if passkey_id not in [one.id for one in await access.passkeys_of(directory, desk.who.person_id)]:
            raise not_found()
    await prove_again(desk.house, desk.who, data.password, came_of(desk.house, request))
    async with desk.directory() as directory:
        await access.remove_passkey(directory, desk.who.person_id, passkey_id)
        return await _mine(desk, directory)


@post("/sign-in/passkey/begin", operation_id="begin_passkey_sign_in", status_code=200)
async def begin_passkey_sign_in(house: House, request: Request[Any, Any, Any]) -> Response[AskedOfBrowser]:
    """Ask this browser for a signature of whichever passkey its person chooses."""
    url = _fit(house)
    options, state = access.ask_for_signature(url)
    async with house.db.directory() as directory:
        token = await access.begin_passkey(directory, state)
    return _asked(house, options, token)


@post("/sign-in/passkey", operation_id="sign_in_with_passkey", status_code=200)
async def sign_in_with_passkey(
    house: House, request: Request[Any, Any, Any], data: AnswerOfPasskey
) -> Response[Nothing]:
    """Come in by a passkey, which stands for both factors: it is held, and it has verified its person. 401
    passkey_refused, whatever was wrong; 403 no_workspace."""
    url, came, credential = _fit(house), came_of(house, request), _plain(data.credential)
    try:
        async with house.db.directory() as directory:
            state = await access.take_passkey_challenge(directory, request.cookies.get(COOKIE, ""))
        async with house.db.directory() as directory:
            known = await access.find_passkey(directory, access.passkey_named_in(credential))
        if known is None:
            raise access.NotGenuine
        person_id, key = known
        answer = access.read_signature(url, state, credential, key, person_id)
    except access.NotGenuine as error:
        raise Refusal(401, "passkey_refused") from error
    async with house.db.directory() as directory:
        is_good = await access.use_passkey(directory, answer, came)
    if not is_good:
        raise Refusal(401, "passkey_refused")
    async with house.db.directory() as directory:
        person = await access.get_person(directory, person_id)
        if person.workspace_id is None:
            raise Refusal(403, "no_workspace")
        token = await access.sign_in(
            directory,
            person.id,
            person.workspace_id,
            address=came.address,
            device=came.device,
            way="passkey",
            proved_elsewhere=True,
        )
    return Response(Nothing(), cookies=[cookie_for(house, token), _cookie(house, "")])


def _fit(house: House) -> str:
    """The address that passkeys are kept for."""
    if problem := access.passkeys_unfit(house.settings.public_url):
        raise Refusal(422, problem)
    return house.settings.public_url


def _plain(credential: Credential) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(credential)
    told["response"] = {name: value for name, value in told["response"].items() if value}
    return told


def _asked(house: House, options: dict[str, Any], token: str) -> Response[AskedOfBrowser]:
    return Response(AskedOfBrowser(options), cookies=[_cookie(house, token)])


def _cookie(house: House, token: str) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=token,
        path="/api",
        httponly=True,
        samesite="strict",
        secure=house.settings.public_url.startswith("https://"),
        max_age=300 if token else 0,
    )


routes = [list_passkeys, begin_passkey, add_passkey, remove_passkey]
open_routes = [begin_passkey_sign_in, sign_in_with_passkey]
