"""How long a file plays is read from the file."""

from __future__ import annotations

import struct

import pytest

from guanxi.infra.playing import playing_time

FRAME_12_2 = bytes([0x3C]) + bytes(31)  # AMR at 12.2 kbit/s: 20 ms
MP3_128 = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 1152 samples


def mp4(scale: int, length: int) -> bytes:
    return b"\0\0\0\x18ftypisom" + b"moov\0\0\0\x6cmvhd" + bytes(12) + struct.pack(">II", scale, length) + bytes(80)


@pytest.mark.parametrize(
    ("body", "kind", "milliseconds"),
    [
        (b"#!AMR\n" + FRAME_12_2 * 150, "audio/amr", 3000),
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
