"""What a WeChat Official Account can do, and what connecting one asks for."""

from guanxi.channel_kit import (
    Capabilities,
    CodeLimit,
    Limit,
    Manifest,
    MenuLimit,
    ReplyWindow,
    Setting,
    rating_settings,
)

HOURS = 3600
MEGABYTE = 1024 * 1024

manifest = Manifest(
    key="wechat",
    title="WeChat",
    signs="query",
    settings=(
        Setting(key="app_id", pattern=r"wx[0-9A-Za-z]{6,40}"),
        Setting(key="app_secret", kind="secret"),
        Setting(key="mode", kind="choice", choices=("safe", "compatible", "plain"), default="safe"),
        Setting(key="token", kind="secret", generate="token", pattern=r"[0-9A-Za-z_\-]{3,64}"),
        Setting(
            key="encoding_aes_key",
            kind="secret",
            required=False,
            generate="aes_key",
            pattern=r"[0-9A-Za-z+/]{43}",
        ),
        Setting(key="original_id", required=False, pattern=r"gh_[0-9A-Za-z_]{1,60}"),
        *rating_settings(),
        Setting(key="open_platform", required=False, advanced=True, pattern=r"[0-9A-Za-z_\-]{2,60}"),
        Setting(key="api_base", required=False, advanced=True, default="https://api.weixin.qq.com"),
    ),
    capabilities=Capabilities(
        receives=(
            "text",
            "image",
            "voice",
            "video",
            "file",
            "location",
            "link",
            "chosen",
            "mini_program",
            "unsupported",
        ),
        happens=("follow", "unfollow", "scan", "menu_tap", "menu_view", "location_shared", "subscription", "event.*"),
        sends={
            "text": Limit(bytes=2048),
            "image": Limit(bytes=10 * MEGABYTE, types=("image/png", "image/jpeg", "image/gif")),
            "voice": Limit(bytes=2 * MEGABYTE, types=("audio/amr", "audio/mpeg"), seconds=60),
            "video": Limit(bytes=10 * MEGABYTE, types=("video/mp4",)),
            "link": Limit(),
            "choices": Limit(bytes=2048, options=10, label=40),
            "card": Limit(title=64, characters=120, needs=("url",), types=("image/png", "image/jpeg")),
            "template": Limit(),
            "mini_program": Limit(
                title=64, bytes=10 * MEGABYTE, types=("image/png", "image/jpeg"), needs=("app_id", "path", "media")
            ),
        },
        rating="choices",
        reply_windows=(
            ReplyWindow(by="message", replies=5, seconds=48 * HOURS),
            ReplyWindow(by="follow", replies=3, seconds=60),
            ReplyWindow(by="scan", replies=3, seconds=60),
            ReplyWindow(by="menu_tap", replies=3, seconds=60),
        ),
        receipts=("delivered", "failed"),
        outside_window=("template",),
        unconfirmed=tuple(f"sends.{kind}" for kind in ("image", "voice", "video", "choices", "card", "mini_program")),
        typing=True,
        menu=MenuLimit(
            buttons=3,
            children=5,
            label=16,
            child_label=60,
            key=128,
            address=1024,
            does=("reply", "url", "mini_program"),
        ),
        crosses="scan",
        codes=CodeLimit(scene=64, days=30),
        exempt={
            "signed_body": "Plain mode signs the query and no body. Safe and compatible mode sign the sealed body, "
            "and only that is read.",
            "receipts_of_replies": "Only template messages are confirmed; customer-service messages never are.",
        },
    ),
)
