"""A picture that stands for a film of which nobody has taken one: a triangle on dark ground."""

from __future__ import annotations

import functools
import io

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 640, 360


@functools.cache
def neutral_still() -> bytes:
    """A PNG, the same each time."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "#22282b")
    pen = ImageDraw.Draw(picture)
    x, y = WIDTH // 2, HEIGHT // 2
    pen.ellipse((x - 56, y - 56, x + 56, y + 56), fill="#3c464a")
    pen.polygon(((x - 18, y - 30), (x - 18, y + 30), (x + 34, y)), fill="#f4f6f6")
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
