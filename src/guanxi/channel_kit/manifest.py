"""What a channel says about itself. Three readers: delivery, the desktop, and the conformance test."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from guanxi.channel_kit.crossing import CrossingWay
from guanxi.channel_kit.showing import CodeLimit, MenuLimit

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the form that connects an inbox. Title and help are words `setting.KEY` and `setting.KEY.help`.

    `secret` fields are sealed at rest and never shown again. `generate` lets the form offer a random value.
    `only`, as in 'way=bot': it is asked for while another field, of kind choice, says that.
    `pattern` is a linear-time regular expression that the whole value has to match.
    """

    key: str
    kind: Literal["text", "secret", "choice", "switch"] = "text"
    required: bool = True
    choices: tuple[str, ...] = ()
    default: str = ""
    pattern: str = ""
    generate: Literal["", "token", "aes_key"] = ""
    advanced: bool = False
    only: str = ""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one kind a channel carries. 0 means no limit known. `bytes` counts UTF-8 for text; `counted` says how the
    platform counts characters: whole ones, or the UTF-16 units of which an emoji has two or more.

    `options` is how many answers or buttons go at most (0: none), `label` the characters of each, `title` those of a
    card's title. `needs` names members that the channel cannot do without: url, media.
    """

    characters: int = 0
    counted: Literal["", "utf16"] = ""
    bytes: int = 0
    types: tuple[str, ...] = ()
    seconds: int = 0
    title: int = 0
    options: int = 0
    label: int = 0
    needs: tuple[str, ...] = ()


class ReplyWindow(msgspec.Struct, frozen=True, kw_only=True):
    """How many replies (0: any number), for how many seconds, once `by` has happened.

    `token`: each opening carries a one-time reply token. `required`: with no such window open nothing can be
    sent; a channel whose windows are all not required can always send, only dearer. Windows are of what is said to one
    person alone: in public none is asked for. `greets`: it is given for a first word that nobody has to think of; `ends`: for a
    last one, when we end the talk (`Channel.end`); `waits`: for saying that he waits, once the talk is left to the platform's
    own agents (`Channel.hand_over`): as long as it stands, spent or not, he waits there.
    """

    by: str
    replies: int
    seconds: int
    token: bool = False
    required: bool = True
    greets: bool = False
    ends: bool = False
    waits: bool = False


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """The capability table. `exempt` names a promise of the conformance kit that does not hold, with the reason.

    `public_sends`: what can be said in public, under a post; with any of it the channel has public conversations.

    `rating`: how the channel can ask what a conversation was like: in a way of its own, or by `choices` whose ids come
    back as `chosen`; an inbox's setting `rating` wants it at the end of each.

    `recall_within`: for so many seconds after the send a message can be taken back; 0 where no limit is known.

    `quotes`: kinds of ours that can show what they are about as the platform's own quote, named by its id, or (`quote_by`) by the
    token that came with it. All others quote in their words, if they have any.

    `unconfirmed` names the limits that no page of the platform settles ("sends.image", "reply_windows.mention.replies",
    "recall_within"): they are as far as is known. Each limit, confirmed or not, can be said otherwise for one inbox
    (`limits_as_set`).

    `idempotent_send`: a repeated send under the same key is one message at the platform. It never covers a send
    that spends a reply token. `outside_window`: kinds that need no
    open reply window. `menu`: the account shows a standing menu so large; `codes`: it makes codes to scan.

    `crosses`: how a customer brings the code by which he goes on here with a conversation of another channel; '' where he
    cannot.
    """

    receives: tuple[str, ...]
    sends: Mapping[str, Limit]
    public_sends: Mapping[str, Limit] = NOTHING
    happens: tuple[str, ...] = ()
    reply_windows: tuple[ReplyWindow, ...] = ()
    receipts: tuple[Literal["sent", "delivered", "read", "failed"], ...] = ()
    typing: bool = False
    recall: bool = False
    recall_within: int = 0
    idempotent_send: bool = False
    rating: Literal["", "own", "choices"] = ""
    quotes: tuple[str, ...] = ()
    quote_by: Literal["id", "token"] = "id"
    outside_window: tuple[str, ...] = ()
    crosses: Literal[""] | CrossingWay = ""
    menu: MenuLimit | None = None
    codes: CodeLimit | None = None
    unconfirmed: tuple[str, ...] = ()
    exempt: Mapping[str, str] = NOTHING


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`signs`: what of an inbound request the platform signs; sealed: what is sealed in its body, and only that is read.
    `medium` of the private conversations it opens; those under a post have the post's.

    `hosts` are the addresses that the channel calls by default; an inbox may be pointed at another base address
    by the advanced setting `api_base` (a test platform, a proxy).
    """

    key: str
    title: str
    medium: Literal["chat", "mail", "call"] = "chat"
    signs: Literal["body", "sealed", "query", "secret", "none"]
    settings: tuple[Setting, ...] = ()
    capabilities: Capabilities
    webhook: bool = True
