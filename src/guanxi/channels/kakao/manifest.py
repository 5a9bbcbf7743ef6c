"""What a KakaoTalk channel can do, and what connecting one asks for.

Two ways lead to a customer: the chatbot's skill (one answer a message, within a minute) and consultation talk through a
dealer (free for as long as the consultation is open). An inbox goes one of them.
"""

from guanxi.channel_kit import Capabilities, Limit, Manifest, ReplyWindow, Setting, rating_settings

MEGABYTE = 1024 * 1024
DAY = 24 * 3600
PATH = r"/[\w./\-]{1,200}"
CODES = r"(-?\d{1,9}(, ?-?\d{1,9}){0,30})?"

manifest = Manifest(
    key="kakao",
    title="KakaoTalk",
    signs="secret",
    settings=(
        Setting(key="way", kind="choice", choices=("bot", "counsel"), default="bot"),
        Setting(key="inbound_key", kind="secret", generate="token", pattern=r"[0-9A-Za-z_\-]{16,128}"),
        # the chatbot's skill
        Setting(key="bot_id", only="way=bot", required=False, pattern=r"[0-9A-Za-z]{6,64}"),
        Setting(key="wait_text", only="way=bot", required=False),
        Setting(key="closed_text", only="way=bot", required=False),
        Setting(key="operator", only="way=bot", kind="switch", required=False, default="false"),
        *rating_settings(only="way=bot"),
        # who adds and who blocks the channel
        Setting(key="admin_key", kind="secret", required=False, pattern=r"[0-9A-Za-z]{16,64}"),
        Setting(key="channel_public_id", required=False, pattern=r"_[0-9A-Za-z]{2,30}"),
        # consultation talk
        Setting(key="sender_key", only="way=counsel", pattern=r"[0-9A-Za-z]{20,64}"),
        Setting(key="client_id", only="way=counsel"),
        Setting(key="client_secret", only="way=counsel", kind="secret"),
        Setting(key="end_on_resolve", only="way=counsel", kind="switch", required=False, default="true"),
        # what the sources do not settle
        Setting(
            key="dealer", only="way=counsel", kind="choice", choices=("happytalk",), default="happytalk", advanced=True
        ),
        Setting(
            key="api_base",
            only="way=counsel",
            required=False,
            advanced=True,
            default="https://kakao-api.happytalk.io",
            pattern=r"https?://[^\s]{1,200}",
        ),
        Setting(
            key="path_write", only="way=counsel", required=False, advanced=True, default="/v1/chat/write", pattern=PATH
        ),
        Setting(
            key="path_end", only="way=counsel", required=False, advanced=True, default="/v1/chat/end", pattern=PATH
        ),
        Setting(
            key="path_image",
            only="way=counsel",
            required=False,
            advanced=True,
            default="/v1/image/upload",
            pattern=PATH,
        ),
        Setting(
            key="path_file", only="way=counsel", required=False, advanced=True, default="/v1/file/upload", pattern=PATH
        ),
        Setting(
            key="ended_words",
            only="way=counsel",
            required=False,
            advanced=True,
            default="expired_session, end, ended, auto_end, leave, block",
        ),
        Setting(
            key="started_words",
            only="way=counsel",
            required=False,
            advanced=True,
            default="reference, open_session, start",
        ),
        Setting(key="codes_access", only="way=counsel", required=False, advanced=True, default="-501", pattern=CODES),
        Setting(key="codes_closed", only="way=counsel", required=False, advanced=True, pattern=CODES),
        Setting(key="codes_slow", only="way=counsel", required=False, advanced=True, pattern=CODES),
        Setting(key="codes_repeated", only="way=counsel", required=False, advanced=True, pattern=CODES),
        Setting(key="callback_hosts", only="way=bot", required=False, advanced=True, default="kakao.com"),
        Setting(key="outputs_limit", only="way=bot", required=False, advanced=True, default="3", pattern=r"[1-9]"),
    ),
    capabilities=Capabilities(
        receives=("text", "image", "voice", "video", "file", "location", "link", "chosen", "unsupported"),
        happens=("follow", "unfollow", "counsel_started", "counsel_ended", "event.*"),
        sends={
            "text": Limit(characters=1000),
            "image": Limit(bytes=10 * MEGABYTE, types=("image/jpeg", "image/png")),
            "file": Limit(bytes=10 * MEGABYTE),
            "link": Limit(),
            "choices": Limit(characters=1000, options=10, label=14),
            "card": Limit(title=50, characters=230, options=3, label=14, types=("image/jpeg", "image/png")),
        },
        rating="choices",
        crosses="code",
        reply_windows=(
            ReplyWindow(by="callback", replies=1, seconds=60, token=True),
            ReplyWindow(by="counsel", replies=0, seconds=30 * DAY),
        ),
        unconfirmed=("sends",),
        exempt={
            "signed_body": "Kakao and its dealers sign nothing: a secret of ours in a header or in the address, or the "
            "application's admin key, has to come with each request.",
            "receipts_of_replies": "Neither the chatbot nor consultation talk tells whether a message was shown or read.",
        },
    ),
)
