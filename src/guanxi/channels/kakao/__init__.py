"""KakaoTalk: a chatbot's skill with its one callback, add and block events, and consultation talk through a dealer."""

from guanxi.channel_kit import Channel
from guanxi.channels.kakao import inbound, outbound
from guanxi.channels.kakao.manifest import manifest

channel = Channel(
    manifest=manifest,
    verify=inbound.verify,
    acknowledge=inbound.acknowledge,
    parse=inbound.parse,
    send=outbound.send,
    upload=outbound.upload,
    fetch_media=outbound.fetch_media,
    end=outbound.end,
    check=outbound.check,
)
