"""What goes out: one message for one call, and every way in which that call can end."""

from __future__ import annotations

import msgspec

from guanxi.content import Content


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One message, already fitted to what the channel can carry.

    `to` is the identity's external id. `key` is our idempotency key, the same for every try of this message.
    `window` names the reply window that this send spends ('' for none) and `token` its reply token, if any.
    `file` holds the media's bytes and `file_url` a signed public address of it, when the content has media;
    `uploaded` is what `upload` returned for it, when the channel uploads first.
    `quotes` is the platform's id of the message that this one is about, ours or the customer's ('': none, or the channel shows
    no quotes: then the words quote it themselves), and `quote_token` what came with that message for quoting it.
    `post` is the post under which everybody will read it ('': it goes to that person alone), and `answers` the
    platform's id of what the customer said last before it was written.
    """

    to: str
    key: str
    content: Content
    thread: str = ""
    post: str = ""
    answers: str = ""
    quotes: str = ""
    quote_token: str = ""
    group: bool = False
    window: str = ""
    token: str = ""
    file_url: str = ""
    preview_url: str = ""
    uploaded: str = ""
    agent_name: str = ""


class Quota(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Messages of the running month that the account pays for or has free. `most` is None when there is no end."""

    used: int
    most: int | None = None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The platform took it. `external_ids` are the ids it gave, in order; receipts will name them. `quote_token` is what it
    wants of a later message that quotes this one ('': it names none)."""

    external_ids: tuple[str, ...] = ()
    quote_token: str = ""


class RetryLater(msgspec.Struct, frozen=True, kw_only=True):
    """Definitely not sent, and worth another try after `after` seconds (0: the usual backing off).

    `whole_inbox` says that the limit is the account's, so nothing else of this inbox goes meanwhile.
    """

    reason: str
    after: float = 0.0
    whole_inbox: bool = False


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """Definitely not sent and never will be. `reason` is a code with words in the channel's `words/`."""

    reason: str
    detail: str = ""


class WindowClosed(msgspec.Struct, frozen=True, kw_only=True):
    """Not sent: the platform says that the time or the number of replies is used up."""

    reason: str = "window_closed"
    detail: str = ""


class TokenRefused(msgspec.Struct, frozen=True, kw_only=True):
    """Not sent: the reply token is used or too old. Delivery goes on at once without it."""

    detail: str = ""


class AccessLost(msgspec.Struct, frozen=True, kw_only=True):
    """Not sent: the platform no longer accepts our credentials. The inbox pauses, its queue is kept."""

    reason: str
    detail: str = ""


Outcome = Sent | RetryLater | Rejected | WindowClosed | TokenRefused | AccessLost
