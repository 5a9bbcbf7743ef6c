"""What customers send from their phones: pictures drawn on the spot, and a voice that is only a hum of vowels."""

from __future__ import annotations

import io
import math
import random
import struct
import wave
from collections.abc import Callable, Mapping
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from guanxi.content import Media

WIDTH, HEIGHT = 720, 960  # pixels of the finished picture, upright as a phone is held
CELADON, ASH, RUST, INK, WOOD = "#7fa08f", "#e9e3d6", "#8a4b2d", "#2d3033", "#b98f63"
RATE = 8000  # samples a second
# The first two formants, in hertz, of the vowels that are hummed one after another.
VOWELS = ((700, 1200), (400, 2000), (300, 2300), (500, 900), (650, 1700), (320, 800))


@cache
def picture(name: str) -> tuple[Media, bytes]:
    """A JPEG by name: broken_cup, teapot, cup_in_hand, parcel or glaze. Raises KeyError for any other."""
    shot = Image.new("RGB", (WIDTH, HEIGHT), "#d8cbb6")
    DRAWN[name](shot, ImageDraw.Draw(shot))
    file = io.BytesIO()
    _as_photographed(shot).save(file, "JPEG", quality=84)
    return Media(name=f"{name}.jpg", type="image/jpeg"), file.getvalue()


def _as_photographed(shot: Image.Image) -> Image.Image:
    """Soft light from above left, darker corners, a little grain."""
    light = (
        Image.radial_gradient("L")
        .resize((WIDTH * 2, HEIGHT * 2))
        .crop((WIDTH // 2, HEIGHT // 2, WIDTH * 3 // 2, HEIGHT * 3 // 2))
    )
    shade = ImageChops.invert(light).point([110 + value * 145 // 255 for value in range(256)])
    lit = ImageChops.multiply(shot.filter(ImageFilter.GaussianBlur(1.1)), Image.merge("RGB", [shade] * 3))
    grain = Image.effect_noise((WIDTH, HEIGHT), 14).convert("RGB")
    return Image.blend(lit, ImageChops.overlay(lit, grain), 0.35)


def _table(draw: ImageDraw.ImageDraw, edge: int = 560) -> None:
    draw.rectangle((0, edge, WIDTH, HEIGHT), fill=WOOD)
    dice = random.Random(edge)
    for _ in range(26):
        y = dice.randint(edge, HEIGHT)
        draw.line((0, y, WIDTH, y + dice.randint(-14, 14)), fill="#a97f55", width=dice.randint(1, 3))


def _cup(draw: ImageDraw.ImageDraw, x: int, y: int, size: int, glaze: str, inside: str) -> None:
    """A cup whose rim is centred on (x, y); `size` is half its width."""
    rim = size // 3
    draw.ellipse((x - size, y + size + rim, x + size + 60, y + 2 * size), fill="#94704a")
    draw.polygon(
        [(x - size, y), (x + size, y), (x + size * 2 // 3, y + size * 3 // 2), (x - size * 2 // 3, y + size * 3 // 2)],
        fill=glaze,
    )
    draw.ellipse(
        (x - size * 2 // 3, y + size * 3 // 2 - rim // 2, x + size * 2 // 3, y + size * 3 // 2 + rim // 2), fill=glaze
    )
    draw.ellipse((x - size, y - rim, x + size, y + rim), fill=glaze)
    draw.ellipse((x - size + 14, y - rim + 9, x + size - 14, y + rim - 5), fill=inside)
    draw.line((x - size * 3 // 5, y + rim + 30, x - size // 2, y + size), fill="#ffffff", width=9)


def _broken_cup(shot: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    _table(draw)
    _cup(draw, 350, 430, 190, RUST, "#4e2a1a")
    draw.polygon([(420, 365), (470, 520), (500, 455), (545, 545), (548, 380)], fill="#d8cbb6")
    draw.line([(420, 370), (468, 520), (498, 458), (532, 560)], fill=ASH, width=9, joint="curve")
    draw.line([(498, 470), (450, 600), (470, 680)], fill=INK, width=3)
    for corners in (
        [(560, 800), (650, 770), (634, 850)],
        [(470, 846), (520, 830), (530, 880)],
        [(610, 880), (640, 872), (634, 900)],
    ):
        draw.polygon(corners, fill=RUST, outline=ASH, width=5)


def _teapot(shot: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    _table(draw, 600)
    draw.ellipse((140, 680, 640, 780), fill="#94704a")
    draw.arc((470, 380, 680, 640), 250, 110, fill=CELADON, width=34)
    draw.polygon([(200, 560), (60, 400), (96, 380), (260, 470)], fill=CELADON)
    draw.ellipse((160, 360, 560, 740), fill=CELADON)
    draw.ellipse((250, 345, 470, 425), fill="#6f9080")
    draw.ellipse((332, 300, 388, 360), fill=CELADON)
    draw.arc((190, 390, 400, 640), 160, 250, fill="#dbe8df", width=12)


def _cup_in_hand(shot: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill="#c7cdc9")
    draw.rounded_rectangle((110, 560, 610, 1100), 190, fill="#d9ab8c")
    _cup(draw, 360, 380, 165, ASH, "#c9c3b4")
    for number in range(4):
        top = 470 + number * 78
        draw.rounded_rectangle((400 - number * 12, top, 640, top + 70), 35, fill="#dfb496", outline="#c9987a", width=3)
    draw.rounded_rectangle((110, 430, 250, 720), 68, fill="#dfb496", outline="#c9987a", width=3)


def _parcel(shot: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    _table(draw, 420)
    draw.polygon([(110, 380), (560, 330), (640, 470), (600, 800), (150, 830), (90, 520)], fill="#b58a56")
    draw.polygon([(110, 380), (560, 330), (640, 470), (210, 540)], fill="#c69a64")
    draw.polygon([(320, 352), (390, 345), (455, 500), (378, 512)], fill="#e4d6b8")
    draw.polygon([(90, 520), (210, 540), (168, 640), (218, 700), (150, 830)], fill="#8d683c")
    draw.line([(210, 540), (260, 640), (232, 720), (290, 826)], fill="#6e4f2b", width=5, joint="curve")
    draw.rectangle((400, 590, 560, 700), fill="#f4f1ea")
    for line in range(5):
        draw.line((416, 608 + line * 18, 540 - line * 17 % 60, 608 + line * 18), fill=INK, width=4)


def _glaze(shot: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    names = (CELADON, ASH, RUST, INK, "#4c6a8a", "#c7a24b")
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill="#efeae0")
    for number, color in enumerate(names):
        x, y = 60 + number % 2 * 310, 50 + number // 2 * 300
        draw.rounded_rectangle((x, y, x + 290, y + 270), 26, fill=color)
        dice = random.Random(number)
        for _ in range(160):
            px, py, r = x + dice.randint(14, 270), y + dice.randint(14, 250), dice.randint(1, 4)
            draw.ellipse((px, py, px + r, py + r), fill="#f6f1e6" if number % 2 else "#3b3a36")


DRAWN: Mapping[str, Callable[[Image.Image, ImageDraw.ImageDraw], None]] = {
    "broken_cup": _broken_cup,
    "teapot": _teapot,
    "cup_in_hand": _cup_in_hand,
    "parcel": _parcel,
    "glaze": _glaze,
}


@cache
def voice(said: str) -> tuple[Media, bytes]:
    """A WAV as long as the sentence would take to say: one hummed vowel for each of its first 24 characters."""
    spoken = said[:24]
    samples: list[int] = []
    phase = 0.0
    for number, character in enumerate(spoken):
        first, second = VOWELS[ord(character) % len(VOWELS)]
        length = int(RATE * (0.11 + ord(character) % 5 * 0.012))
        for at in range(length):
            pitch = 165 + 22 * math.sin(number * 0.9) - 25 * number / len(spoken)
            phase += 2 * math.pi * pitch / RATE
            swell = math.sin(math.pi * at / length)
            tone = sum(_loudness(pitch * k, first, second) * math.sin(k * phase) for k in range(1, 15))
            samples.append(int(max(-1.0, min(1.0, tone * swell * 0.5)) * 24000))
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    lasts = len(samples) * 1000 // RATE
    return Media(name="voice.wav", type="audio/wav", duration=lasts), file.getvalue()


def _loudness(hertz: float, first: float, second: float) -> float:
    return math.exp(-(((hertz - first) / 180) ** 2)) + 0.5 * math.exp(-(((hertz - second) / 260) ** 2)) + 0.05
