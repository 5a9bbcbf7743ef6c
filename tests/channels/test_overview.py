"""docs/channels.md says what the manifests say, and the manifests' claims reach the page."""

from pathlib import Path

from guanxi.channel_kit import Capabilities, Limit, Manifest, ReplyWindow
from guanxi.channels import all_channels, overview

PAGE = Path(__file__).parents[2] / "docs" / "channels.md"


def test_the_page_of_channels_is_what_the_manifests_say() -> None:
    made = overview.page(channel.manifest for channel in all_channels().values())
    assert PAGE.read_text("utf-8") == made, "run: bin/guanxi channels > docs/channels.md"


def test_every_claim_of_a_manifest_stands_on_the_page() -> None:
    page = overview.page(
        [
            Manifest(
                key="pager",
                title="Pager",
                signs="none",
                capabilities=Capabilities(
                    receives=("text", "voice"),
                    happens=("menu_tap", "event.*"),
                    sends={"text": Limit(characters=80, bytes=2048), "mini_program": Limit(needs=("url",))},
                    reply_windows=(ReplyWindow(by="message", replies=5, seconds=48 * 3600),),
                    receipts=("read",),
                    recall=True,
                    exempt={"signed": "the pagers' network signs nothing at all"},
                ),
            )
        ]
    )
    assert "| [Pager](#pager) | 2 | 2 | 5 replies in 48 h after message | read | no | yes | no |" in page
    assert "- **Comes in:** text, voice." in page
    assert "- **Happens:** menu tap, any other event." in page
    assert "- **Besides:** what was sent can be recalled." in page
    assert "| text | 80 characters; 2 KB |" in page
    assert "| mini program | needs url |" in page
    assert "- **Exempt** from `signed`: the pagers' network signs nothing at all." in page
