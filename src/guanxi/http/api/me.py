"""The signed-in agent: who he is, what he changes about himself, and signing out."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, patch, post

from guanxi import access, events, routing, team, views
from guanxi.access import SignOn, SignOnRefused
from guanxi.conversations import Language
from guanxi.http.api.given import as_it_is
from guanxi.http.api.proof import came_of, prove_again
from guanxi.http.api.shapes_access import SignedOut
from guanxi.http.api.shapes_house import Me
from guanxi.http.api.sign_in import cookie_for
from guanxi.http.auth import Desk, SignIns
from guanxi.http.errors import Refusal

LARGEST_SETTINGS = 8000  # bytes


class NewPassword(msgspec.Struct):
    old: Annotated[str, msgspec.Meta(max_length=1000)]
    new: Annotated[str, msgspec.Meta(max_length=1000)]


class ChangeMe(msgspec.Struct, kw_only=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] | None = None
    language: Language | None = None
    settings: dict[str, Any] | None = None
    password: NewPassword | None = None


class ChoosePresence(msgspec.Struct):
    """`reason`: one of the workspace's, of who is busy."""

    presence: routing.Chosen
    reason: Annotated[str, msgspec.Meta(max_length=40)] = ""


@get("/me", operation_id="get_me", right="own")
async def get_me(desk: Desk) -> Me:
    """Who is signed in, in which workspace, and the CSRF word for changes."""
    return await _now(desk)


async def _now(desk: Desk) -> Me:
    async with desk.reading() as tx:
        agent = await views.agent(tx, desk.agent_id)
        workspace = await views.workspace(tx)
    async with desk.directory() as directory:
        email, language = await access.get_language(directory, desk.who.person_id)
        shortest = (await access.get_person(directory, desk.who.person_id)).password_length
    person = msgspec.json.encode({"email": email, "language": language}).decode()
    rights = msgspec.json.encode([right for right in access.RIGHTS if right in desk.who.rights]).decode()
    now = events.wire_time(desk.house.clock())
    return as_it_is(
        f'{{"agent":{agent},"person":{person},"workspace":{workspace},"rights":{rights},"lacks_second_factor":{str(desk.who.lacks_second_factor).lower()},"password_length":{shortest},"csrf":"{desk.who.csrf}","server_time":"{now}"}}'.encode(),
        Me,
    )


@patch("/me", operation_id="change_me", right="own")
async def change_me(desk: Desk, sign_ins: SignIns, request: Request[Any, Any, Any], data: ChangeMe) -> Me:
    """Change what is given. A new password ends all other sign-ins."""
    if data.settings is not None and len(msgspec.json.encode(data.settings)) > LARGEST_SETTINGS:
        raise Refusal(422, "invalid", fields={"settings": "too_large"})
    if data.password is not None:
        await _change_password(desk, data.password, came_of(desk.house, request))
    if data.name is not None or data.settings is not None:
        async with desk.transaction() as tx:
            await team.change(tx, desk.agent_id, by=desk.agent_id, name=data.name, settings=data.settings)
    if data.name is not None or data.language is not None:
        async with desk.directory() as directory:
            await access.change_person(directory, desk.who.person_id, name=data.name, language=data.language)
    sign_ins.forget(desk.who.workspace_id, desk.agent_id)
    return await _now(desk)


async def _change_password(desk: Desk, password: NewPassword, came: access.Came) -> None:
    try:
        person = await prove_again(desk.house, desk.who, password.old, came)
    except Refusal as refused:
        if refused.fields:
            raise Refusal(422, "invalid", fields={"password.old": "wrong"}) from refused
        raise
    if problem := access.password_problem(password.new, person.email, person.name, shortest=person.password_length):
        raise Refusal(422, "invalid", fields={"password.new": problem})
    hashed = await access.hashed(password.new)
    async with desk.directory() as directory:
        await access.change_person(directory, person.id, password_hash=hashed)
        await access.sign_out_everywhere(directory, person.id, but=desk.who.sign_in)


@post("/me/presence", operation_id="set_presence", right="serve", status_code=200)
async def set_presence(desk: Desk, data: ChoosePresence) -> Me:
    """Come, take a break, or go. Who comes is given what waits, up to his capacity; who does not hands back what he is
    offered. Ends one's wrapping up. 409 unknown_reason."""
    async with desk.transaction() as tx:
        await routing.set_presence(tx, desk.agent_id, data.presence, data.reason)
    return await _now(desk)


@post("/me/wrap-up", operation_id="lengthen_wrap_up", right="serve", status_code=200)
async def lengthen_wrap_up(desk: Desk) -> Me:
    """Wrap up for once as long again. 409 not_wrapping_up, lengthened_already."""
    async with desk.transaction() as tx:
        await routing.lengthen_wrap_up(tx, desk.agent_id)
    return await _now(desk)


@post("/sign-out", operation_id="sign_out", right="own", status_code=200)
async def sign_out(desk: Desk, sign_ins: SignIns, sign_on: SignOn | None) -> Response[SignedOut]:
    """End this sign-in, and the sockets that were opened with it. `then` is where a browser goes to be signed out at the
    company's sign-on as well; null: nowhere."""
    async with desk.transaction() as tx:
        await team.remove_devices_of(tx, desk.who.sign_in)
    async with desk.directory() as directory:
        await access.sign_out(directory, desk.who.sign_in)
    sign_ins.forget(desk.who.workspace_id, desk.agent_id)
    then = None
    if sign_on is not None and desk.who.way == "oidc":
        with suppress(SignOnRefused):  # whether it answers or not, he is signed out here
            then = await sign_on.farewell(f"{desk.house.settings.public_url}/sign-in")
    return Response(SignedOut(then=then), cookies=[cookie_for(desk.house, "")])


routes = [get_me, change_me, set_presence, lengthen_wrap_up, sign_out]
