"""A channel: a frozen table of functions. Nothing to inherit, nothing to override."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from guanxi.channel_kit.access import Access
from guanxi.channel_kit.approved import OfferedTemplate
from guanxi.channel_kit.crossing import Crossing
from guanxi.channel_kit.inbound import Download, Opening, Parsed, Profile, Reply, Request
from guanxi.channel_kit.introducing import Introduced
from guanxi.channel_kit.manifest import Manifest
from guanxi.channel_kit.outbound import AccessLost, Outcome, Outgoing, Quota, RetryLater
from guanxi.channel_kit.pulling import Page, Pull
from guanxi.channel_kit.showing import Code, MenuButton, MenuProblem
from guanxi.channel_kit.side_page import PageSignature
from guanxi.content import Media

THANKS = Reply()


def thank(request: Request, access: Access) -> Reply:
    """The acknowledgement of most platforms: 200 and an empty body."""
    return THANKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One kind of place where customers speak.

    verify       raises Forged unless the request proves itself; on the raw bytes; pure
    parse        raw request → what was said; pure; the same for the same bytes; raises Malformed
    send         ONE call to the provider → Outcome; NotSent and MaybeSent of `access.http` may pass through
    acknowledge  what a stored request is answered with; pure
    greet        what a GET at the address is answered with (echostr, hub.challenge); raises Forged
    pull         the next page of a feed, from a cursor; may make several calls; NotSent and MaybeSent may pass through
    polls        which feeds are fetched without a nudge, and after how many seconds again; pure
    fetch_media  the file behind `media.remote`; raises FileGone when there is none, for good
    upload       hands a file to the platform before the send → what `Outgoing.uploaded` will carry
    profile      what the platform tells about a person or a group, or None; 'GROUP/PERSON' asks for somebody who
                 speaks in a group
    introduction the platform's page on which somebody tells who he is: (where he comes back to, a state of letters and
                 digits that comes back with him, with name and picture or only who, access); pure
    introduced   who came back with this query, or None
    page_signature  what lets a page of ours at this address (then: the time, a nonce, access) ask the script of the
                 platform's own app whom one writes with there; an outcome says why not
    quota        how many messages the account may still send, or None when the platform does not tell
    typing       shows the customer that somebody writes; failure is silent
    mark_read    shows the customer that everything up to the message of this `read_token` has been read; only where the
                 inbox's setting `mark_read` wants it; failure is silent
    end          tells the platform that the talk with a person is over, when a conversation is resolved; only where the
                 inbox's setting `end_on_resolve` wants it. His reply windows are closed by it; returns what it opens for
                 a last word, or None when the talk is not ours to end
    hand_over    leaves the talk with a person to the platform's own agents, when he writes and nobody of ours is online; only
                 where the inbox's setting `hand_over` wants it. Returns what it opens for a word that he has to wait, or
                 None when the talk is not ours to leave
    recall       takes a sent message back
    templates    the approved templates of the account
    publish_menu shows a standing menu, or none; returns why not, at which button
    make_code    makes a code that says a scene, for so many days (0: for ever)
    crossing     where the chat with this account is opened with the code by which a customer goes on there
    check        tries the credentials; returns '' or `CODE` or `CODE:detail` of what is wrong (words `check.CODE`, with
                 `{detail}` where a sentence needs it); 'not_asked' where there is nobody whom one could ask
    """

    manifest: Manifest
    verify: Callable[[Request, Access], None]
    parse: Callable[[Request, Access], Sequence[Parsed]]
    send: Callable[[Outgoing, Access], Awaitable[Outcome]]
    acknowledge: Callable[[Request, Access], Reply] = thank
    greet: Callable[[Request, Access], Reply] | None = None
    pull: Callable[[Pull, Access], Awaitable[Page | RetryLater | AccessLost]] | None = None
    polls: Callable[[Access], Mapping[str, float]] | None = None
    fetch_media: Callable[[Media, Access], Awaitable[Download]] | None = None
    upload: Callable[[Outgoing, bytes, Access], Awaitable[str | Outcome]] | None = None
    profile: Callable[[str, Access], Awaitable[Profile | None]] | None = None
    introduction: Callable[[str, str, bool, Access], str] | None = None
    introduced: Callable[[Mapping[str, str], Access], Awaitable[Introduced | None]] | None = None
    page_signature: Callable[[str, int, str, Access], Awaitable[PageSignature | Outcome]] | None = None
    quota: Callable[[Access], Awaitable[Quota | None]] | None = None
    typing: Callable[[str, bool, Access], Awaitable[None]] | None = None
    mark_read: Callable[[str, Access], Awaitable[None]] | None = None
    end: Callable[[str, Access], Awaitable[Sequence[Opening] | None]] | None = None
    hand_over: Callable[[str, Access], Awaitable[Sequence[Opening] | None]] | None = None
    recall: Callable[[str, Access], Awaitable[Outcome]] | None = None
    templates: Callable[[Access], Awaitable[Sequence[OfferedTemplate] | Outcome]] | None = None
    publish_menu: Callable[[Sequence[MenuButton], Access], Awaitable[tuple[MenuProblem, ...]]] | None = None
    make_code: Callable[[str, int, Access], Awaitable[Code | Outcome]] | None = None
    crossing: Callable[[str, Access], Awaitable[Crossing | Outcome]] | None = None
    check: Callable[[Access], Awaitable[str]] | None = None
