"""LINE Messaging API: webhooks in, reply by token or push out."""

from guanxi.channel_kit import Channel
from guanxi.channels.line import inbound, outbound
from guanxi.channels.line.manifest import manifest
from guanxi.channels.line.rich_menu import (
    MenuRefused,
    Published,
    RichMenu,
    kept,
    problems,
    publish,
    read_menu,
    withdraw,
)

channel = Channel(
    manifest=manifest,
    verify=inbound.verify,
    parse=inbound.parse,
    send=outbound.send,
    fetch_media=outbound.fetch_media,
    profile=outbound.profile,
    quota=outbound.quota,
    typing=outbound.typing,
    mark_read=outbound.mark_read,
    crossing=outbound.crossing,
    check=outbound.check,
)

__all__ = ["MenuRefused", "Published", "RichMenu", "channel", "kept", "problems", "publish", "read_menu", "withdraw"]
