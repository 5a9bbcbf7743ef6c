"""Pictures of the simulated platforms, drawn on the spot: a tin of tea that a customer sends, a code to scan."""

from __future__ import annotations

import io
from functools import cache

import segno
from PIL import Image, ImageDraw


@cache
def tea_tin() -> bytes:
    """A PNG of 480 by 360."""
    twice = Image.new("RGB", (960, 720), "#efe6d6")
    draw = ImageDraw.Draw(twice)
    draw.rectangle((0, 520, 960, 720), fill="#c9a47a")
    draw.ellipse((270, 560, 700, 640), fill="#b08a60")
    draw.rounded_rectangle((320, 190, 640, 600), 34, fill="#2f6b4f")
    draw.rounded_rectangle((340, 110, 620, 220), 28, fill="#24543e")
    draw.rectangle((320, 214, 640, 226), fill="#d9b45b")
    draw.rounded_rectangle((370, 300, 590, 520), 14, fill="#f6efe0")
    draw.ellipse((430, 340, 530, 440), outline="#2f6b4f", width=7)
    draw.arc((455, 362, 545, 462), 150, 300, fill="#2f6b4f", width=7)
    draw.line((400, 474, 560, 474), fill="#b08a60", width=8)
    draw.line((430, 496, 530, 496), fill="#b08a60", width=6)
    draw.rounded_rectangle((342, 240, 366, 580), 12, fill="#3f8263")
    picture = io.BytesIO()
    twice.resize((480, 360), Image.Resampling.LANCZOS).save(picture, "PNG", optimize=True)
    return picture.getvalue()


def code_to_scan(link: str) -> bytes:
    """A PNG of a QR code with this address."""
    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="png", scale=10, border=3)
    return picture.getvalue()
