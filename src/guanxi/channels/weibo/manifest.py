"""What a Weibo account can do, and what connecting one asks for.

What the platform's own pages leave open, or say in two ways, is an advanced setting (addresses, error codes); its limits are as
far as is known.
"""

from guanxi.channel_kit import Capabilities, CodeLimit, Limit, Manifest, MenuLimit, ReplyWindow, Setting

HOURS = 3600
MOST_SCENES = 100_000  # of permanent codes
CODES = r"[0-9]{1,6}(-[0-9]{1,6})?( [0-9]{1,6}(-[0-9]{1,6})?){0,30}"


def _window(by: str, replies: int) -> ReplyWindow:
    return ReplyWindow(by=by, replies=replies, seconds=48 * HOURS)


manifest = Manifest(
    key="weibo",
    title="Weibo",
    signs="query",
    settings=(
        Setting(key="uid", pattern=r"[0-9]{3,20}"),
        Setting(key="app_secret", kind="secret"),
        Setting(key="message_token", kind="secret"),
        Setting(key="user_token", kind="secret", required=False),
        Setting(key="poll_seconds", required=False, advanced=True, default="60", pattern=r"[1-9][0-9]{0,4}"),
        Setting(key="api_base", required=False, advanced=True, default="https://api.weibo.com"),
        Setting(
            key="send_url",
            required=False,
            advanced=True,
            default="https://c.api.weibo.com/2/messages/reply/biz.json",
            pattern=r"https?://\S+",
        ),
        Setting(
            key="file_url",
            required=False,
            advanced=True,
            default="https://upload.api.weibo.com/2/mss/msget",
            pattern=r"https?://\S+",
        ),
        Setting(
            key="menu_url",
            required=False,
            advanced=True,
            default="https://m.api.weibo.com/2/messages/menu",
            pattern=r"https?://\S+",
        ),
        Setting(key="token_codes", required=False, advanced=True, default="10006 21301-21332", pattern=CODES),
        Setting(key="quota_codes", required=False, advanced=True, default="10022-10024", pattern=CODES),
        Setting(key="slow_codes", required=False, advanced=True, default="20016", pattern=CODES),
        Setting(key="gone_codes", required=False, advanced=True, default="20101 20201", pattern=CODES),
        Setting(key="repeated_codes", required=False, advanced=True, default="20019", pattern=CODES),
        Setting(key="words_codes", required=False, advanced=True, default="20021", pattern=CODES),
        Setting(key="closed_codes", required=False, advanced=True, default="", pattern=CODES),
    ),
    capabilities=Capabilities(
        receives=("text", "image", "voice", "location", "unsupported"),
        happens=(
            "follow",
            "unfollow",
            "subscribe",
            "unsubscribe",
            "scan",
            "menu_tap",
            "menu_view",
            "mention",
            "unsend",
        ),
        sends={
            "text": Limit(characters=300),
            "card": Limit(title=40, characters=120, needs=("url",), types=("image/png", "image/jpeg")),
            "image": Limit(bytes=5 * 1024 * 1024, types=("image/png", "image/jpeg", "image/gif")),
            "location": Limit(),
        },
        public_sends={"text": Limit(characters=140)},
        reply_windows=(
            _window("message", 0),
            _window("follow", 0),
            _window("scan", 0),
            _window("menu_tap", 0),
            _window("mention", 1),
        ),
        # The platform's pages name no lengths; these are those of the platform that its format is compatible with.
        menu=MenuLimit(buttons=3, children=5, label=16, child_label=40, key=128, address=256, does=("reply", "url")),
        crosses="code",
        codes=CodeLimit(scene=6, days=0, numbers=MOST_SCENES),
        # Of the windows its pages say two things, of the rest nothing that still stands.
        unconfirmed=("sends", "public_sends", "reply_windows", "menu", "codes"),
        exempt={"signed_body": "The platform signs the time and a random number of each push, and no body."},
    ),
)
