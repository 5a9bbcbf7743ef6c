"""How long a file plays is read from the file."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from guanxi.infra.media import sniff
from guanxi.infra.playing import playing_time

FRAME_12_2 = bytes([0x3C]) + bytes(31)  # AMR at 12.2 kbit/s: 20 ms
RECORDINGS = Path(__file__).parents[1] / "browser" / "recordings"
MP3_128 = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 1152 samples


def mp4(scale: int, length: int) -> bytes:
    return b"\0\0\0\x18ftypisom" + b"moov\0\0\0\x6cmvhd" + bytes(12) + struct.pack(">II", scale, length) + bytes(80)


@pytest.mark.parametrize(
    ("body", "kind", "milliseconds"),
    [
        (b"#!AMR\n" + FRAME_12_2 * 150, "audio/amr", 3000),
        ((RECORDINGS / "tone.awb").read_bytes(), "audio/amr-wb", 2000),
        ((RECORDINGS / "tone.speex").read_bytes(), "audio/speex", 2000),
        ((RECORDINGS / "tone.spx").read_bytes(), "audio/speex", 2000),
        (b"OggS", "audio/speex", 0),
        (MP3_128 * 383, "audio/mpeg", 10_005),
        (b"ID3\x04\0\0\0\0\0\x05hello" + MP3_128 * 383, "audio/mpeg", 10_005),
        (mp4(1000, 61_500), "video/mp4", 61_500),
        (b"no film at all", "video/mp4", 0),
        (b"", "audio/mpeg", 0),
        (b"%PDF-1.7", "application/pdf", 0),
    ],
)
def test_a_file_says_how_long_it_plays(body: bytes, kind: str, milliseconds: int) -> None:
    assert playing_time(body, kind) == milliseconds


@pytest.mark.parametrize(
    ("name", "declared", "kind"),
    [
        ("tone.awb", "", "audio/amr-wb"),
        ("tone.spx", "", "audio/speex"),
        ("tone.speex", "audio/x-speex-with-header-byte", "audio/speex"),
        ("tone.speex", "voice/speex", "audio/speex"),
        ("tone.speex", "", "application/octet-stream"),
    ],
)
def test_a_recording_is_known_by_its_bytes_and_speex_without_a_head_when_it_is_said_to_be_sound(
    name: str, declared: str, kind: str
) -> None:
    assert sniff((RECORDINGS / name).read_bytes(), declared) == kind


def test_what_only_calls_itself_speex_is_none() -> None:
    whole = (RECORDINGS / "tone.speex").read_bytes()
    for body in (whole[:-1], whole + b"\x01", b"\x00" * 61, b"\x01\xff" * 30, bytes(range(256)) * 4, b"\x01"):
        assert sniff(body, "audio/speex") == "application/octet-stream"
