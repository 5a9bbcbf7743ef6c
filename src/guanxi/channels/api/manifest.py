"""What an application of your own can do here. Delivery, the desktop and the conformance kit read this."""

from guanxi.channel_kit import Capabilities, Limit, Manifest, Setting

LONGEST_TEXT = 20_000
LARGEST_FILE = 25_000_000

manifest = Manifest(
    key="api",
    title="API",
    signs="secret",
    settings=(
        Setting(key="token", kind="secret", generate="token", pattern=r"[A-Za-z0-9_-]{16,200}"),
        Setting(key="reply_url", pattern=r"https?://\S+"),
        Setting(key="signing_secret", kind="secret", generate="token"),
    ),
    capabilities=Capabilities(
        quotes=("text", "image", "file"),
        receives=("text", "image", "file"),
        sends={
            "text": Limit(characters=LONGEST_TEXT),
            "image": Limit(bytes=LARGEST_FILE),
            "file": Limit(bytes=LARGEST_FILE),
        },
        public_sends={"text": Limit(characters=LONGEST_TEXT), "image": Limit(bytes=LARGEST_FILE)},
        receipts=("delivered", "read", "failed"),
        idempotent_send=True,
        exempt={"signed_body": "the application shows the inbox's token over TLS and signs nothing"},
    ),
)
