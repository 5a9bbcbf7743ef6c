"""How one comes in: one's sign-ins and second factor; the workspace's rules and its record of who came."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
import segno
from litestar import Request, delete, get, patch, post
from litestar.params import Parameter

from guanxi import access, events, views
from guanxi.http.api.given import as_it_is
from guanxi.http.api.proof import came_of, is_fresh, prove_again
from guanxi.http.api.shapes import Nothing
from guanxi.http.api.shapes_access import MyAccess, NewFactor, RecoveryCodes, Rules, SignInRecords
from guanxi.http.api.shapes_house import Invitation
from guanxi.http.auth import Desk, SignIns
from guanxi.http.errors import Refusal, not_found

Password = Annotated[str, msgspec.Meta(max_length=1000)]
RESET_LIVES = timedelta(days=1)


class Again(msgspec.Struct):
    """The password once more; empty for somebody who has none."""

    password: Password = ""


class FirstCode(msgspec.Struct):
    code: Annotated[str, msgspec.Meta(max_length=40)]


class ChangeRules(msgspec.Struct, kw_only=True):
    password_length: Annotated[int, msgspec.Meta(ge=10, le=64)] | None = None
    needs_second_factor: bool | None = None


class ResetAgent(msgspec.Struct):
    """`second_factor`: take that away as well, because the phone is lost."""

    second_factor: bool = False


@get("/me/access", operation_id="get_my_access", right="own")
async def get_my_access(desk: Desk) -> MyAccess:
    """Where one is signed in, this sign-in first, and whether a code is asked for."""
    async with desk.directory() as directory:
        return as_it_is(
            await views.my_access(
                directory, desk.who.person_id, desk.who.sign_in, is_fresh=is_fresh(desk.house, desk.who)
            ),
            MyAccess,
        )


@delete("/me/sign-ins/{sign_in_id:uuid}", operation_id="revoke_sign_in", right="own", status_code=200)
async def revoke_sign_in(desk: Desk, sign_ins: SignIns, sign_in_id: UUID) -> Nothing:
    """End one of one's own sign-ins, and the sockets opened with it."""
    async with desk.directory() as directory:
        ended = await access.revoke_sign_in(directory, desk.who.person_id, sign_in_id)
    if ended is None:
        raise not_found()
    sign_ins.forget(*ended)
    return Nothing()


@post("/me/sign-ins/end-others", operation_id="end_other_sign_ins", right="own", status_code=200)
async def end_other_sign_ins(desk: Desk, sign_ins: SignIns) -> Nothing:
    """Be signed in here and nowhere else."""
    async with desk.directory() as directory:
        await access.sign_out_everywhere(directory, desk.who.person_id, but=desk.who.sign_in)
    sign_ins.forget(desk.who.workspace_id, desk.agent_id)
    return Nothing()


@post("/me/second-factor", operation_id="begin_second_factor", right="own", status_code=200)
async def begin_second_factor(desk: Desk, request: Request[Any, Any, Any], data: Again) -> NewFactor:
    """A new key for an authenticator. It is asked for only after `confirm`."""
    person = await prove_again(desk.house, desk.who, data.password, came_of(desk.house, request))
    if person.has_second_factor:
        raise Refusal(409, "taken")
    async with desk.directory() as directory:
        secret = await access.begin_second_factor(directory, person.id, desk.house.sealer)
    uri = access.totp_uri(secret, person.email, "")
    picture = ["".join(str(int(bool(dark))) for dark in row) for row in segno.make(uri, error="m", micro=False).matrix]
    return NewFactor(key=base64.b32encode(secret).decode(), uri=uri, picture=picture)


@post("/me/second-factor/confirm", operation_id="confirm_second_factor", right="own", status_code=200)
async def confirm_second_factor(desk: Desk, sign_ins: SignIns, data: FirstCode) -> RecoveryCodes:
    """The first code of the authenticator: from now on one is asked for at every sign-in."""
    async with desk.directory() as directory:
        person = await access.get_person(directory, desk.who.person_id)
        if person.has_second_factor:
            raise Refusal(409, "taken")
        codes = await access.confirm_second_factor(directory, person.id, data.code, desk.house.sealer)
    if codes is None:
        raise Refusal(422, "invalid", fields={"code": "wrong"})
    sign_ins.forget(desk.who.workspace_id, desk.agent_id)
    return RecoveryCodes(codes)


@post("/me/second-factor/end", operation_id="end_second_factor", right="own", status_code=200)
async def end_second_factor(desk: Desk, sign_ins: SignIns, request: Request[Any, Any, Any], data: Again) -> Nothing:
    """Ask for no code any more."""
    person = await prove_again(desk.house, desk.who, data.password, came_of(desk.house, request))
    async with desk.directory() as directory:
        await access.clear_second_factor(directory, person.id)
    sign_ins.forget(desk.who.workspace_id, desk.agent_id)
    return Nothing()


@get("/workspace/rules", operation_id="get_rules", right="workspace")
async def get_rules(desk: Desk) -> Rules:
    async with desk.reading() as tx:
        return as_it_is(await views.rules(tx), Rules)


@patch("/workspace/rules", operation_id="change_rules", right="workspace")
async def change_rules(desk: Desk, sign_ins: SignIns, data: ChangeRules) -> Rules:
    """How long a new password is at least, and whether everybody needs a second factor: who has none is asked to set
    it up before anything else."""
    async with desk.transaction() as tx:
        await access.change_rules(
            tx, password_length=data.password_length, needs_second_factor=data.needs_second_factor
        )
        await events.record(tx, "workspace.changed", {}, agent=desk.agent_id)
        shown = await views.rules(tx)
    sign_ins.forget_workspace(desk.who.workspace_id)
    return as_it_is(shown, Rules)


@get("/sign-ins", operation_id="list_sign_in_records", right="workspace")
async def list_sign_in_records(
    desk: Desk,
    after: Annotated[str | None, Parameter(max_length=200)] = None,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 50,
) -> SignInRecords:
    """Who came in or tried to, newest first: when, from where, and what came of it. Kept for 180 days."""
    async with desk.reading() as tx:
        return as_it_is(await views.sign_in_records(tx, after, limit), SignInRecords)


@post("/agents/{agent_id:uuid}/reset-link", operation_id="make_reset_link", right="team")
async def make_reset_link(desk: Desk, agent_id: UUID, data: ResetAgent) -> Invitation:
    """A link by which a colleague sets a new password. 409 serves_elsewhere for somebody of another workspace's team,
    too: his door is not this workspace's to open; `guanxi user reset` is."""
    async with desk.transaction() as tx:
        await desk.masters(tx, agent_id)
        person_id = await views.person_of(tx, agent_id)
    if person_id is None:
        raise not_found()
    async with desk.directory() as directory:
        if await access.serves_elsewhere(directory, person_id, desk.who.workspace_id):
            raise Refusal(409, "serves_elsewhere")
        token = await access.make_link(
            directory,
            "reset",
            workspace_id=desk.who.workspace_id,
            person_id=person_id,
            clears_second_factor=data.second_factor,
            lives=RESET_LIVES,
        )
        expires_at = directory.now + RESET_LIVES
    return Invitation(url=access.link_url(desk.house.settings.public_url, token), expires_at=expires_at)


routes = [
    get_my_access, revoke_sign_in, end_other_sign_ins, begin_second_factor, confirm_second_factor, end_second_factor,
    get_rules, change_rules, list_sign_in_records, make_reset_link,
]  # fmt: skip
