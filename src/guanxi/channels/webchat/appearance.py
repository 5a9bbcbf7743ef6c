"""The shop's colour and sites, looked over before they are saved: legible, and spelled as a browser spells them."""

from __future__ import annotations

import re

from guanxi.channel_kit import Access

WHITE, INK = "#ffffff", "#1a1c1e"
LEAST = 4.5  # WCAG 2.1, 1.4.3: contrast of text of ordinary size
_SITE = re.compile(r"https?://(\*\.)?[a-z0-9.-]+(:[0-9]{1,5})?")


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (#rrggbb), 1 to 21, as WCAG 2.1 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(color: str) -> str:
    """White or ink, whichever is read better on the colour, or '' when neither is read well enough."""
    best = max((WHITE, INK), key=lambda ink: contrast(color, ink))
    return best if contrast(color, best) >= LEAST else ""


def sites_of(setting: str) -> tuple[str, ...]:
    """The sites that may show the widget: origins as browsers spell them. Empty: any site may."""
    return tuple(site.rstrip("/").lower() for site in re.split(r"[\s,;]+", setting.strip()) if site)


async def check(access: Access) -> str:
    """'' or what is wrong: `color_contrast`, `site_unreadable`, `visitor_key_missing`."""
    if not access.secrets.get("visitor_key"):
        return "visitor_key_missing"
    color = access.settings.get("color", "")
    if color and not (re.fullmatch("#[0-9a-fA-F]{6}", color) and ink_on(color)):
        return "color_contrast"
    if not all(_SITE.fullmatch(site) for site in sites_of(access.settings.get("sites", ""))):
        return "site_unreadable"
    return ""


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
