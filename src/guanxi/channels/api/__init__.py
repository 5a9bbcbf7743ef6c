"""Your own application as a channel: it posts what its people say, and hears replies by signed webhook."""

from guanxi.channel_kit import Channel
from guanxi.channels.api import inbound, outbound
from guanxi.channels.api.manifest import manifest

channel = Channel(
    manifest=manifest,
    verify=inbound.verify,
    parse=inbound.parse,
    acknowledge=inbound.acknowledge,
    send=outbound.send,
    fetch_media=outbound.fetch_media,
    check=outbound.check,
)
