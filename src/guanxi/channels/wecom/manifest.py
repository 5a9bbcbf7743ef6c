"""What a WeCom customer-service account can do, and what connecting one asks for."""

from guanxi.channel_kit import Capabilities, Limit, Manifest, ReplyWindow, Setting, rating_settings
from guanxi.channels.wecom.side_page import SDK

HOURS = 3600
MEGABYTE = 1024 * 1024
SDK_PATTERN = r"https://(wwcdn\.weixin\.qq\.com|res\.wx\.qq\.com)/[0-9A-Za-z_./\-]{1,120}"
PICTURES = ("image/png", "image/jpeg")

manifest = Manifest(
    key="wecom",
    title="WeCom customer service",
    signs="sealed",
    settings=(
        Setting(key="corp_id", pattern=r"w[wx][0-9A-Za-z]{6,40}"),
        Setting(key="secret", kind="secret"),
        Setting(key="open_kfid", pattern=r"wk[0-9A-Za-z_\-]{4,60}"),
        Setting(key="token", kind="secret", generate="token", pattern=r"[0-9A-Za-z_\-]{3,64}"),
        Setting(key="encoding_aes_key", kind="secret", generate="aes_key", pattern=r"[0-9A-Za-z+/]{43}"),
        Setting(key="welcome", kind="choice", choices=("opens", "notes"), default="opens"),
        # Each of these moves a session in WeCom, so none is on unless somebody wants it.
        Setting(key="end_on_resolve", kind="switch", required=False, default="false"),
        Setting(key="end_text", required=False, pattern=r"[^\x00]{0,500}"),
        Setting(key="hand_over", kind="switch", required=False, default="false"),
        Setting(key="queue_text", required=False, pattern=r"[^\x00]{0,500}"),
        Setting(key="take_over", kind="switch", required=False, default="false"),
        *rating_settings(),
        Setting(key="agent_id", required=False, pattern=r"[0-9]{1,12}"),
        Setting(key="poll_seconds", required=False, advanced=True, default="600", pattern=r"[0-9]{1,5}"),
        Setting(key="page_size", required=False, advanced=True, default="200", pattern=r"[1-9][0-9]{0,2}|1000"),
        # The platform's pages leave open which codes these are; a new one needs no new release.
        Setting(key="window_codes", required=False, advanced=True, default="95001", pattern=r"[0-9 ,]{0,80}"),
        Setting(key="state_codes", required=False, advanced=True, default="95016 95018", pattern=r"[0-9 ,]{0,80}"),
        Setting(key="repeat_codes", required=False, advanced=True, pattern=r"[0-9 ,]{0,80}"),
        Setting(key="open_platform", required=False, advanced=True, pattern=r"[0-9A-Za-z_\-]{2,60}"),
        # The desk lets no other host's script in.
        Setting(key="sdk_url", required=False, advanced=True, default=SDK, pattern=SDK_PATTERN),
        Setting(key="api_base", required=False, advanced=True, default="https://qyapi.weixin.qq.com"),
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
            "card",
            "mini_program",
            "unsupported",
        ),
        happens=(
            "enter",
            "session_taken",
            "session_transferred",
            "session_ended",
            "said_elsewhere",
            "recalled_elsewhere",
            "refusing",
            "unsend",
            "event.*",
        ),
        sends={
            "text": Limit(bytes=2048),
            "image": Limit(bytes=10 * MEGABYTE, types=PICTURES),
            "voice": Limit(bytes=2 * MEGABYTE, types=("audio/amr",), seconds=60),
            "video": Limit(bytes=10 * MEGABYTE, types=("video/mp4",)),
            "file": Limit(bytes=20 * MEGABYTE),
            "location": Limit(),
            "choices": Limit(bytes=1024, options=10, label=128),
            "card": Limit(title=42, characters=170, needs=("url", "media"), bytes=10 * MEGABYTE, types=PICTURES),
            "mini_program": Limit(title=21, bytes=10 * MEGABYTE, types=PICTURES, needs=("app_id", "path", "media")),
        },
        rating="choices",
        crosses="link",
        reply_windows=(
            ReplyWindow(by="message", replies=5, seconds=48 * HOURS),
            ReplyWindow(by="enter", replies=1, seconds=20, token=True, greets=True),
            ReplyWindow(by="session_waits", replies=1, seconds=48 * HOURS, token=True, waits=True),
            ReplyWindow(by="session_taken", replies=1, seconds=48 * HOURS, token=True),
            ReplyWindow(by="session_ended", replies=1, seconds=20, token=True, ends=True),
        ),
        receipts=("failed",),
        recall=True,
        recall_within=120,
        unconfirmed=(
            *(f"sends.{kind}" for kind in ("image", "voice", "video", "file", "choices.bytes", "card", "mini_program")),
            "sends.choices.label",
            "recall_within",
        ),
        idempotent_send=True,
        exempt={
            "signed_body": "The sealed text is signed, and what lies around it in the body is not; only the sealed "
            "text is read.",
            "receipts_of_replies": "The platform tells afterwards when a message did not reach the customer, and "
            "never that it did.",
        },
    ),
)
