"""WeChat mini programs: messages to their customer service, pushed as XML or JSON, answered through the same interface."""

from guanxi.channel_kit import Channel
from guanxi.channel_kit.weixin import account, pushing
from guanxi.channels.wechat_mini import inbound, outbound
from guanxi.channels.wechat_mini.manifest import manifest

channel = Channel(
    manifest=manifest,
    verify=pushing.verify,
    greet=pushing.greet,
    acknowledge=pushing.acknowledge,
    parse=inbound.parse,
    send=outbound.send,
    upload=outbound.upload,
    fetch_media=outbound.fetch_media,
    typing=account.typing,
    check=account.check,
)
