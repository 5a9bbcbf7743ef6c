"""What a channel carries, as one inbox's settings have it: the manifest's numbers, and what is said otherwise."""

from __future__ import annotations

from guanxi import channels
from guanxi.channel_kit import Capabilities, Limit, Manifest, ReplyWindow, adjustable, limits_as_set

MANIFEST = Manifest(
    key="lantern",
    title="Lantern",
    signs="body",
    capabilities=Capabilities(
        receives=("text",),
        sends={
            "text": Limit(characters=1000),
            "image": Limit(bytes=10_000, types=("image/png",)),
            "choices": Limit(characters=500, options=10, label=14),
            "link": Limit(),
        },
        public_sends={"text": Limit(characters=140)},
        reply_windows=(
            ReplyWindow(by="message", replies=5, seconds=172_800),
            ReplyWindow(by="scan", replies=3, seconds=60, token=True),
        ),
        recall=True,
        recall_within=120,
        unconfirmed=("sends.image", "sends.choices.label", "reply_windows.scan.seconds", "recall_within"),
    ),
)


def test_every_number_of_a_manifest_can_be_said_anew_and_nothing_else() -> None:
    told = {one.key: (one.value, one.least, one.confirmed) for one in adjustable(MANIFEST)}
    assert told == {
        "sends.text.characters": (1000, 1, True),
        "sends.image.bytes": (10_000, 1, False),
        "sends.choices.characters": (500, 1, True),
        "sends.choices.options": (10, 1, True),
        "sends.choices.label": (14, 1, False),
        "public_sends.text.characters": (140, 1, True),
        "reply_windows.message.replies": (5, 0, True),
        "reply_windows.message.seconds": (172_800, 1, True),
        "reply_windows.scan.replies": (3, 0, True),
        "reply_windows.scan.seconds": (60, 1, False),
        "recall_within": (120, 1, False),
    }


def test_what_an_inbox_says_stands_and_everything_else_is_the_manifests() -> None:
    said = {
        "limit.sends.text.characters": "800",
        "limit.sends.image.bytes": "5000",
        "limit.public_sends.text.characters": "2000",
        "limit.reply_windows.message.replies": "0",
        "limit.reply_windows.scan.seconds": "90",
        "limit.recall_within": "180",
        "text": "no limit at all",
    }
    can, before = limits_as_set(MANIFEST, said), MANIFEST.capabilities
    assert (can.sends["text"], can.public_sends["text"]) == (Limit(characters=800), Limit(characters=2000))
    assert can.sends["image"] == Limit(bytes=5000, types=("image/png",))
    assert (can.sends["choices"], can.sends["link"]) == (before.sends["choices"], before.sends["link"])
    assert can.reply_windows == (
        ReplyWindow(by="message", replies=0, seconds=172_800),
        ReplyWindow(by="scan", replies=3, seconds=90, token=True),
    )
    assert (can.recall_within, can.receives, can.unconfirmed) == (180, before.receives, before.unconfirmed)


def test_what_makes_no_sense_changes_nothing() -> None:
    for key, value in (
        ("sends.text.characters", "many"),
        ("sends.text.characters", ""),
        ("sends.text.characters", "0"),
        ("sends.text.characters", "-5"),
        ("sends.text.characters", "1e3"),
        ("sends.text.characters", "100001"),  # more than the house carries
        ("sends.text.characters", "9" * 40),
        ("sends.text.bytes", "5"),  # the manifest has no such limit
        ("sends.file.bytes", "5"),
        ("reply_windows.gone.seconds", "5"),
        ("reply_windows.message.seconds", "0"),
        ("recall_within", "0"),
    ):
        assert limits_as_set(MANIFEST, {f"limit.{key}": value}) == MANIFEST.capabilities, (key, value)


def test_each_channel_can_be_said_anew_number_by_number() -> None:
    """Whatever a manifest names, one more of it is what the inbox then has."""
    for channel in channels.all_channels().values():
        manifest = channel.manifest
        for one in adjustable(manifest):
            can = limits_as_set(manifest, {f"limit.{one.key}": str(one.value + 1)})
            again = {each.key: each.value for each in adjustable(Manifest(**_with(manifest, can)))}
            assert again == {each.key: each.value for each in adjustable(manifest)} | {one.key: one.value + 1}


def _with(manifest: Manifest, can: Capabilities) -> dict[str, object]:
    return {"key": manifest.key, "title": manifest.title, "signs": manifest.signs, "capabilities": can}
