"""The API's application, with or without a house behind it; without one it can only describe itself."""

from __future__ import annotations

import msgspec
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from guanxi.access import SignOn
from guanxi.house import House
from guanxi.http import errors
from guanxi.http.api import (
    attributes,
    audit,
    beside,
    bulk,
    contacts,
    conversations,
    coverage,
    crossings,
    drafts,
    files,
    hours,
    inboxes,
    judging,
    macros,
    me,
    merging,
    my_access,
    notices,
    offers,
    passkeys,
    phrases,
    planned,
    policies,
    push,
    queues,
    quota,
    ratings,
    recalling,
    reports,
    rich_menu,
    roles,
    rules,
    saved_views,
    showing,
    side_page,
    sign_in,
    sign_on,
    team,
    teams,
    tokens,
    transcripts,
    translating,
    verbs,
    visits,
    webchat,
    webhooks,
    workspaces,
    wrap_ups,
)
from guanxi.http.api.given import (
    REFUSALS,
    give_desk,
    give_house,
    give_hub,
    give_lender,
    give_relay,
    give_sign_ins,
    give_sign_on,
    give_translator,
    only_what_is_seen,
    only_with_right,
    right_of,
)
from guanxi.http.auth import COOKIE, SignIns
from guanxi.http.typing import Typing
from guanxi.live import Hub
from guanxi.pipeline.lend import Lender
from guanxi.translating import Translator

LARGEST_BODY = 512_000
OPEN_ROUTES = [*sign_in.routes, *sign_on.routes, *passkeys.open_routes]
ROUTES = [
    route
    for module in (
        conversations,
        verbs,
        beside,
        bulk,
        transcripts,
        saved_views,
        contacts,
        inboxes,
        webchat,
        macros,
        planned,
        ratings,
        recalling,
        visits,
        team,
        teams,
        queues,
        coverage,
        crossings,
        hours,
        judging,
        translating,
        policies,
        me,
        my_access,
        drafts,
        files,
        quota,
        reports,
        rich_menu,
        showing,
        side_page,
        tokens,
        rules,
        webhooks,
        wrap_ups,
        notices,
        merging,
        offers,
        passkeys,
        phrases,
        push,
        attributes,
        workspaces,
        audit,
        roles,
    )
    for route in module.routes
]
for _route in (*ROUTES, *OPEN_ROUTES):
    _route.responses = REFUSALS
RIGHTS = {str(_route.operation_id): right_of(_route) for _route in ROUTES}  # a door without a right opens no house


def litestar(
    house: House | None = None,
    sign_ins: SignIns | None = None,
    hub: Hub | None = None,
    lender: Lender | None = None,
    relay: Typing | None = None,
) -> Litestar:
    """The framework's application under /api."""
    company = SignOn(house.settings.oidc, house.fetch) if house and house.settings.oidc else None
    describes_itself = OpenAPIConfig(
        title="Guanxi",
        version="1",
        use_handler_docstrings=True,
        description="The desk's API. Programs send an access token (Settings → Access tokens) as `Authorization: Bearer`; "
        "they need no X-CSRF. A browser signs in, then sends the cookie, and X-CSRF (from /api/me) with every change.",
        components=Components(
            security_schemes={
                "cookie": SecurityScheme(type="apiKey", name=COOKIE, security_scheme_in="cookie"),
                "csrf": SecurityScheme(type="apiKey", name="X-CSRF", security_scheme_in="header"),
                "token": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="Scopes: read, write, admin:inboxes, admin:team, admin:integrations.",
                ),
            }
        ),
    )
    return Litestar(
        route_handlers=[
            Router(path="/api", route_handlers=OPEN_ROUTES),
            Router(
                path="/api",
                route_handlers=ROUTES,
                guards=[only_with_right, only_what_is_seen],
                security=[{"cookie": [], "csrf": []}, {"token": []}],
            ),
        ],
        dependencies={
            "desk": Provide(give_desk),
            "house": Provide(give_house),
            "sign_ins": Provide(give_sign_ins),
            "sign_on": Provide(give_sign_on),
            "hub": Provide(give_hub),
            "lender": Provide(give_lender),
            "relay": Provide(give_relay),
            "translator": Provide(give_translator),
        },
        exception_handlers={Exception: errors.answer},
        state=State(
            {
                "house": house,
                "sign_ins": sign_ins,
                "sign_on": company,
                "hub": hub,
                "lender": lender,
                "relay": relay,
                "translator": Translator(house.fetch, house.clock) if house else None,
            },
            deep_copy=False,
        ),
        openapi_config=describes_itself if house is None else None,
        request_max_body_size=LARGEST_BODY,
        logging_config=None,
    )


def document() -> bytes:
    """The API as OpenAPI 3.1, in JSON with sorted keys. Needs no database."""
    schema = litestar().openapi_schema.to_schema()
    return msgspec.json.format(msgspec.json.encode(schema, order="deterministic"), indent=1) + b"\n"
