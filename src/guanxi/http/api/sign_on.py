"""Coming in by a company's own sign-on (OpenID Connect): away to the provider, back from it, and a password or a code in
between where one is needed. The browser navigates here, so what goes wrong is said by the sign-in page."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
import structlog
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import Parameter

from guanxi import access, team
from guanxi.access import Came, Person, Said, SignOn, SignOnRefused, SignOnTry
from guanxi.house import House
from guanxi.http.api.proof import came_of, prove, prove_code
from guanxi.http.api.shapes_access import ComingIn, SignOnAbout, WaitingSignOn
from guanxi.http.api.sign_in import cookie_for
from guanxi.http.auth import COOKIE, SignIns
from guanxi.http.errors import Refusal, not_found

log = structlog.get_logger(__name__)
BROWSER = "guanxi_sign_on"  # a cookie that only these doors see: the state belongs to the browser that has it
MINUTES = 15
Text = Annotated[str, Parameter(max_length=4000)]


class ConfirmSignOn(msgspec.Struct):
    """What was asked for: the password that one has here, the code of one's authenticator, or both."""

    password: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    code: Annotated[str, msgspec.Meta(max_length=40)] = ""


@get("/oidc", operation_id="get_sign_on")
async def get_sign_on(sign_on: SignOn | None) -> SignOnAbout:
    """How the company's sign-on is called here; null where there is none."""
    return SignOnAbout(name=sign_on.oidc.called if sign_on else None)


@get("/oidc/start", operation_id="begin_sign_on", status_code=303)
async def begin_sign_on(
    house: House,
    request: Request[Any, Any, Any],
    sign_on: SignOn | None,
    to: Text = "",
    link: Text = "",
    again: bool = False,
) -> Response[None]:
    """Away to the provider. `to`: the page of the desk to land at; `link`: the token of an invitation to go through;
    `again`: somebody who is signed in shows anew who he is."""
    if sign_on is None:
        raise not_found()
    if link and request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return _to_door("oidc_denied")  # another site shall not lead anybody into a workspace
    state, nonce, verifier = access.new_token(), access.new_token(), access.new_token()
    browser = request.cookies.get(BROWSER, "")
    browser = browser if len(browser) == len(state) else access.new_token()
    try:
        where = await sign_on.address(state=state, nonce=nonce, verifier=verifier, back=_back(house), again=again)
        async with house.db.directory() as directory:
            await access.begin_sign_on(
                directory,
                state=state,
                browser=browser,
                nonce=nonce,
                verifier=verifier,
                goes_to=_own_page(to),
                link=link,
                is_again=again,
                address=came_of(house, request).address,
            )
    except access.TooMany:
        return _to_door("oidc_too_many")
    except SignOnRefused as refused:
        return _refused(refused)
    return _go(where, _browser_cookie(house, browser))


@get("/oidc/callback", operation_id="end_sign_on", status_code=303)
async def end_sign_on(
    house: House,
    request: Request[Any, Any, Any],
    sign_on: SignOn | None,
    sign_ins: SignIns,
    given: Annotated[str, Parameter(query="state", max_length=4000)] = "",
    code: Text = "",
    error: Text = "",
    iss: Text = "",
) -> Response[None]:
    """Back from the provider."""
    if sign_on is None:
        raise not_found()
    async with house.db.directory() as directory:
        tried = await access.take_sign_on(directory, given, request.cookies.get(BROWSER, ""))
    if tried is None:
        return _to_door("oidc_expired")
    if iss and iss != sign_on.oidc.issuer:
        return _to_door("oidc_not_believed")
    if error or not code:
        return _to_door("oidc_denied")
    came = came_of(house, request)
    try:
        said = await sign_on.redeem(
            code, nonce=tried.nonce, verifier=tried.verifier, back=_back(house), now=house.clock()
        )
        if tried.is_again:
            await _prove_anew(house, sign_ins, request.cookies.get(COOKIE, ""), said)
            return _go(tried.goes_to)
        person, waits = await _person(house, sign_on, tried, said)
        if waits:
            return _to_door("oidc_confirm")
        cookie = await _let_in(house, sign_on, tried, person, came, is_proved=False)
    except SignOnRefused as refused:
        return _refused(refused)
    return _go(tried.goes_to, cookie_for(house, cookie))


@get("/oidc/waiting", operation_id="get_waiting_sign_on")
async def get_waiting_sign_on(house: House, request: Request[Any, Any, Any], sign_on: SignOn | None) -> WaitingSignOn:
    """What this browser still has to show before its company account is its person's. 404 when nothing waits."""
    if sign_on is None:
        raise not_found()
    tried, person, is_linked = await _waiting(house, request)
    return WaitingSignOn(
        email=person.email,
        asks_password=not is_linked and person.password_hash is not None,
        asks_code=person.has_second_factor and (not is_linked or sign_on.oidc.second_factor == "ours"),
        goes_to=tried.goes_to,
    )


@post("/oidc/confirm", operation_id="confirm_sign_on", status_code=200)
async def confirm_sign_on(
    house: House, request: Request[Any, Any, Any], sign_on: SignOn | None, data: ConfirmSignOn
) -> Response[ComingIn]:
    """The password that one has here, once: from then on the company account is enough. Refused like a sign-in."""
    if sign_on is None:
        raise not_found()
    tried, person, is_linked = await _waiting(house, request)
    came = came_of(house, request)
    if is_linked or person.password_hash is None:
        await prove_code(house, person.id, data.code, came)
    else:
        await prove(house, person.email, data.password, data.code, came)
    try:
        await _link(house, person, tried)
        cookie = await _let_in(house, sign_on, tried, person, came, is_proved=True)
    except SignOnRefused as refused:
        raise Refusal(403, refused.code) from refused
    return Response(ComingIn(goes_to=tried.goes_to), cookies=[cookie_for(house, cookie)])


async def _waiting(house: House, request: Request[Any, Any, Any]) -> tuple[SignOnTry, Person, bool]:
    """(what waits, for whom, whether the account is his already)"""
    async with house.db.directory() as directory:
        tried = await access.waiting_sign_on(directory, request.cookies.get(BROWSER, ""))
        if tried is None or tried.person_id is None:
            raise not_found()
        person = await access.get_person(directory, tried.person_id)
        linked = await access.find_account(directory, tried.issuer or "", tried.subject or "")
    return tried, person, linked is not None and linked.id == person.id


async def _person(house: House, sign_on: SignOn, tried: SignOnTry, said: Said) -> tuple[Person, bool]:
    """Whose account it is, and whether he has to show something first. By issuer and subject; the first time by an
    e-mail address that the provider has checked. Raises SignOnRefused."""
    async with house.db.directory() as directory:
        person = await access.find_account(directory, said.issuer, said.subject)
        if person is not None:
            waits = person.has_second_factor and sign_on.oidc.second_factor == "ours"
        elif not said.email:
            raise SignOnRefused("oidc_unverified", "the provider has not checked the e-mail address")
        else:
            person = await access.find_person(directory, access.plain_email(said.email) or "")
            waits = person is not None and (person.password_hash is not None or person.has_second_factor)
        if person is not None and waits:
            await access.keep_sign_on_waiting(directory, tried.state, said, person.id)
            return person, True
    if person is None:
        return await _create(house, sign_on, tried, said), False
    await _link(
        house, person, msgspec.structs.replace(tried, issuer=said.issuer, subject=said.subject, email=said.email)
    )
    return person, False


async def _create(house: House, sign_on: SignOn, tried: SignOnTry, said: Said) -> Person:
    """Somebody new: who brings an invitation, or whose e-mail address is of a domain that may. Raises SignOnRefused."""
    oidc, email = sign_on.oidc, access.plain_email(said.email)
    if email is None:
        raise SignOnRefused("oidc_unverified", "its e-mail address is none")
    of_house = oidc.may_create == "domain" and email.rpartition("@")[2].lower() in oidc.domains
    if tried.link is None and not of_house:
        raise SignOnRefused("oidc_unknown", "nobody here has this account")
    async with house.db.directory() as directory:
        if tried.link is not None:
            link = await _invitation(directory, tried.link)
            if link.email and link.email.lower() != email.lower():
                raise SignOnRefused("oidc_other_email", "the invitation is for another address")
            workspace_id = None
        else:
            workspace_id = await access.find_workspace_numbered(directory, oidc.workspace or 0)
            if workspace_id is None:
                raise SignOnRefused("oidc_unknown", f"there is no workspace {oidc.workspace}")
        name = said.name or email.partition("@")[0][:80]
        person_id = await access.add_person(directory, email=email, name=name, password_hash=None, language="")
        await access.link_account(directory, person_id, issuer=said.issuer, subject=said.subject, email=email)
        joined = None
        if workspace_id is not None:
            joined = await team.join(directory, workspace_id, person_id=person_id, name=name, role=oidc.role)
        person = await access.get_person(directory, person_id)
    if workspace_id is not None and joined is not None:
        async with house.db.transaction(workspace_id) as tx:
            await team.joined(tx, joined)
    return person


async def _invitation(directory: Any, link: bytes) -> access.Link:
    try:
        found = await access.get_link_hashed(directory, link)
    except access.LinkGone as gone:
        raise SignOnRefused("oidc_link_gone", "the invitation has been used or is too old") from gone
    if found.purpose != "invitation" or found.workspace_id is None:
        raise SignOnRefused("oidc_link_gone", "the link is no invitation")
    return found


async def _link(house: House, person: Person, tried: SignOnTry) -> None:
    try:
        async with house.db.directory() as directory:
            already = await access.find_account(directory, tried.issuer or "", tried.subject or "")
            if already is None:
                await access.link_account(
                    directory,
                    person.id,
                    issuer=tried.issuer or "",
                    subject=tried.subject or "",
                    email=tried.email or "",
                )
            elif already.id != person.id:
                raise access.AnotherAccount
    except access.AnotherAccount as error:
        raise SignOnRefused("oidc_other_account", "this person comes in by another account of it") from error


async def _let_in(
    house: House, sign_on: SignOn, tried: SignOnTry, person: Person, came: Came, *, is_proved: bool
) -> str:
    """The cookie, in the workspace of the invitation or the one that was used last. Raises SignOnRefused."""
    joined = None
    async with house.db.directory() as directory:
        workspace_id = person.workspace_id
        if tried.link is not None:
            link = await _invitation(directory, tried.link)
            if link.email and link.email.lower() != person.email.lower():
                raise SignOnRefused("oidc_other_email", "the invitation is for another address")
            await access.use_link_hashed(directory, tried.link)
            workspace_id = link.workspace_id
            assert workspace_id is not None  # an invitation always leads somewhere
            joined = await team.join(
                directory, workspace_id, person_id=person.id, name=person.name, role=link.role, role_id=link.role_id
            )
        if workspace_id is None:
            raise SignOnRefused("no_workspace", "no workspace has this person")
        if not await access.end_sign_on(directory, tried.state, came.address):
            raise SignOnRefused("oidc_expired", "it has been done already")
        cookie = await access.sign_in(
            directory,
            person.id,
            workspace_id,
            address=came.address,
            device=came.device,
            way="oidc",
            is_proved=is_proved,
            proved_elsewhere=sign_on.oidc.second_factor == "theirs",
        )
    if joined is not None:
        async with house.db.transaction(workspace_id) as tx:
            await team.joined(tx, joined)
    return cookie


async def _prove_anew(house: House, sign_ins: SignIns, cookie: str, said: Said) -> None:
    """Who is signed in has been asked anew by the provider. Raises SignOnRefused."""
    who = await sign_ins.who(cookie)
    async with house.db.directory() as directory:
        person = await access.find_account(directory, said.issuer, said.subject)
        if who is None or person is None or person.id != who.person_id:
            raise SignOnRefused("oidc_other_account", "somebody else is signed in")
        if said.asked_at is None or house.clock() - said.asked_at > access.FRESH:
            raise SignOnRefused("oidc_not_believed", "the provider has not asked anew")
        await access.prove_anew(directory, who.sign_in)
    sign_ins.forget(who.workspace_id, who.agent_id)


def _back(house: House) -> str:
    return f"{house.settings.public_url}/api/oidc/callback"


def _own_page(to: str) -> str:
    """A page of the desk, never another site."""
    is_ours = to.startswith("/") and to[1:2] not in ("/", "\\") and to.isprintable() and len(to) <= 500
    return to if is_ours and not to.startswith(("/sign-in", "/link", "/api")) else "/"


def _browser_cookie(house: House, token: str) -> Cookie:
    secure = house.settings.public_url.startswith("https://")
    return Cookie(
        key=BROWSER, value=token, path="/api/oidc", httponly=True, samesite="lax", secure=secure, max_age=MINUTES * 60
    )


def _go(where: str, *cookies: Cookie) -> Response[None]:
    return Response(
        None,
        status_code=303,
        headers={"location": where, "cache-control": "no-store", "referrer-policy": "no-referrer"},
        cookies=list(cookies),
    )


def _to_door(why: str) -> Response[None]:
    return _go("/sign-in?" + urlencode({"why": why}))


def _refused(refused: SignOnRefused) -> Response[None]:
    log.warning("sign_on.refused", problem=str(refused))
    return _to_door(refused.code)


routes = [get_sign_on, begin_sign_on, end_sign_on, get_waiting_sign_on, confirm_sign_on]
