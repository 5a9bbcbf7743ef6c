"""WeChat Official Account: messages and events pushed as XML, answered through the customer-service interface."""

from guanxi.channel_kit import Channel
from guanxi.channel_kit.weixin import account
from guanxi.channels.wechat import inbound, introducing, menus, outbound, scenes, templates
from guanxi.channels.wechat.manifest import manifest

channel = Channel(
    manifest=manifest,
    verify=inbound.verify,
    greet=inbound.greet,
    acknowledge=inbound.acknowledge,
    parse=inbound.parse,
    send=outbound.send,
    upload=outbound.upload,
    fetch_media=outbound.fetch_media,
    profile=outbound.profile,
    introduction=introducing.introduction,
    introduced=introducing.introduced,
    typing=account.typing,
    templates=templates.templates,
    publish_menu=menus.publish_menu,
    make_code=scenes.make_code,
    crossing=scenes.crossing,
    check=account.check,
)
