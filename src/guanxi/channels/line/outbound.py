"""LINE out: reply by token or push by key, files, profiles, the loading animation, and a check of the credentials.

Facts: the Messaging API reference on sending messages, on retrying failed requests, and its status codes.
"""

from __future__ import annotations

from urllib.parse import quote

from guanxi.channel_kit import (
    Access,
    AccessLost,
    Answer,
    Crossing,
    Download,
    FileGone,
    MaybeSent,
    NotSent,
    Outcome,
    Outgoing,
    Profile,
    Quota,
    Rejected,
    RetryLater,
    Sent,
    TokenRefused,
)
from guanxi.channel_kit.fields import identifier, items, number, text, web_address, whole
from guanxi.channels.line.asking import ask, base, bearer, complaint, token_of
from guanxi.channels.line.saying import needs_address, said
from guanxi.content import Media, kind_of


async def send(outgoing: Outgoing, access: Access) -> Outcome:
    """Hand over one message: by the reply token when there is one (free of charge), else as a push.

    A push may be repeated under its key for 24 hours; a reply knows no key. What is not clearly answered raises
    MaybeSent.
    """
    message = said(outgoing, access)
    if message is None:
        return Rejected(reason="not_supported", detail=kind_of(outgoing.content))
    if needs_address(outgoing.content) and not outgoing.file_url:
        return Rejected(reason="no_public_address")
    if outgoing.token:
        return _replied(
            await ask(access, "POST", "/v2/bot/message/reply", {"replyToken": outgoing.token, "messages": [message]})
        )
    return _pushed(
        await ask(
            access,
            "POST",
            "/v2/bot/message/push",
            {"to": outgoing.to, "messages": [message]},
            headers={"x-line-retry-key": outgoing.key},
        )
    )


def _replied(answer: Answer) -> Outcome:
    if answer.status == 400 and "reply token" in complaint(answer).lower():
        return TokenRefused(detail=complaint(answer))
    return _outcome(answer)


def _pushed(answer: Answer) -> Outcome:
    if answer.status == 409:  # this key was accepted before: the answer to that was lost on its way
        return _sent(answer)
    return _outcome(answer)


def _outcome(answer: Answer) -> Outcome:
    said_so = _named(answer, complaint(answer))
    match answer.status:
        case 200:
            return _sent(answer)
        case 400 | 409 | 415:
            return Rejected(reason="bad_request", detail=said_so)
        case 401:
            return AccessLost(reason="token_refused", detail=said_so)
        case 403:
            return AccessLost(reason="not_allowed", detail=said_so)
        case 404 | 410:
            return Rejected(reason="unknown_person", detail=said_so)
        case 413:
            return Rejected(reason="too_large", detail=said_so)
        case 429 if "monthly limit" in said_so.lower():
            # Replies by token stay free, so the inbox goes on.
            return Rejected(reason="monthly_quota", detail=said_so)
        case 429:
            return RetryLater(reason="too_fast", after=_patience(answer), whole_inbox=True)
        case status if 400 <= status < 500 and status != 408:
            return Rejected(reason="status", detail=f"{status} {said_so}")
        case status:
            raise MaybeSent(f"status {status}")


def _named(answer: Answer, said_so: str) -> str:
    """With the id under which LINE's support finds the request."""
    request_id = answer.headers.get("x-line-request-id", "")[:80]
    return f"{said_so} ({request_id})".strip() if request_id else said_so


def _sent(answer: Answer) -> Sent:
    """Its ids, and the token by which it can be quoted: the reference on `sentMessages` of a push and of a reply."""
    told = items(answer.json(), "sentMessages")
    ids = tuple(external_id for message in told if (external_id := identifier(message, "id")))
    return Sent(external_ids=ids, quote_token=token_of(told[0], "quoteToken") if told else "")


def _patience(answer: Answer) -> float:
    return min(max(number(dict(answer.headers), "retry-after") or 1.0, 1.0), 3600.0)


async def fetch_media(media: Media, access: Access) -> Download:
    """The file of a message (by its id) or at an address elsewhere. Raises NotSent while LINE still prepares it."""
    if web_address({"url": media.remote}, "url"):
        answer = await access.http("GET", media.remote)
    else:
        path = f"/v2/bot/message/{quote(media.remote, safe='')}/content"
        answer = await access.http("GET", base(access, "data_base") + path, headers=bearer(access))
    if answer.status in (404, 410):
        raise FileGone("expired")
    if answer.status != 200:
        raise NotSent("still preparing" if answer.status == 202 else f"status {answer.status}")
    return Download(body=answer.body, type=answer.headers.get("content-type", "").partition(";")[0].strip().lower())


async def profile(external_id: str, access: Access) -> Profile | None:
    """A person's (U…), a group's (C…) or, by 'GROUP/PERSON', a group member's name and picture. None when not told."""
    place, _, person = external_id.rpartition("/")
    if place:
        kind = "room" if place.startswith("R") else "group"
        path = f"/v2/bot/{kind}/{quote(place, safe='')}/member/{quote(person, safe='')}"
    elif external_id.startswith("C"):
        path = f"/v2/bot/group/{quote(external_id, safe='')}/summary"
    elif external_id.startswith("R"):
        return None
    else:
        path = f"/v2/bot/profile/{quote(external_id, safe='')}"
    answer = await ask(access, "GET", path)
    if answer.status != 200:
        return None
    told = answer.json()
    status = text(told, "statusMessage")
    return Profile(
        name=text(told, "displayName") or text(told, "groupName"),
        avatar=web_address(told, "pictureUrl"),
        language=text(told, "language"),
        attributes={"status_message": status} if status else {},
    )


async def typing(external_id: str, on: bool, access: Access) -> None:
    """The loading animation, for people only; it ends by itself or when our message arrives."""
    if not on or not external_id.startswith("U"):
        return
    try:
        await ask(access, "POST", "/v2/bot/chat/loading/start", {"chatId": external_id, "loadingSeconds": 20})
    except (NotSent, MaybeSent):
        return


async def mark_read(token: str, access: Access) -> None:
    """The message with this token and all before it have been read. A refusal is not worth another try."""
    await ask(access, "POST", "/v2/bot/chat/markAsRead", {"markAsReadToken": token})


async def quota(access: Access) -> Quota | None:
    """What of the month's messages is used; replies by token are not counted there."""
    limit = await ask(access, "GET", "/v2/bot/message/quota")
    if limit.status != 200:
        return None
    used = await ask(access, "GET", "/v2/bot/message/quota/consumption")
    if used.status != 200:
        return None
    told = limit.json()
    most = whole(told, "value") if text(told, "type") == "limited" else None
    return Quota(used=max(whole(used.json(), "totalUsage"), 0), most=most)


async def crossing(code: str, access: Access) -> Crossing | Outcome:
    """The chat with the account, the code written already. Facts: LINE URL schemes, line.me/R/oaMessage/ID/?TEXT."""
    answer = await ask(access, "GET", "/v2/bot/info")
    account = text(answer.json(), "basicId") if answer.status == 200 else ""
    if not account:
        return Rejected(reason="status", detail=f"{answer.status} {complaint(answer)}".strip())
    address = f"https://line.me/R/oaMessage/{quote(account, safe='')}/?{quote(code)}"
    return Crossing(address=address, scan=address)


async def check(access: Access) -> str:
    """Ask who we are. Returns '' or `CODE` or `CODE:detail`."""
    try:
        answer = await ask(access, "GET", "/v2/bot/info")
    except (NotSent, MaybeSent) as error:
        return f"unreachable:{error}"
    match answer.status:
        case 200:
            return ""
        case 401:
            return "token_refused"
        case 403:
            return "not_allowed"
        case status:
            return f"status:{status} {complaint(answer)}".strip()
