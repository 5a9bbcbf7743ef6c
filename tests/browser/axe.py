"""What axe-core calls serious or critical on a page, and the sights in which pages are looked at."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from playwright.async_api import Frame, Page

from tests.browser.pages import FRONTEND

AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Scheme = Literal["light", "dark"]
PLACES = [
    pytest.param(scheme, width, height, id=f"{scheme}-{name}")
    for scheme in ("light", "dark")
    for name, width, height in (("desk", 1440, 860), ("phone", 390, 844))
]


async def found(page: Page | Frame, where: str) -> list[str]:
    """What axe calls serious or critical, each with the element and what it says about it."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    # What still moves has the colours of neither end.
    await page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => {})))")
    result: dict[str, Any] = await page.evaluate(
        "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", RULES
    )
    return [
        f"{where}: {rule['id']} ({rule['impact']}) {node['target']} {node['html'][:140]}: {node['failureSummary']}"
        for rule in result["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
