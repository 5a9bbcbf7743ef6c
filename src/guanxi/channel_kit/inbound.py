"""What comes in: the raw request, what a channel reads in it, and how it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from guanxi.channel_kit.public import Post
from guanxi.content import Content

EMPTY: Mapping[str, Any] = MappingProxyType({})


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One call at a webhook address, exactly as it arrived. Header names are lower-case.

    `number` and `received_at` are ours, and given to `parse` alone: under which number of its inbox the request is kept,
    and since when. They stand in where a platform tells no id or no time.
    """

    method: str = "POST"
    query: Mapping[str, str] = EMPTY
    headers: Mapping[str, str] = EMPTY
    body: bytes = b""
    number: int = 0
    received_at: datetime | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered at the webhook address."""

    status: int = 200
    body: bytes = b""
    type: str = "text/plain; charset=utf-8"


class Forged(Exception):
    """The request does not prove that it comes from the platform. Nothing of it is stored; answered with 401.

    The message says, for the shop's own log, which check failed; it never carries a secret.
    """


class Malformed(Exception):
    """A genuine request that cannot be read. The raw body is kept, thanked, and put into quarantine."""


class Sender(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who speaks, by the platform's own id. `kind` is 'group' for a group or room that people speak in.

    `updates`: what stands here was said anew (by the shop, by himself), so a known contact is brought up to date with
    it, except where an agent has written something else. `evidence` says who he is on other accounts of the same owner
    (unionid); it is kept with the identity and shown to nobody. A channel gives only what is proved.
    """

    external_id: str
    name: str = ""
    avatar: str = ""
    kind: Literal["person", "group"] = "person"
    language: str = ""
    attributes: Mapping[str, str] = EMPTY
    evidence: Mapping[str, str] = EMPTY
    updates: bool = False


class Opening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reply window that this event opens: `by` names a ReplyWindow of the manifest.

    `token` is the platform's one-time reply token, where answering needs one.
    """

    by: str
    token: str = ""


class Received(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="received"):
    """A customer said something. `external_id` is stable across redeliveries; `sent_at` has a time zone.

    `thread` tells several conversations of one identity apart (a post, a mail thread); '' for a plain chat.
    `group` is set when the conversation is the group's, and `sender` is then the person who speaks in it.
    `quotes` is the external id of the message that this one quotes, ours or theirs. `quote_token` is what the platform
    wants of an answer that quotes this one, `read_token` what `mark_read` hands back to it.
    `post`: said in public under it; without one it was said to us alone. One author has one conversation under a post.
    """

    external_id: str
    sender: Sender
    sent_at: datetime
    content: Content
    thread: str = ""
    post: Post | None = None
    group: Sender | None = None
    opens: tuple[Opening, ...] = ()
    quotes: str = ""
    quote_token: str = ""
    read_token: str = ""


class Happened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="happened"):
    """Something happened that is not a message: follow, unfollow, scan, click, unsend, postback…

    `what` is our word. `message_external_id` names the message that an unsend or an edit is about.
    `content` is what that message says since an edit.
    `closes` names reply windows that are over by it; what it `opens` is opened after that.
    `opens_conversation`: the customer acted on purpose (a postback), so somebody has to look, as at a message.
    """

    external_id: str
    what: str
    sender: Sender
    sent_at: datetime
    thread: str = ""
    group: Sender | None = None
    details: Mapping[str, str] = EMPTY
    message_external_id: str = ""
    content: Content | None = None
    opens_conversation: bool = False
    opens: tuple[Opening, ...] = ()
    closes: tuple[str, ...] = ()


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="receipt"):
    """News of a message that we sent. `external_id` is the id the platform gave it; `up_to` folds reads:
    everything that we sent to `sender` until `at` has reached `status`."""

    status: Literal["sent", "delivered", "read", "failed"]
    at: datetime
    external_id: str = ""
    sender: Sender | None = None
    up_to: bool = False
    reason: str = ""


class Nudge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="nudge"):
    """The platform says only that there is something to fetch; `pull` goes for it.

    `settings` names the inboxes that are meant: those of this channel and workspace that have these settings; none
    names the inbox at whose address it came. So one address serves every account of an app.
    """

    cursor_key: str = ""
    token: str = ""
    settings: Mapping[str, str] = EMPTY


Parsed = Received | Happened | Receipt | Nudge


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A file fetched from the platform."""

    body: bytes
    type: str = ""
    name: str = ""


class FileGone(Exception):
    """The platform says for good that it has no such file. The argument is a short code for `Media.problem`."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform tells about a person. Empty fields are unknown, not removed."""

    name: str = ""
    avatar: str = ""
    language: str = ""
    attributes: Mapping[str, str] = EMPTY
