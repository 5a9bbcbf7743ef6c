"""WeCom customer service (微信客服): a nudge says that there is something, sync_msg tells what, send_msg answers."""

from guanxi.channel_kit import Channel
from guanxi.channels.wecom import inbound, outbound, sessions, side_page, syncing
from guanxi.channels.wecom.manifest import manifest

channel = Channel(
    manifest=manifest,
    verify=inbound.verify,
    greet=inbound.greet,
    acknowledge=inbound.acknowledge,
    parse=inbound.parse,
    pull=syncing.pull,
    polls=syncing.polls,
    send=outbound.send,
    upload=outbound.upload,
    fetch_media=outbound.fetch_media,
    profile=outbound.profile,
    end=sessions.end,
    hand_over=sessions.hand_over,
    recall=outbound.recall,
    page_signature=side_page.page_signature,
    crossing=outbound.crossing,
    check=outbound.check,
)
