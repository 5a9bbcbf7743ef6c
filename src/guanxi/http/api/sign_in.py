"""Coming in: with e-mail and password, or through a one-time link."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie

from guanxi import access, team
from guanxi.access import Came, Link, Person
from guanxi.conversations import Language
from guanxi.house import House
from guanxi.http.api.proof import came_of, prove, prove_code
from guanxi.http.api.shapes import Nothing
from guanxi.http.api.shapes_house import LinkView
from guanxi.http.auth import COOKIE
from guanxi.http.errors import Refusal
from guanxi.infra.sql import Tx

Password = Annotated[str, msgspec.Meta(max_length=1000)]
Email = Annotated[str, msgspec.Meta(max_length=254)]
Code = Annotated[str, msgspec.Meta(max_length=40)]
Name = Annotated[str, msgspec.Meta(max_length=80)]
MONTH = 30 * 24 * 3600


class SignIn(msgspec.Struct):
    """`code`: of the authenticator, or a recovery code, once it was asked for."""

    email: Email
    password: Password
    code: Code = ""


class UseLink(msgspec.Struct, kw_only=True):
    """What the page of a link asks for; which of it is needed depends on the purpose."""

    name: Name = ""
    email: Email = ""
    password: Password = ""
    code: Code = ""
    workspace_name: Name = ""
    language: Language = "zh-CN"


@post("/sign-in", operation_id="sign_in", status_code=200)
async def sign_in(house: House, request: Request[Any, Any, Any], data: SignIn) -> Response[Nothing]:
    """401 wrong_credentials, whatever was wrong; code_needed when the password was right and a code is asked for as
    well; wrong_code. 403 no_workspace: the right person, whom no workspace has. 429 too_many after five failures in a quarter of an hour."""
    came = came_of(house, request)
    person = await prove(house, data.email, data.password, data.code, came)
    if person.workspace_id is None:
        raise Refusal(403, "no_workspace")
    async with house.db.directory() as directory:
        token = await access.sign_in(
            directory, person.id, person.workspace_id, address=came.address, device=came.device
        )
    return _come_in(house, token)


@get("/link/{token:str}", operation_id="get_link")
async def get_link(house: House, token: str) -> LinkView:
    """What a link is for. 404 when it was used or is too old."""
    async with house.db.directory() as directory:
        link = await access.get_link(directory, token)
    return LinkView(
        purpose=link.purpose,
        email=link.email,
        workspace_name=link.workspace_name,
        person_exists=link.person_exists,
        asks_code=link.asks_code,
        password_length=link.password_length,
    )


@post("/link/{token:str}", operation_id="use_link", status_code=200)
async def use_link(house: House, request: Request[Any, Any, Any], token: str, data: UseLink) -> Response[Nothing]:
    """Go through a link: found a workspace, join one, set a password, or just sign in. Once."""
    came = came_of(house, request)
    async with house.db.directory() as directory:
        link = await access.get_link(directory, token)
    person = await _known_person(house, link, data, came)
    hashed = await _new_password(link, data, person)
    if person is not None and link.asks_code:
        await prove_code(house, person.id, data.code, came)
    try:
        async with house.db.directory() as directory:
            link = await access.use_link(directory, token)
            person_id, workspace_id, joined = await _pass(directory, link, data, person, hashed)
            cookie = await access.sign_in(
                directory, person_id, workspace_id, address=came.address, device=came.device, way="link"
            )
    except asyncpg.UniqueViolationError as error:
        raise Refusal(409, "email_taken") from error
    if joined is not None:
        async with house.db.transaction(workspace_id) as tx:
            await team.joined(tx, joined)
    return _come_in(house, cookie)


async def _known_person(house: House, link: Link, data: UseLink, came: Came) -> Person | None:
    """Who comes through, when we know him. Joining as somebody who exists needs his password."""
    if link.person_id is not None:
        async with house.db.directory() as directory:
            return await access.get_person(directory, link.person_id)
    email = link.email or access.plain_email(data.email)
    if email is None:
        raise Refusal(422, "invalid", fields={"email": "malformed" if data.email else "missing"})
    async with house.db.directory() as directory:
        person = await access.find_person(directory, email)
    if person is None:
        return None
    if link.purpose == "owner":
        raise Refusal(409, "email_taken")
    return await prove(house, email, data.password, data.code, came)


async def _new_password(link: Link, data: UseLink, person: Person | None) -> str | None:
    """The hash of the password to keep, when one is set."""
    problems = {}
    if person is None:
        if not data.name.strip():
            problems["name"] = "missing"
        if link.purpose == "owner" and not data.workspace_name.strip():
            problems["workspace_name"] = "missing"
    sets = person is None or link.purpose == "reset"
    if sets and (
        problem := access.password_problem(
            data.password, data.email or link.email, data.name, shortest=link.password_length
        )
    ):
        problems["password"] = problem if data.password else "missing"
    if problems:
        raise Refusal(422, "invalid", fields=problems)
    return await access.hashed(data.password) if sets else None


async def _pass(
    directory: Tx, link: Link, data: UseLink, person: Person | None, hashed: str | None
) -> tuple[UUID, UUID, UUID | None]:
    """(person, workspace, the agent who has joined) after the link has done its work."""
    name = data.name.strip() or (person.name if person else "")
    if person is None:
        email = link.email or access.plain_email(data.email) or ""
        person_id = await access.add_person(
            directory, email=email, name=name, password_hash=hashed, language=data.language
        )
    else:
        person_id = person.id
        if link.purpose == "reset":
            await access.change_person(directory, person_id, password_hash=hashed)
            await access.sign_out_everywhere(directory, person_id)
            if link.clears_second_factor:
                await access.clear_second_factor(directory, person_id)
                await access.forget_passkeys(directory, person_id)
            await access.forget_attempts(directory, person.email, "")
    if link.purpose == "owner" and link.workspace_id is None:
        workspace_id, _ = await team.found_workspace(
            directory,
            name=data.workspace_name.strip(),
            language=data.language,
            person_id=person_id,
            person_name=name,
        )
        return person_id, workspace_id, None
    where = link.workspace_id or (person.workspace_id if person else None)
    if where is None:
        raise access.LinkGone
    if link.purpose in ("owner", "invitation"):
        role = "admin" if link.purpose == "owner" else link.role
        joined = await team.join(directory, where, person_id=person_id, name=name, role=role, role_id=link.role_id)
        return person_id, where, joined
    return person_id, where, None


def cookie_for(house: House, token: str) -> Cookie:
    """The cookie that holds a sign-in; an empty one takes it away."""
    return Cookie(
        key=COOKIE,
        value=token,
        path="/",
        httponly=True,
        samesite="lax",
        secure=house.settings.public_url.startswith("https://"),
        max_age=MONTH if token else 0,
    )


def _come_in(house: House, token: str) -> Response[Nothing]:
    return Response(Nothing(), cookies=[cookie_for(house, token)])


routes = [sign_in, get_link, use_link]
