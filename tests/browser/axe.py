"""What axe-core calls serious or critical on a page, and the sights in which pages are looked at."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from playwright.async_api import Frame, Page

from tests.browser.pages import FRONTEND

AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SCREENS = {"desk": (1440, 860), "phone": (390, 844)}
PLACES = [pytest.param(scheme, *size, id=f"{scheme}-{name}") for scheme in SCHEMES for name, size in SCREENS.items()]


async def found(page: Page | Frame, where: str) -> list[str]:
    """What axe calls serious or critical, each with the element and what it says about it."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    # What still moves has the colours of neither end.
    await page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => {})))")
    result: dict[str, Any] = await page.evaluate(
        """rules => axe.run(document, {
          runOnly: rules, resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })""",
        RULES,
    )
    return [
        f"{where}: {rule['id']} ({rule['impact']}) {node['target']} {node['html'][:140]}: {node['failureSummary']}"
        for rule in result["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


async def found_by_day_and_night(page: Page, where: str) -> list[str]:
    """The same page in both schemes, as it stands: the desk's colours follow the scheme by its style sheets alone."""
    wrong: list[str] = []
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        wrong += await found(page, f"{where} ({scheme})")
    return wrong
