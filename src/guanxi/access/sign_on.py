"""A company's own sign-on (OpenID Connect): where it is, what it is asked, and whether what it says can be believed.

OpenID Connect Core 1.0 §3.1 (authorization code) with PKCE (RFC 7636), Discovery 1.0, and the issuer's name in the
answer (RFC 9207). Signatures are checked by joserfc; RS256 and ES256 are all that is taken. Keys are read anew when one
is asked for that we do not have, and when a signature does not fit: providers rotate them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from guanxi.access.rules import same
from guanxi.infra.fetch import Fetched, Fetcher, MaybeSent, NotSent, TooLarge
from guanxi.settings import Oidc

ALGORITHMS = ("RS256", "ES256")
SCOPE = "openid email profile"
ABOUT_LIVES, KEYS_LIVE = 3600.0, 600.0  # seconds
LEEWAY = timedelta(seconds=60)  # clocks differ
FRESH = timedelta(minutes=5)  # since the provider asked anew who it is
LARGEST = 1_000_000  # bytes of any answer


class SignOnRefused(Exception):
    """It cannot be believed, or nobody answers; `code` is for the sentence that the sign-in page shows, the text for the
    log of whoever runs the installation."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Who came in there, by the provider's own word. `email` only when it says that it has checked it; `asked_at`: when
    it last asked him who he is."""

    issuer: str
    subject: str
    email: str
    name: str
    asked_at: datetime | None


@dataclass(slots=True)
class SignOn:
    """The provider of this installation, and what was last read of it. One per process."""

    oidc: Oidc
    fetch: Fetcher
    _about: tuple[float, About] | None = None
    _keys: tuple[float, KeySet] | None = None

    async def address(self, *, state: str, nonce: str, verifier: str, back: str, again: bool) -> str:
        """Where the browser goes. `again`: the provider has to ask who it is, whatever it remembers. Raises
        SignOnRefused."""
        about = await self.about()
        asked = {
            "response_type": "code",
            "client_id": self.oidc.client_id,
            "redirect_uri": back,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        } | ({"prompt": "login", "max_age": "0"} if again else {})
        joint = "&" if urlsplit(about.authorization_endpoint).query else "?"
        return about.authorization_endpoint + joint + urlencode(asked)

    async def farewell(self, back: str) -> str | None:
        """Where the browser goes to be signed out there as well, when the installation wants that."""
        if self.oidc.sign_out != "everywhere":
            return None
        end = (await self.about()).end_session_endpoint
        asked = urlencode({"client_id": self.oidc.client_id, "post_logout_redirect_uri": back})
        return f"{end}{'&' if urlsplit(end).query else '?'}{asked}" if end else None

    async def redeem(self, code: str, *, nonce: str, verifier: str, back: str, now: datetime) -> Said:
        """Who stands behind a code. Raises SignOnRefused."""
        about = await self.about()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers = {"accept": "application/json"}
        if not self.oidc.secret:
            form["client_id"] = self.oidc.client_id
        elif "client_secret_basic" in about.token_endpoint_auth_methods_supported:
            pair = f"{quote(self.oidc.client_id, safe='')}:{quote(self.oidc.secret, safe='')}"
            headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": self.oidc.client_id, "client_secret": self.oidc.secret}
        given = _object(
            await self._call("POST", about.token_endpoint, headers=headers, form=form), "the token endpoint"
        )
        claims = await self._claims(str(given.get("id_token", "")))
        self._check(claims, nonce, now)
        if "email" not in claims and about.userinfo_endpoint:
            claims = {**await self._more(about, str(given.get("access_token", "")), str(claims["sub"])), **claims}
        return _said(self.oidc.issuer, claims)

    async def about(self) -> About:
        """What the provider says of itself, read at most an hour ago. Raises SignOnRefused."""
        if self._about is not None and self._about[0] > monotonic():
            return self._about[1]
        told = await self._call("GET", self.oidc.issuer.rstrip("/") + "/.well-known/openid-configuration")
        try:
            about = msgspec.json.decode(told.body, type=About)
        except msgspec.DecodeError as error:
            raise SignOnRefused("oidc_unreachable", f"its description cannot be read: {error}") from error
        if about.issuer != self.oidc.issuer:
            raise SignOnRefused("oidc_not_believed", f"it calls itself {about.issuer}")
        ends = (about.authorization_endpoint, about.token_endpoint, about.jwks_uri, about.userinfo_endpoint)
        if self.oidc.issuer.startswith("https:") and any(end and not end.startswith("https:") for end in ends):
            raise SignOnRefused("oidc_not_believed", "an address of it is not https")
        self._about = (monotonic() + ABOUT_LIVES, about)
        return about

    async def _claims(self, token: str) -> Mapping[str, Any]:
        """What an ID token says, when one of the provider's keys has signed it."""
        if self._keys is not None and self._keys[0] > monotonic():
            try:
                return jwt.decode(token, self._keys[1], algorithms=ALGORITHMS).claims
            except (JoseError, ValueError, TypeError, KeyError):
                pass  # the keys may have changed since
        told = await self._call("GET", (await self.about()).jwks_uri)
        keys = _keys_of(_object(told, "its keys"))
        self._keys = (monotonic() + KEYS_LIVE, keys)
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise SignOnRefused("oidc_not_believed", f"no key of it fits the ID token: {error}") from error

    def _check(self, claims: Mapping[str, Any], nonce: str, now: datetime) -> None:
        """The claims of an ID token, by Core §3.1.3.7."""
        audience = claims.get("aud")
        audiences = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
        azp = claims.get("azp")
        problems = {
            "iss": claims.get("iss") == self.oidc.issuer,
            "aud": self.oidc.client_id in audiences and (len(audiences) == 1 or azp is not None),
            "azp": azp in (None, self.oidc.client_id),
            "exp": (ends := _moment(claims.get("exp"))) is not None and ends > now - LEEWAY,
            "iat": (begun := _moment(claims.get("iat"))) is not None and begun < now + FRESH,
            "nonce": same(str(claims.get("nonce", "")), nonce),
            "sub": isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= 255,
        }
        if wrong := [name for name, is_well in problems.items() if not is_well]:
            raise SignOnRefused("oidc_not_believed", f"the ID token is wrong in {', '.join(wrong)}")

    async def _more(self, about: About, token: str, subject: str) -> Mapping[str, Any]:
        """The e-mail and the name, from the providers that keep them out of the ID token."""
        headers = {"accept": "application/json", "authorization": f"Bearer {token}"}
        told = await self._call("GET", about.userinfo_endpoint, headers=headers)
        found = _object(told, "the userinfo endpoint")
        if found.get("sub") != subject:
            raise SignOnRefused("oidc_not_believed", "the userinfo is about somebody else")
        return {name: found[name] for name in ("email", "email_verified", "name") if name in found}

    async def _call(self, method: str, url: str, **more: Any) -> Fetched:
        try:
            told = await self.fetch(method, url, limit=LARGEST, seconds=10, **more)
        except (NotSent, MaybeSent, TooLarge) as error:
            raise SignOnRefused("oidc_unreachable", f"{urlsplit(url).netloc} gives no answer: {error}") from error
        if told.status >= 500:
            raise SignOnRefused("oidc_unreachable", f"{url} answers {told.status}")
        if told.status != 200:
            raise SignOnRefused("oidc_not_believed", f"{url} answers {told.status}: {told.body[:200]!r}")
        return told


def challenge(verifier: str) -> str:
    """S256 of RFC 7636."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _object(told: Fetched, of: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(told.body)
    except msgspec.DecodeError as error:
        raise SignOnRefused("oidc_not_believed", f"{of} answers no JSON") from error
    if not isinstance(found, dict):
        raise SignOnRefused("oidc_not_believed", f"{of} answers no object")
    return found


def _keys_of(found: Mapping[str, Any]) -> KeySet:
    """Its keys for signatures; what we cannot read or do not take is left out."""
    keys: list[RSAKey | ECKey] = []
    kinds: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey}
    listed = found.get("keys")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("kty") in kinds and one.get("use", "sig") == "sig":
            try:
                keys.append(kinds[one["kty"]].import_key(one))
            except (JoseError, ValueError, TypeError, KeyError):
                continue
    return KeySet(keys)  # type: ignore[arg-type]


def _moment(claim: Any) -> datetime | None:
    if isinstance(claim, bool) or not isinstance(claim, int | float) or not 0 < claim < 1e11:
        return None
    return datetime.fromtimestamp(claim, UTC)


def _said(issuer: str, claims: Mapping[str, Any]) -> Said:
    email, name = claims.get("email"), claims.get("name")
    verified = claims.get("email_verified") in (True, "true")  # some say it as text
    return Said(
        issuer=issuer,
        subject=claims["sub"],
        email=email if verified and isinstance(email, str) else "",
        name=name.strip()[:80] if isinstance(name, str) else "",
        asked_at=_moment(claims.get("auth_time")),
    )
