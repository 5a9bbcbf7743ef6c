"""What a LINE official account can do, and what connecting one asks for."""

from guanxi.channel_kit import Capabilities, Limit, Manifest, ReplyWindow, Setting

manifest = Manifest(
    key="line",
    title="LINE",
    signs="body",
    settings=(
        Setting(key="channel_secret", kind="secret", pattern=r"[0-9A-Za-z_]{8,64}"),
        Setting(key="channel_access_token", kind="secret"),
        Setting(key="api_base", required=False, advanced=True, default="https://api.line.me"),
        Setting(key="data_base", required=False, advanced=True, default="https://api-data.line.me"),
    ),
    capabilities=Capabilities(
        receives=("text", "image", "voice", "video", "file", "location", "sticker", "chosen", "unsupported"),
        happens=(
            "follow",
            "unfollow",
            "unsend",
            "edit",
            "postback",
            "group_joined",
            "group_left",
            "member_joined",
            "member_left",
            "video_watched",
            "beacon",
            "beacon_banner",
            "beacon_stay",
            "account_linked",
            "membership",
            "membership_joined",
            "membership_left",
            "membership_renewed",
            "module",
            "chat_activated",
            "chat_deactivated",
            "unreadable",
            "event.*",
        ),
        sends={
            "text": Limit(characters=5000, counted="utf16"),
            "choices": Limit(characters=5000, counted="utf16", options=13, label=20),
            "card": Limit(title=100, characters=500, options=4, label=20, types=("image/jpeg", "image/png")),
            "image": Limit(bytes=10 * 1024 * 1024, types=("image/jpeg", "image/png")),
            "location": Limit(),
            "sticker": Limit(),
        },
        reply_windows=(ReplyWindow(by="message", replies=1, seconds=60, token=True, required=False),),
        typing=True,
        idempotent_send=True,
    ),
)
