"""Weibo: direct messages pushed by the fan-service platform, and comments and mentions that are fetched, in public."""

from guanxi.channel_kit import Channel
from guanxi.channels.weibo import inbound, menus, outbound, public, scenes
from guanxi.channels.weibo.manifest import manifest

channel = Channel(
    manifest=manifest,
    verify=inbound.verify,
    greet=inbound.greet,
    parse=inbound.parse,
    polls=public.polls,
    pull=public.pull,
    send=outbound.send,
    fetch_media=outbound.fetch_media,
    profile=outbound.profile,
    publish_menu=menus.publish_menu,
    make_code=scenes.make_code,
    check=outbound.check,
)
