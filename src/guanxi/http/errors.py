"""How requests are refused: one shape for all, {"error": code, "message": sentence, "fields"?: {name: code}}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from guanxi import (
    access,
    automation,
    contacts,
    conversations,
    inboxes,
    integrations,
    judging,
    macros,
    promises,
    routing,
    team,
    translating,
    views,
)
from guanxi.infra import media
from guanxi.infra.sql import is_passing

log = structlog.get_logger(__name__)

SENTENCES = {
    "bad_request": "The request cannot be read.",
    "not_signed_in": "Please sign in.",
    "wrong_credentials": "This e-mail and password do not belong together.",
    "code_needed": "Now the code of your authenticator.",
    "wrong_code": "This code is wrong, or has been used.",
    "second_factor_needed": "This workspace asks for a second factor. Set it up first.",
    "serves_elsewhere": "This colleague serves in another workspace, too, so only the installation can reset the sign-in.",
    "no_workspace": "You are of no workspace any more. Ask an admin for an invitation.",
    "workspaces_closed": "New workspaces are founded by whoever runs this installation: `guanxi workspace create`.",
    "too_many_workspaces": "These are enough workspaces for one person.",
    "oidc_other_account": "This person comes in by another account of the company.",
    "oidc_link_gone": "This link has been used or is too old. Ask for a new one.",
    "oidc_other_email": "The invitation is for another e-mail address.",
    "oidc_expired": "This took too long, or was begun in another browser. Begin again.",
    "prove_anew": "Show anew who you are first, by your company account or by a fresh link; then do it within ten minutes.",
    "csrf": "The request does not come from the desk. Reload the page.",
    "wrong_origin": "The request comes from another site.",
    "not_allowed": "Your role in this workspace does not allow this.",
    "scope": "This access token may not do this.",
    "desk_only": "This is done at the desk, by a person who is signed in, not with an access token.",
    "too_many_rules": "A workspace has at most a hundred rules.",
    "unknown_agent": "There is no such colleague in this workspace.",
    "unknown_queue": "There is no such queue in this workspace.",
    "unknown_language": "This is no language that is told apart here.",
    "cannot_quote": "This cannot be quoted here.",
    "no_translator": "This workspace has nobody who translates.",
    "not_translating": "Switch the translation of this conversation on first.",
    "bad_url": "This is no web address.",
    "no_model": "Say which model translates.",
    "empty_word": "A word has at least one letter.",
    "word_twice": "A word stands there twice for one language.",
    "too_many_words": "These are enough words of your own.",
    "no_minutes": "A rule about waiting says once after how many minutes.",
    "no_actions": "It does at least one thing.",
    "too_many_actions": "It does at most ten things.",
    "too_many_macros": "These are enough macros for one workspace.",
    "key_taken": "Another macro has this key.",
    "step_refused": "One of its steps cannot be done now, so nothing was.",
    "no_return": "Nothing would bring it back: say a time, or that the contact's word does.",
    "wrap_up_needed": "Here nothing is resolved without a wrap-up code: say which in `wrap_up_id`.",
    "unknown_code": "This is no wrap-up code that can be chosen.",
    "no_codes": "Before a wrap-up code can be asked for, there has to be one.",
    "too_many_codes": "These are enough wrap-up codes.",
    "window_closes_before": "By then the channel lets us write nothing more. Choose an earlier time.",
    "too_far": "This is too far ahead.",
    "too_many_planned": "Enough is planned in this conversation.",
    "overwritten": "Another device of yours has written here meanwhile.",
    "asked": "The contact has been asked already.",
    "too_many_conditions": "A rule asks at most twenty things.",
    "unknown_webhook": "There is no such webhook in this workspace.",
    "unknown_inbox": "There is no such inbox in this workspace.",
    "unknown_hours": "There are no such opening hours in this workspace.",
    "too_many_webhooks": "A workspace has at most ten webhooks.",
    "in_use": "Inboxes, other queues or open conversations are still sent there. Lead them elsewhere first.",
    "last_queue": "A workspace has at least one queue.",
    "in_a_circle": "These queues would send conversations to one another for ever.",
    "too_many_policies": "These are enough policies for one workspace.",
    "no_target": "A policy promises at least one thing.",
    "warns_too_early": "Somebody is warned only after the clock is seen.",
    "unknown_policy": "There is no such policy in this workspace.",
    "too_many_hours": "These are enough opening hours for one workspace.",
    "too_many_shifts": "These are too many lines for one plan.",
    "too_many_queues": "These are enough queues for one workspace.",
    "too_many_skills": "These are too many skills.",
    "not_offered": "This has gone on to somebody else.",
    "unknown_reason": "The workspace has no such reason to be busy.",
    "not_wrapping_up": "You are not wrapping up just now.",
    "lengthened_already": "It has been lengthened once, and that is all.",
    "paused": "It is paused. Take it up again first.",
    "too_many_tokens": "These are enough access tokens. Revoke one first.",
    "not_found": "There is nothing here.",
    "link_gone": "This link has been used or is too old. Ask for a new one.",
    "invalid": "Some fields cannot be saved as they are.",
    "bad_cursor": "The list has changed its order. Start from its beginning.",
    "too_many": "Too many tries. Wait a while.",
    "too_large": "This is too large.",
    "no_answer": "The platform gave no answer. Try again in a moment.",
    "menu_refused": "The platform does not accept this menu.",
    "newer_reply": "A colleague has answered meanwhile.",
    "is_public": "Everybody will read this. Say `public: true` if it is meant to be.",
    "moved_meanwhile": "A colleague has moved this conversation meanwhile. Look where it is now, then decide again.",
    "yours_already": "You have this conversation already.",
    "nobody_to_hand_back_to": "Nobody stepped in here, so there is nobody to hand it back to.",
    "passkeys_need_https": "Browsers keep passkeys for addresses that begin with https only. Set PUBLIC_URL to one.",
    "passkeys_need_name": "Browsers keep passkeys for names, not for numbers. Set PUBLIC_URL to an address with a name.",
    "passkey_refused": "This passkey cannot be used here. Begin again, or come in another way.",
    "too_many_passkeys": "These are enough passkeys. Remove one first.",
    "merged": "This conversation goes on in another one.",
    "other_identity": "They are with different identities: an answer would not reach both. Link them.",
    "other_post": "What is public stays under its own post. Link them.",
    "nothing_to_merge": "It takes two conversations.",
    "too_many_to_merge": "These are too many conversations at once.",
    "too_long_to_move": "These are too many messages at once.",
    "not_merged": "Nothing has been merged into this conversation.",
    "split_since": "A part of it has been split off since. Merge that back first.",
    "another_open": "The contact has another conversation open on the same thread.",
    "nothing_to_split": "None of these messages stands in this conversation.",
    "nothing_left": "Something has to stay in the conversation.",
    "same": "A conversation is not linked with itself.",
    "too_many_links": "These are enough links of one conversation.",
    "is_private": "This conversation is private.",
    "no_private_replies": "On this channel nothing can be said in private.",
    "no_words": "It says something, or something goes with it.",
    "too_many_groups": "These are enough groups of quick phrases.",
    "stale": "Somebody has changed this meanwhile. Look again, then save.",
    "last_admin": "A workspace needs at least one admin.",
    "role_taken": "There is a role of this name already.",
    "role_in_use": "Somebody has this role. Give them another one first.",
    "team_taken": "There is a team of this name already.",
    "too_many_teams": "These are enough teams for one workspace.",
    "team_serves_none": "This team serves no queue in which it could wait.",
    "team_serves_several": "This team serves several queues: say in `queue_id` which.",
    "last_to_serve": "A queue of this team would be served by nobody. Say first who serves there.",
    "too_many_roles": "There are enough roles. Remove one first.",
    "must_see_all": "Who may set these things up reaches every conversation, so this role has to see all of them.",
    "more_than_own": "Nobody gives, changes or takes away more than he may himself.",
    "nothing_to_compare": "Say what the attribute is compared with.",
    "unknown_time_zone": "There is no such time zone.",
    "email_taken": "Somebody with this e-mail is here already. Sign in instead.",
    "platform_away": "The platform does not answer. Try again in a moment.",
    "cannot_recall": "This message cannot be taken back.",
    "too_late_to_recall": "The platform takes a message back only for a while after it was sent, and that is over.",
    "platform_refused": "The platform refused it.",
    "unavailable": "Try again in a moment.",
    "server": "Something is broken on our side. It has been written down.",
}
CONFLICTS = frozenset(
    {
        "newer_reply",
        "stale",
        "another_open",
        "taken",
        "shortcut_taken",
        "key_taken",
        "last_admin",
        "email_taken",
        "serves_elsewhere",
        "is_public",
        "is_private",
        "in_use",
        "role_in_use",
        "role_taken",
        "team_taken",
        "last_to_serve",
        "last_queue",
        "not_offered",
        "unknown_reason",
        "not_wrapping_up",
        "lengthened_already",
        "moved_meanwhile",
        "yours_already",
        "nobody_to_hand_back_to",
        "merged",
        "other_identity",
        "other_post",
        "not_merged",
        "split_since",
    }
)


class Refusal(Exception):
    """A door says no. `more` are further members of the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        fields: Mapping[str, str] | None = None,
        retry_after: int = 0,
        more: Mapping[str, str | int] | None = None,
        location: str = "",
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.fields = fields
        self.retry_after = retry_after
        self.more = more or {}
        self.location = location


def body(code: str, *, fields: Mapping[str, str] | None = None, more: Mapping[str, str | int] | None = None) -> bytes:
    """The answer's JSON."""
    members: dict[str, Any] = {"error": code, "message": SENTENCES.get(code, "This cannot be done."), **(more or {})}
    if fields:
        members["fields"] = fields
    return msgspec.json.encode(members)


def not_found() -> Refusal:
    return Refusal(404, "not_found")


def refusal_of(error: Exception) -> Refusal:
    """What a caller hears of an error. Anything unforeseen is 500, and says nothing of itself."""
    match error:
        case Refusal():
            return error
        case conversations.NotFound() | contacts.NotFound() | inboxes.NotFound() | routing.NotFound() | team.NotFound():
            return not_found()
        case integrations.NotFound() | automation.NotFound() | promises.NotFound() | macros.NotFound():
            return not_found()
        case inboxes.Refused(code=code, fields=fields) | integrations.Refused(code=code, fields=fields):
            return Refusal(409 if code in CONFLICTS else 422, code, fields=fields)
        case conversations.Refused(code=code, details=details):
            return Refusal(409 if code in CONFLICTS else 422, code, more=details)
        case team.WrongValues(keys=keys):
            return Refusal(422, "invalid", fields={f"attributes.{key}": "invalid" for key in keys})
        case automation.Refused(code=code) | judging.Refused(code=code) | translating.Refused(code=code):
            return Refusal(409 if code in CONFLICTS else 422, code)
        case routing.Refused(code=code, details=details):
            return Refusal(409 if code in CONFLICTS else 422, code, more=details)
        case (
            contacts.Refused(code=code)
            | promises.Refused(code=code)
            | team.Refused(code=code)
            | macros.Refused(code=code)
        ):
            return Refusal(409 if code in CONFLICTS else 422, code)
        case media.Refused(code=code):
            return Refusal(413 if code == "too_large" else 422, code)
        case access.LinkGone():
            return Refusal(404, "link_gone")
        case access.TooMany(seconds=seconds):
            return Refusal(429, "too_many", retry_after=seconds)
        case access.TooManyTokens():
            return Refusal(422, "too_many_tokens")
        case views.BadCursor():
            return Refusal(422, "bad_cursor")
        case ValidationException(extra=extra):
            return Refusal(422, "invalid", fields=_fields(extra))
        case HTTPException(status_code=404 | 405):
            return not_found()
        case HTTPException(status_code=413):
            return Refusal(413, "too_large")
        case HTTPException(status_code=status) if status < 500:
            return Refusal(status, "bad_request")
        case RecursionError():
            return Refusal(400, "bad_request")
        case UnicodeEncodeError():
            return Refusal(422, "invalid")
        case asyncpg.InterfaceError() if isinstance(error, ValueError):  # a number too large for its column, and such
            return Refusal(422, "invalid")
        case _ if is_passing(error) or isinstance(error, TimeoutError):
            return Refusal(503, "unavailable", retry_after=1)
        case asyncpg.PostgresError(sqlstate=str(state)):
            return _of_database(state)
        case _:
            return Refusal(500, "server")


def _of_database(state: str) -> Refusal:
    """Class 22: what was given cannot be kept as it is (a NUL in a text)."""
    return Refusal(422, "invalid") if state.startswith("22") else Refusal(500, "server")


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The framework's handler for every exception."""
    refusal = refusal_of(error)
    if refusal.status == 500:
        log.error("http.broken", path=request.scope.get("path_template", ""), problem=repr(error), exc_info=error)
    headers = {"retry-after": str(refusal.retry_after)} if refusal.retry_after else {}
    if refusal.location:
        headers["location"] = refusal.location
    return Response(
        body(refusal.code, fields=refusal.fields, more=refusal.more),
        status_code=refusal.status,
        media_type="application/json",
        headers=headers,
    )


def _fields(extra: Any) -> dict[str, str]:
    if not isinstance(extra, list):
        return {}
    return {str(one.get("key", "")): "invalid" for one in extra if isinstance(one, dict) and one.get("key")}
