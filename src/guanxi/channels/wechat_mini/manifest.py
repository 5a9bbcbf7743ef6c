"""What the customer service of a WeChat mini program can do, and what connecting one asks for."""

from guanxi.channel_kit import Capabilities, Limit, Manifest, ReplyWindow, Setting

HOURS = 3600
MEGABYTE = 1024 * 1024
PICTURES = ("image/png", "image/jpeg")

manifest = Manifest(
    key="wechat_mini",
    title="WeChat mini program",
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
        Setting(key="welcome", kind="choice", choices=("opens", "notes"), default="opens"),
        Setting(
            key="identify_secret", kind="secret", required=False, generate="token", pattern=r"[0-9A-Za-z_\-]{16,64}"
        ),
        Setting(key="open_platform", required=False, advanced=True, pattern=r"[0-9A-Za-z_\-]{2,60}"),
        Setting(key="api_base", required=False, advanced=True, default="https://api.weixin.qq.com"),
    ),
    capabilities=Capabilities(
        receives=("text", "image", "mini_program", "unsupported"),
        happens=("enter", "event.*"),
        sends={
            "text": Limit(bytes=2048),
            "image": Limit(bytes=10 * MEGABYTE, types=(*PICTURES, "image/gif")),
            "card": Limit(title=64, characters=120, needs=("url", "media"), types=PICTURES),
            "mini_program": Limit(title=64, bytes=10 * MEGABYTE, types=PICTURES, needs=("path", "media")),
        },
        reply_windows=(
            ReplyWindow(by="message", replies=5, seconds=48 * HOURS),
            ReplyWindow(by="enter", replies=2, seconds=60, greets=True),
        ),
        typing=True,
        crosses="code",
        unconfirmed=("sends",),
        exempt={
            "signed_body": "Plain mode signs the query and no body. Safe and compatible mode sign the sealed body, "
            "and only that is read.",
            "receipts_of_replies": "The platform tells of no customer-service message whether it arrived.",
        },
    ),
)
