"""What is said in public: comments under our posts, comments and posts that mention us. Fetched page by page, the newest
first, as the platform gives them.

Facts: comments/to_me, comments/mentions and statuses/mentions (since_id, max_id, count up to 200).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from guanxi.channel_kit import (
    Access,
    AccessLost,
    Happened,
    Malformed,
    NotSent,
    Page,
    Parsed,
    Post,
    Pull,
    Received,
    RetryLater,
    Sender,
)
from guanxi.channel_kit.fields import branch, identifier, items, text, web_address, whole
from guanxi.channel_kit.json import read_object
from guanxi.channels.weibo.asking import Refused, ask
from guanxi.channels.weibo.codes import outcome_of, until_reset
from guanxi.channels.weibo.moment import moment_of
from guanxi.content import Content, Image, Media, Text

# feed → (path, the member that holds its items)
FEEDS: Mapping[str, tuple[str, str]] = {
    "comments": ("/2/comments/to_me.json", "comments"),
    "comment_mentions": ("/2/comments/mentions.json", "comments"),
    "mentions": ("/2/statuses/mentions.json", "statuses"),
}
MOST = 100  # of one page
WATCHED = 40  # so many of the newest comments are looked at again, to see whether they are still there
LARGEST = 4 * 1024 * 1024
BEGINNING = datetime(2009, 8, 14, tzinfo=UTC)  # of Weibo


Known = tuple[int, str]  # an id, and whose it is


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """`seen` is the newest that is known, the newest first. While a page has more behind it, `below` says from where to go
    on, `found` what the pages above held, and `seen` stays. Up to `floor` nothing is read: it was there at the first look."""

    seen: tuple[Known, ...] = ()
    floor: int = 0
    below: int = 0
    found: tuple[Known, ...] = ()


def polls(access: Access) -> Mapping[str, int]:
    """How often each feed is looked at, in seconds; none without the token that may read them."""
    if not access.secrets.get("user_token"):
        return {}
    seconds = access.settings.get("poll_seconds", "")
    every = int(seconds) if seconds.isdecimal() and int(seconds) > 0 else 60
    return dict.fromkeys(FEEDS, every)


async def pull(wanted: Pull, access: Access) -> Page | RetryLater | AccessLost:
    """One page of one feed. At the first time it only notes where the feed stands: what was said before the account was
    connected has been answered elsewhere. Repeats nothing but what it watches; a page in which nothing is new is empty."""
    if wanted.key not in FEEDS:
        return Page(cursor=wanted.cursor)
    path, member = FEEDS[wanted.key]
    cursor = _cursor(wanted.cursor)
    query = {"count": str(MOST)}
    if cursor is not None:
        query |= {"since_id": str(max(0, min((number for number, _ in cursor.seen), default=1) - 1))}
        query |= {"max_id": str(cursor.below)} if cursor.below else {}
    try:
        answer = await ask(access, "GET", path, by="user_token", query=query, limit=LARGEST)
    except Refused as refusal:
        outcome = outcome_of(refusal, access, by="user_token")
        if isinstance(outcome, RetryLater) and outcome.reason == "quota" and not refusal.after:
            return msgspec.structs.replace(outcome, after=await until_reset(access))
        return (
            outcome if isinstance(outcome, RetryLater | AccessLost) else RetryLater(reason="feed_refused", after=300.0)
        )
    told = _page(answer.body, member)
    held = {number: _author(one) for one in items(told, member) if (number := int(_number(one) or 0))}
    here: list[Known] = sorted(held.items(), reverse=True)
    if cursor is None:
        return Page(cursor=_written(Cursor(seen=tuple(here[:WATCHED]), floor=here[0][0] if here else 0)))
    ids, known = [number for number, _ in here], {number for number, _ in cursor.seen}
    above = tuple(dict((*cursor.found, *here)).items())
    is_last = len(here) < MOST or ids[-1] <= min(known, default=0)
    gone = _gone(cursor, {number for number, _ in above}, ids, is_last=is_last)
    if is_last:
        standing = dict((*cursor.seen, *above)).items() - set(gone)
        after = Cursor(seen=tuple(sorted(standing, reverse=True)[:WATCHED]), floor=cursor.floor)
    else:
        after = Cursor(seen=cursor.seen, floor=cursor.floor, below=ids[-1] - 1, found=above[:WATCHED])
    if not gone and known.issuperset(ids):
        return Page(cursor=_written(after), more=not is_last)
    query = {"feed": wanted.key} | ({"floor": str(cursor.floor)} if cursor.floor else {})
    query |= {"gone": ",".join(f"{number}:{whose}" for number, whose in gone)} if gone else {}
    return Page(cursor=_written(after), body=answer.body, query=query, more=not is_last)


def _gone(cursor: Cursor, above: set[int], ids: Sequence[int], *, is_last: bool) -> list[Known]:
    """What is known and this page would have held, and does not: taken back, or taken away."""
    if not above.intersection(number for number, _ in cursor.seen):
        return []  # none of them at all: that is the platform's own silence, not forty people who thought better of it
    top, bottom = cursor.below or 2**63, 0 if is_last or not ids else ids[-1]
    return [(number, whose) for number, whose in cursor.seen if bottom <= number <= top and number not in above]


def _page(body: bytes, member: str) -> Mapping[str, Any]:
    try:
        told = read_object(body, largest=LARGEST)
    except Malformed as error:
        raise NotSent(f"the page cannot be read: {error}") from error
    if not isinstance(told.get(member), list):
        raise NotSent(f"the page holds no {member}")
    return told


def _cursor(written: str) -> Cursor | None:
    try:
        return msgspec.json.decode(written, type=Cursor) if written else None
    except msgspec.DecodeError:
        return None


def _written(cursor: Cursor) -> str:
    return msgspec.json.encode(cursor).decode()


def read(document: Mapping[str, Any], query: Mapping[str, str], access: Access) -> Sequence[Parsed]:
    """What a page says. One item that makes no sense is left out; Malformed when none of several does."""
    feed = query.get("feed", "")
    member = FEEDS.get(feed, ("", "statuses" if "statuses" in document else "comments"))[1]
    ours = access.settings.get("uid", "")
    written = query.get("floor", "")
    floor = int(written) if written.isdecimal() and len(written) < 20 else 0
    told: list[Parsed] = []
    wrong = 0
    for item in items(document, member):
        try:
            read_one = _status(item) if member == "statuses" else _comment(item, ours)
        except Malformed:
            wrong += 1
            continue
        if read_one.sender.external_id != ours and int(read_one.external_id.partition(":")[2]) > floor:
            told.append(read_one)
    if wrong and not told and wrong == len(items(document, member)):
        raise Malformed("no item of the page can be read")
    kind = "status" if member == "statuses" else "comment"
    at = max((one.sent_at for one in told if isinstance(one, Received)), default=BEGINNING)
    for number, _, whose in (one.partition(":") for one in query.get("gone", "").split(",")):
        if number.isdecimal() and whose:  # nobody says when, or by whom: only the message that it is about counts
            told.append(
                Happened(
                    external_id=f"gone:{kind}:{number}",
                    what="unsend",
                    sender=Sender(external_id=whose),
                    sent_at=at,
                    message_external_id=f"{kind}:{number}",
                )
            )
    return told


def _comment(item: Any, ours: str) -> Received:
    status, sender = branch(item, "status"), _sender(branch(item, "user"))
    number, post = _number(item), _number(status)
    if not number or not post or not sender.external_id:
        raise Malformed("a comment without an id, a post or an author")
    author = branch(status, "user")
    writer = identifier(author, "idstr") or identifier(author, "id")
    return Received(
        external_id=f"comment:{number}",
        sender=sender,
        sent_at=moment_of(text(item, "created_at")),
        content=Text(text(item, "text")),
        post=_post(
            status,
            "post" if writer and writer == sender.external_id else "comment",
            is_ours=bool(ours) and writer == ours,
        ),
    )


def _status(item: Any) -> Received:
    sender, number = _sender(branch(item, "user")), _number(item)
    if not number or not sender.external_id:
        raise Malformed("a post without an id or an author")
    picture = web_address(item, "original_pic")
    said = text(item, "text")
    content: Content = Image(Media(remote=picture), text=said) if picture else Text(said)
    return Received(
        external_id=f"status:{number}",
        sender=sender,
        sent_at=moment_of(text(item, "created_at")),
        content=content,
        post=_post(item, "post", is_ours=False),
    )


def _post(status: Mapping[str, Any], medium: str, *, is_ours: bool) -> Post:
    number, said = _number(status), text(status, "text")
    again = branch(status, "retweeted_status")
    if again:
        said = f"{said}\n↪ @{text(again, 'user', 'screen_name')}: {text(again, 'text')}"
    try:
        posted_at = moment_of(text(status, "created_at"))
    except Malformed:
        posted_at = None
    return Post(
        external_id=number,
        medium="post" if medium == "post" else "comment",
        audience="everyone" if whole(status, "visible", "type") == 0 else "limited",
        author=text(status, "user", "screen_name")[:200],
        is_ours=is_ours,
        text=said,
        url=address_of(number),
        posted_at=posted_at,
    )


def _sender(user: Mapping[str, Any]) -> Sender:
    return Sender(
        external_id=identifier(user, "idstr") or identifier(user, "id"),
        name=text(user, "screen_name")[:200],
        avatar=web_address(user, "avatar_large") or web_address(user, "profile_image_url"),
        language=text(user, "lang").replace("_", "-")[:20],
    )


def _author(item: Any) -> str:
    user = branch(item, "user")
    return identifier(user, "idstr") or identifier(user, "id")


def _number(item: Any) -> str:
    """The id, which is a number: as text where the platform gives it so, for some readers cut long numbers off."""
    number = identifier(item, "idstr") or identifier(item, "id")
    return number if number.isdecimal() else ""


def address_of(number: str) -> str:
    return f"https://m.weibo.cn/detail/{number}"
