"""What web chat can do, and what an inbox of it is set up with."""

from __future__ import annotations

from guanxi.channel_kit import Capabilities, Limit, Manifest, Setting

LONGEST_TEXT = 10_000
AS_THE_PAGE = "page"
LANGUAGES = ("zh-CN", "zh-TW", "en", "ja", "ko")
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")

MANIFEST = Manifest(
    key="webchat",
    title="Web chat",
    signs="body",
    webhook=False,  # its door is /chat/ADDRESS, which signs what it hands in
    settings=(
        Setting(key="title", required=False),
        Setting(key="color", required=False, default="#2f4a8a", pattern="#[0-9a-fA-F]{6}"),
        Setting(key="language", kind="choice", required=False, choices=(AS_THE_PAGE, *LANGUAGES), default=AS_THE_PAGE),
        Setting(key="email", kind="switch", required=False, default="true"),
        Setting(key="rating", kind="switch", required=False, default="false"),
        Setting(key="visits", kind="choice", required=False, choices=("off", "ask", "shop"), default="off"),
        Setting(key="sites", required=False),
        Setting(key="identify_secret", kind="secret", required=False, generate="token"),
        Setting(key="visitor_key", kind="secret", generate="token", advanced=True),
    ),
    capabilities=Capabilities(
        quotes=("text", "image", "file"),
        receives=("text", "image", "file"),
        sends={
            "text": Limit(characters=LONGEST_TEXT),
            "image": Limit(bytes=20_000_000, types=IMAGES),
            "file": Limit(bytes=20_000_000),
        },
        happens=("left_email",),
        receipts=("read",),
        typing=True,
        rating="own",
        crosses="page",
        idempotent_send=True,
    ),
)
