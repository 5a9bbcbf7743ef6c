"""Coming in by the company's own sign-on: against a real provider, and against one that is tampered with."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import OctKey

from guanxi import access, team
from guanxi.infra.postgres import Server
from guanxi.settings import Oidc
from tests.access.test_coming_in import with_code
from tests.access.test_sign_in import try_in
from tests.databases import open_folder
from tests.http.desk import PASSWORD, Agent, Front, open_front
from tests.http.provider import SECRET, Provider, new_key, open_wire, running


@dataclass
class Company:
    """A provider and two houses: `front` lets newcomers of corp.example in, `trusting` takes its second factor for ours."""

    provider: Provider
    front: Front
    trusting: Front
    boss: Agent

    async def leaves(self, browser: httpx.AsyncClient, **query: str) -> str:
        """The address at the provider to which the house sends."""
        answer = await browser.get("/api/oidc/start", params=query)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def comes(
        self, name: str, browser: httpx.AsyncClient | None = None, **query: str
    ) -> tuple[httpx.AsyncClient, str]:
        """There and back again; (the browser, where it is sent to in the end)."""
        browser = browser or self.front.stranger()
        back = await self.provider.lets_in(await self.leaves(browser, **query), name)
        return browser, (await browser.get(back)).headers["location"]


@pytest_asyncio.fixture(scope="module")
async def shared(server: Server) -> AsyncIterator[Company]:
    with open_folder() as one, open_folder() as two:
        async with open_wire() as provider:
            host = urlsplit(provider.issuer).netloc
            about = {"issuer": provider.issuer, "client_id": "guanxi", "client_secret": SECRET, "name": "Corp"}
            ours = Oidc(**about, may_create="domain", domains=("corp.example",), workspace=1, sign_out="everywhere")
            theirs = Oidc(**about, second_factor="theirs")
            around: dict[str, Any] = {"private_hosts_allowed": (host,), "trusted_proxies": ("127.0.0.1",)}
            async with (
                open_front(server, one, oidc=ours, **around) as front,
                open_front(server, two, oidc=theirs, **around) as trusting,
                running(provider, front.base, trusting.base),
            ):
                _, people = await front.opens("Corp")
                yield Company(provider, front, trusting, people["boss"])


@pytest.fixture
def corp(shared: Company) -> Company:
    shared.provider.honest()
    return shared


async def somebody(front: Front, email: str, workspace: str, password: str | None) -> Agent:
    """An agent with this address."""
    shop, _ = await front.opens(workspace)
    async with front.world.house.db.directory() as directory:
        person = await access.add_person(directory, email=email, name="Somebody", password_hash=None, language="en")
        if password:
            await access.set_password(directory, person, password)
        agent = await team.join(directory, shop.id, person_id=person, name="Somebody", role="agent")
    return await front.signs_in(shop.id, person, agent)


async def test_a_newcomer_of_the_domain_is_let_in_and_recognised_from_then_on(corp: Company) -> None:
    assert (await corp.front.stranger().get("/api/oidc")).json() == {"name": "Corp"}
    browser, where = await corp.comes("ada@corp.example", to="/settings/phrases")
    assert where == "/settings/phrases"
    me = (await browser.get("/api/me")).json()
    assert (me["person"]["email"], me["agent"]["name"], me["agent"]["role"]) == ("ada@corp.example", "ada", "agent")
    assert me["workspace"]["name"] == "Corp"
    again, where = await corp.comes("ada@corp.example", to="//evil.example")
    assert where == "/"
    assert (await again.get("/api/me")).json()["agent"]["id"] == me["agent"]["id"]
    rows = (await corp.boss.get("/api/sign-ins")).json()["rows"]
    assert [(row["way"], row["outcome"]) for row in rows if row["name"] == "ada"] == [("oidc", "in")] * 2
    # who was removed is not let in again because his address is of the domain
    assert (await corp.boss.patch(f"/api/agents/{me['agent']['id']}", {"removed": True})).status_code == 200
    _, where = await corp.comes("ada@corp.example")
    assert where == "/sign-in?why=no_workspace"
    _, where = await corp.comes("eve@other.example")
    assert where == "/sign-in?why=oidc_unknown"


async def test_somebody_with_a_password_shows_it_once_before_the_account_is_his(corp: Company) -> None:
    mei = await somebody(corp.front, "mei@elsewhere.example", "Elsewhere", PASSWORD)
    browser, where = await corp.comes("mei@elsewhere.example", to="/contacts")
    assert where == "/sign-in?why=oidc_confirm"
    assert (await browser.get("/api/me")).status_code == 401
    waiting = (await browser.get("/api/oidc/waiting")).json()
    assert waiting == {"email": mei.email, "asks_password": True, "asks_code": False, "goes_to": "/contacts"}
    assert (await corp.front.stranger().get("/api/oidc/waiting")).status_code == 404
    wrong = await browser.post("/api/oidc/confirm", json={"password": "not this one"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "wrong_credentials")
    foreign = await browser.post(
        "/api/oidc/confirm", json={"password": PASSWORD}, headers={"origin": "https://evil.example"}
    )
    assert foreign.json()["error"] == "wrong_origin"
    right = await browser.post("/api/oidc/confirm", json={"password": PASSWORD})
    assert (right.status_code, right.json()) == (200, {"goes_to": "/contacts"})
    assert (await browser.get("/api/me")).json()["person"]["email"] == mei.email
    assert (await browser.post("/api/oidc/confirm", json={"password": PASSWORD})).status_code == 404
    browser, where = await corp.comes("mei@elsewhere.example")
    assert (where, (await browser.get("/api/me")).status_code) == ("/", 200)
    # another account of the provider that now has her address is not hers
    corp.provider.forge = lambda claims: claims | {"sub": "a new colleague", "email": mei.email, "email_verified": True}
    browser, where = await corp.comes("new@elsewhere.example")
    assert where == "/sign-in?why=oidc_confirm"
    refused = await browser.post("/api/oidc/confirm", json={"password": PASSWORD})
    assert (refused.status_code, refused.json()["error"]) == (403, "oidc_other_account")


async def test_our_second_factor_is_asked_for_unless_the_installation_trusts_theirs(corp: Company) -> None:
    kim = await somebody(corp.front, "kim@strict.example", "Strict", PASSWORD)
    browser, _ = await corp.comes("kim@strict.example")
    assert (await browser.post("/api/oidc/confirm", json={"password": PASSWORD})).status_code == 200
    key, codes = await with_code(corp.front, kim)
    assert key
    browser, where = await corp.comes("kim@strict.example")
    assert where == "/sign-in?why=oidc_confirm"
    waiting = (await browser.get("/api/oidc/waiting")).json()
    assert (waiting["asks_password"], waiting["asks_code"]) == (False, True)
    assert (await browser.post("/api/oidc/confirm", json={})).json()["error"] == "code_needed"
    assert (await browser.post("/api/oidc/confirm", json={"code": "000000"})).json()["error"] == "wrong_code"
    assert (await browser.post("/api/oidc/confirm", json={"code": codes[0]})).status_code == 200
    # the other house takes the provider's word: no code, also where the workspace asks everybody for one
    browser, where = await corp.comes("kim@strict.example", corp.trusting.stranger())
    assert (where, (await browser.get("/api/me")).status_code) == ("/", 200)
    lee = await somebody(corp.front, "lee@strict.example", "Stricter", None)
    async with corp.front.world.house.db.directory() as directory:
        person = await access.find_person(directory, lee.email)
    assert person is not None
    assert person.workspace_id is not None
    async with corp.front.world.house.db.transaction(person.workspace_id) as tx:
        await access.change_rules(tx, password_length=None, needs_second_factor=True)
    strict, _ = await corp.comes("lee@strict.example")
    assert (await strict.get("/api/me")).json()["lacks_second_factor"] is True
    trusted, _ = await corp.comes("lee@strict.example", corp.trusting.stranger())
    assert (await trusted.get("/api/me")).json()["lacks_second_factor"] is False


async def test_an_invitation_is_gone_through_with_the_company_account(corp: Company) -> None:
    _, people = await corp.front.opens("Inviting")
    boss = people["boss"]

    async def invited(email: str = "") -> str:
        made = await boss.post("/api/invitations", {"role": "supervisor", "email": email})
        return str(made.json()["url"].rsplit("/", 1)[1])

    _, where = await corp.comes("thief@far.example", link=await invited("ana@far.example"))
    assert where == "/sign-in?why=oidc_other_email"
    link = await invited("ana@far.example")
    browser, where = await corp.comes("ana@far.example", link=link)
    me = (await browser.get("/api/me")).json()
    assert (where, me["workspace"]["name"], me["agent"]["role"]) == ("/", "Inviting", "supervisor")
    _, where = await corp.comes("bob@far.example", link=link)
    assert where == "/sign-in?why=oidc_link_gone"
    # who has no password joins a second workspace in the same way, as the same person
    _, others = await corp.front.opens("Second")
    made = (await others["boss"].post("/api/invitations", {"role": "agent"})).json()["url"].rsplit("/", 1)[1]
    browser, _ = await corp.comes("ana@far.example", link=made)
    names = [one["name"] for one in (await browser.get("/api/workspaces")).json()["workspaces"]]
    assert names == ["Inviting", "Second"]
    elsewhere = await browser.get("/api/oidc/start", params={"link": made}, headers={"sec-fetch-site": "cross-site"})
    assert elsewhere.headers["location"] == "/sign-in?why=oidc_denied"


FORGED: dict[str, Any] = {
    "a nonce of another try": lambda claims: claims | {"nonce": "another"},
    "no nonce": lambda claims: {name: claims[name] for name in claims if name != "nonce"},
    "another audience": lambda claims: claims | {"aud": "another"},
    "a second audience without azp": lambda claims: claims | {"aud": ["guanxi", "another"]},
    "another azp": lambda claims: claims | {"azp": "another"},
    "another issuer": lambda claims: claims | {"iss": "https://login.evil.example"},
    "it has run out": lambda claims: claims | {"iat": claims["iat"] - 7200, "exp": claims["exp"] - 7200},
    "no end": lambda claims: {name: claims[name] for name in claims if name != "exp"},
    "it comes from the future": lambda claims: claims | {"iat": claims["iat"] + 7200},
    "no subject": lambda claims: claims | {"sub": ""},
    "a number that is none": lambda claims: claims | {"exp": "soon"},
}


@pytest.mark.parametrize("fault", FORGED)
async def test_an_id_token_that_is_signed_but_wrong_lets_nobody_in(corp: Company, fault: str) -> None:
    corp.provider.forge = FORGED[fault]
    browser, where = await corp.comes("forger@corp.example")
    assert where == "/sign-in?why=oidc_not_believed"
    assert (await browser.get("/api/me")).status_code == 401
    async with corp.front.world.house.db.directory() as directory:
        assert await access.find_person(directory, "forger@corp.example") is None


def unsigned(claims: dict[str, Any]) -> str:
    def part(of: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(of).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}."


async def test_a_signature_that_is_none_or_not_the_providers_lets_nobody_in(corp: Company) -> None:
    provider = corp.provider
    stranger = new_key("first")
    public = json.dumps(provider.key.as_dict(private=False)).encode()
    for sign in (
        unsigned,
        lambda claims: provider.signed(claims, stranger),
        lambda claims: jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(public), algorithms=["HS256"]),
        lambda claims: "no.token.at.all",
    ):
        provider.sign = sign
        _, where = await corp.comes("forger@corp.example")
        assert where == "/sign-in?why=oidc_not_believed"


async def test_keys_are_read_anew_when_the_provider_has_changed_them(corp: Company) -> None:
    await corp.comes("rota@corp.example")
    before = corp.provider.asked.count("/jwks")
    await corp.comes("rota@corp.example")
    assert corp.provider.asked.count("/jwks") == before  # they are kept
    fresh = new_key("second")
    corp.provider.sign = lambda claims: corp.provider.signed(claims, fresh)
    corp.provider.shows(fresh)
    browser, where = await corp.comes("rota@corp.example")
    assert (where, (await browser.get("/api/me")).status_code) == ("/", 200)
    corp.provider.sign = lambda claims: corp.provider.signed(claims, corp.provider.key)
    _, where = await corp.comes("rota@corp.example")
    assert where == "/sign-in?why=oidc_not_believed"  # the old key is worth nothing any more
    corp.provider.honest()
    _, where = await corp.comes("rota@corp.example")
    assert where == "/"


async def test_an_address_that_the_provider_has_not_checked_is_nobodys(corp: Company) -> None:
    await somebody(corp.front, "unchecked@corp.example", "Unchecked", None)
    _, where = await corp.comes("unchecked@corp.example")
    assert where == "/sign-in?why=oidc_unverified"
    _, where = await corp.comes("unchecked.too@corp.example")
    assert where == "/sign-in?why=oidc_unverified"


async def test_a_state_belongs_to_one_browser_and_a_code_works_once(corp: Company) -> None:
    browser, other = corp.front.stranger(), corp.front.stranger()
    back = await corp.provider.lets_in(await corp.leaves(browser), "once@corp.example")
    await corp.leaves(other)
    assert (await other.get(back)).headers["location"] == "/sign-in?why=oidc_expired"  # somebody was sent that address
    assert (await corp.front.stranger().get(back)).headers["location"] == "/sign-in?why=oidc_expired"
    assert (await browser.get(back)).headers["location"] == "/"
    assert (await browser.get(back)).headers["location"] == "/sign-in?why=oidc_expired"
    # the code once more, with a state that is good: the provider itself refuses it
    code = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(await corp.leaves(other)).query)["state"][0]
    again = await other.get("/api/oidc/callback?" + urlencode({"state": state, "code": code}))
    assert again.headers["location"] == "/sign-in?why=oidc_not_believed"
    again = await other.get("/api/oidc/callback?" + urlencode({"state": state, "code": code}))
    assert again.headers["location"] == "/sign-in?why=oidc_expired"  # and the state works once, whatever came of it
    # another provider's answer, brought to this one's door
    back = await corp.provider.lets_in(await corp.leaves(browser), "once@corp.example")
    mixed = back.replace(urlencode({"iss": corp.provider.issuer}), urlencode({"iss": "https://login.evil.example"}))
    assert mixed != back
    assert (await browser.get(mixed)).headers["location"] == "/sign-in?why=oidc_not_believed"
    # and a try has its time
    back = await corp.provider.lets_in(await corp.leaves(browser), "once@corp.example")
    corp.front.world.clock.forward(minutes=11)
    assert (await browser.get(back)).headers["location"] == "/sign-in?why=oidc_expired"
    corp.front.world.clock.forward(minutes=-11)


async def test_a_provider_that_is_away_or_another_one_is_said_to_be(corp: Company) -> None:
    browser = corp.front.stranger()
    back = await corp.provider.lets_in(await corp.leaves(browser), "away@corp.example")
    corp.provider.answers["/token"] = (503, b"{}")
    assert (await browser.get(back)).headers["location"] == "/sign-in?why=oidc_unreachable"
    denied = parse_qs(urlsplit(await corp.leaves(browser)).query)["state"][0]
    answer = await browser.get("/api/oidc/callback?" + urlencode({"state": denied, "error": "access_denied"}))
    assert answer.headers["location"] == "/sign-in?why=oidc_denied"
    for told in (b'{"issuer": "https://login.evil.example"}', b"[]", b"\xff"):
        corp.provider.answers["/token"] = (200, told)
        back = await corp.provider.lets_in(await corp.leaves(browser), "away@corp.example")
        assert (await browser.get(back)).headers["location"] == "/sign-in?why=oidc_not_believed"


async def test_signing_out_ends_it_there_too_when_the_installation_says_so(corp: Company) -> None:
    browser, _ = await corp.comes("out@corp.example")
    csrf = (await browser.get("/api/me")).json()["csrf"]
    out = (await browser.post("/api/sign-out", headers={"x-csrf": csrf})).json()
    assert out["then"].startswith(corp.provider.issuer + "/session/end?client_id=guanxi")
    assert (await browser.get("/api/me")).status_code == 401
    assert (await corp.boss.get("/api/me")).status_code == 200


async def test_who_has_no_password_proves_anew_who_he_is_before_his_second_factor_changes(corp: Company) -> None:
    browser, _ = await corp.comes("nora@corp.example")
    csrf = {"x-csrf": (await browser.get("/api/me")).json()["csrf"]}
    refused = await browser.post("/api/me/second-factor", json={}, headers=csrf)
    assert (refused.status_code, refused.json()["error"]) == (403, "prove_anew")
    _, where = await corp.comes("somebody.else@corp.example", browser, again="true", to="/settings/access")
    assert where == "/sign-in?why=oidc_other_account"
    corp.provider.forge = lambda claims: claims | {"auth_time": claims["iat"] - 4000}
    _, where = await corp.comes("nora@corp.example", browser, again="true", to="/settings/access")
    assert where == "/sign-in?why=oidc_not_believed"
    corp.provider.honest()
    _, where = await corp.comes("nora@corp.example", browser, again="true", to="/settings/access")
    assert where == "/settings/access"
    corp.front.world.clock.forward(minutes=11)
    refused = await browser.post("/api/me/second-factor", json={}, headers=csrf)
    assert refused.json()["error"] == "prove_anew"  # it was shown too long ago
    corp.front.world.clock.forward(minutes=-11)
    assert (await browser.post("/api/me/second-factor", json={}, headers=csrf)).status_code == 200
    given = {"password": {"old": "", "new": "a-first-kiln-44"}}
    assert (await browser.patch("/api/me", json=given, headers=csrf)).status_code == 200
    by_password = corp.front.stranger(**{"x-forwarded-for": "192.0.2.40"})
    assert (await try_in(by_password, "nora@corp.example", "a-first-kiln-44")).status_code == 200
    assert (await browser.get("/api/me/access")).json()["has_password"] is True


async def test_too_many_who_set_out_from_one_address_and_never_come_back_have_to_wait(corp: Company) -> None:
    browser = corp.front.stranger(**{"x-forwarded-for": "198.51.100.99"})
    answers = [(await browser.get("/api/oidc/start")).headers["location"] for _ in range(62)]
    assert sum(where == "/sign-in?why=oidc_too_many" for where in answers) == 2
    assert (await try_in(browser, "nobody@example.com", "not-a-password")).status_code == 401


async def test_a_house_without_a_sign_on_has_no_such_doors(server: Server) -> None:
    with open_folder() as folder:
        async with open_front(server, folder) as front:
            assert (await front.stranger().get("/api/oidc")).json() == {"name": None}
            for path in ("start", "callback", "waiting"):
                assert (await front.stranger().get(f"/api/oidc/{path}")).status_code == 404
