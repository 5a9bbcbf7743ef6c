"""How long a sound or a film plays, read from its own first bytes and frames; 0 when nobody can tell cheaply."""

from __future__ import annotations

AMR_SIZES = (12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0)  # bytes behind the head of a frame, by its type
WIDE_SIZES = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0)  # the same of AMR-WB
FRAME = 20  # milliseconds, of AMR, AMR-WB and Speex
MOST_FRAMES = 500_000  # nobody speaks for hours; whoever sends empty frames by the million is not counted
MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)  # kbit/s of layer III
MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
RATES = (44100, 48000, 32000, 0)


def playing_time(body: bytes, kind: str) -> int:
    """Milliseconds. Whatever a broken file leads to ends in 0."""
    try:
        match kind:
            case "audio/amr":
                return _amr(body, 6, AMR_SIZES)
            case "audio/amr-wb":
                return _amr(body, 9, WIDE_SIZES)
            case "audio/speex":
                return _ogg_speex(body) if body.startswith(b"OggS") else framed_speex(body) * FRAME
            case "audio/mpeg":
                return _mp3(body)
            case "audio/mp4" | "video/mp4":
                return _mp4(body)
            case "audio/wav":
                rate = int.from_bytes(body[28:32], "little")
                return max(len(body) - 44, 0) * 1000 // rate if rate else 0
            case _:
                return 0
    except IndexError:
        return 0


def _amr(body: bytes, at: int, sizes: tuple[int, ...]) -> int:
    frames = 0
    while at < len(body) and frames < MOST_FRAMES:
        at += 1 + sizes[body[at] >> 3 & 15]
        frames += 1
    return frames * FRAME


def framed_speex(body: bytes) -> int:
    """How many frames of wideband Speex these are, each behind a byte that says how long it is, as WeChat keeps them;
    0 when they are something else. Nothing marks such a file but that the lengths lead exactly to its end and that each
    frame begins with a mode that there is (five bits: 0, then 0 to 8)."""
    at = frames = 0
    while at + 1 < len(body) and body[at] and body[at + 1] < 0x48 and frames < MOST_FRAMES:
        at += 1 + body[at]
        frames += 1
    return frames if at == len(body) else 0


def _ogg_speex(body: bytes) -> int:
    last = body.rfind(b"OggS")
    samples = int.from_bytes(body[last + 6 : last + 14], "little", signed=True)
    rate = int.from_bytes(body[64:68], "little")
    return max(samples, 0) * 1000 // rate if rate else 0


def _mp3(body: bytes) -> int:
    at, seconds = _behind_id3(body), 0.0
    while at + 4 <= len(body):
        if body[at] != 0xFF or body[at + 1] & 0xE0 != 0xE0:
            at += 1
            continue
        version, layer = body[at + 1] >> 3 & 3, body[at + 1] >> 1 & 3
        is_first = version == 3
        rate = RATES[body[at + 2] >> 2 & 3] // (1 if is_first else 2 if version == 2 else 4)
        kilobits = (MPEG1 if is_first else MPEG2)[body[at + 2] >> 4]
        if layer != 1 or version == 1 or not rate or not kilobits:
            at += 1
            continue
        samples = 1152 if is_first else 576
        seconds += samples / rate
        at += samples // 8 * kilobits * 1000 // rate + (body[at + 2] >> 1 & 1)
    return round(seconds * 1000)


def _behind_id3(body: bytes) -> int:
    if body[:3] != b"ID3":
        return 0
    return 10 + (body[6] << 21 | body[7] << 14 | body[8] << 7 | body[9])


def _mp4(body: bytes) -> int:
    at = body.find(b"mvhd")
    if at < 0:
        return 0
    long = body[at + 4] == 1
    scale_at, width = (at + 24, 8) if long else (at + 16, 4)
    scale = int.from_bytes(body[scale_at : scale_at + 4], "big")
    length = int.from_bytes(body[scale_at + 4 : scale_at + 4 + width], "big")
    return length * 1000 // scale if scale else 0
