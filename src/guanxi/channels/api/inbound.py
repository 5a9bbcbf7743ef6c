"""What the application posts: messages of its people, and news of our replies."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal, cast

import msgspec

from guanxi.channel_kit import (
    PUBLIC,
    Access,
    Forged,
    Malformed,
    Parsed,
    Post,
    Receipt,
    Received,
    Reply,
    Request,
    Sender,
)
from guanxi.channel_kit.fields import branch, identifier, text, web_address
from guanxi.channel_kit.json import read_object
from guanxi.channels.api.manifest import LONGEST_TEXT
from guanxi.content import Content, File, Image, Media, Text

TAKEN = Reply(status=202, body=b'{"accepted":true}', type="application/json")
AUDIENCES = ("everyone", "members", "limited")
LONGEST_POST = 10_000
STATUSES = ("delivered", "read", "failed")
MOST_ATTRIBUTES = 30


def verify(request: Request, access: Access) -> None:
    """`authorization: Bearer TOKEN`, the token of the inbox. Raises Forged."""
    token = access.secrets.get("token", "")
    if not token:
        raise Forged("this inbox has no token")
    given = request.headers.get("authorization", "").encode("utf-8", "replace")
    if not hmac.compare_digest(given, f"Bearer {token}".encode()):
        raise Forged("the token is missing or wrong")


def acknowledge(request: Request, access: Access) -> Reply:
    """202: it is on disk, and is read a moment later."""
    return TAKEN


def parse(request: Request, access: Access) -> Sequence[Parsed]:
    """One message {id, from, sent_at, content, thread?, post?}, or one receipt {receipt: {message, status, at}}.
    Raises Malformed."""
    document = read_object(request.body)
    if receipt := branch(document, "receipt"):
        return [_receipt(receipt)]
    sender, message = branch(document, "from"), identifier(document, "id")
    person = identifier(sender, "id")
    if not message or not person:
        raise Malformed("a message needs `id` and `from.id`")
    return [
        Received(
            external_id=message,
            sender=Sender(
                external_id=person,
                name=text(sender, "name")[:200],
                avatar=web_address(sender, "avatar"),
                language=text(sender, "language")[:20],
                attributes=_attributes(sender),
            ),
            sent_at=_moment(text(document, "sent_at"), "sent_at"),
            content=_content(branch(document, "content")),
            thread=identifier(document, "thread"),
            quotes=identifier(document, "quotes"),
            post=_post(document),
        )
    ]


def _receipt(receipt: Any) -> Receipt:
    message, status = identifier(receipt, "message"), text(receipt, "status")
    if not message or status not in STATUSES:
        raise Malformed("a receipt needs `message`, and `status` delivered, read or failed")
    return Receipt(
        status=cast(Literal["delivered", "read", "failed"], status),
        at=_moment(text(receipt, "at"), "receipt.at"),
        external_id=message,
        reason=text(receipt, "reason")[:200] if status == "failed" else "",
    )


def _post(document: Any) -> Post | None:
    """What it was said under in public. Who names a post wrongly does not say it in private: Malformed."""
    if "post" not in document or document["post"] is None:
        return None
    post = branch(document, "post")
    id_, medium = identifier(post, "id"), text(post, "medium") or "comment"
    audience = text(post, "audience") or "everyone"
    if not id_ or medium not in PUBLIC or audience not in AUDIENCES:
        raise Malformed(
            "a `post` needs `id`; `medium` is comment, post or thread, `audience` everyone, members or limited"
        )
    at = text(post, "at")
    return Post(
        external_id=id_,
        medium=cast(Any, medium),
        audience=cast(Any, audience),
        author=text(post, "author")[:200],
        is_ours=post.get("is_ours") is True,
        text=text(post, "text")[:LONGEST_POST],
        url=web_address(post, "url"),
        posted_at=_moment(at, "post.at") if at else None,
    )


def _content(said: Any) -> Content:
    kind, words = text(said, "kind"), text(said, "text")[:LONGEST_TEXT]
    if kind == "text" and words.strip():
        return Text(words)
    url = web_address(said, "url")
    if kind == "image" and url:
        return Image(Media(remote=url), text=words)
    if kind == "file" and url:
        return File(Media(remote=url, name=text(said, "name")[:200]))
    raise Malformed("`content` is {kind: text, text}, {kind: image, url} or {kind: file, url, name}")


def _attributes(sender: Any) -> dict[str, str]:
    given = branch(sender, "attributes")
    return {name[:60]: text(given, name)[:500] for name in sorted(given)[:MOST_ATTRIBUTES] if text(given, name)}


def _moment(written: str, name: str) -> datetime:
    """ISO 8601 with a zone. Raises Malformed."""
    try:
        at = msgspec.convert(written, datetime)
        if at.tzinfo is None or not 1970 < at.year < 9000:
            raise Malformed(f"`{name}` needs a time zone and a sensible year")
        return at.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError, ValueError) as error:
        raise Malformed(f"`{name}` is no time of ISO 8601") from error
