"""Rules of the house that imports cannot show. Each is a function of the source, tried on a planted fault first."""

import ast
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, modules, texts

FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "base", "manager", "service"}
OPENERS = ("http/", "worker/", "commands/", "demo/")
SQL_PLACES = re.compile(r"^(infra|views|reports)/|^events\.py$|/(queries|actions)(/\w+)?\.py$")
STATEMENT = re.compile(
    r"^\s*(select\s|insert\s+into\s|update\s+\w+.*\sset\s|delete\s+from\s|with\s+\w+\s+as\s|create\s+(table|index)|listen\s|notify\s)",
    re.IGNORECASE | re.DOTALL,
)
Source = Iterable[tuple[str, ast.Module]]


def channel_names() -> set[str]:
    return {path.parent.name for path in PACKAGE.glob("channels/*/manifest.py")}


def misnamed(source: Source) -> list[str]:
    return [path for path, _ in source if FORBIDDEN_NAMES & set(path.removesuffix(".py").split("/"))]


def opened_elsewhere(source: Source) -> list[str]:
    """Transactions opened where only steps should stand. asyncpg's own, inside infra, are what these are made of."""
    return [
        f"{path}:{node.lineno}"
        for path, tree in source
        if not path.startswith((*OPENERS, "infra/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("transaction", "reading")
    ]


def sql_elsewhere(source: Source) -> list[str]:
    return [
        f"{path}:{line}"
        for path, tree in source
        if not SQL_PLACES.search(path)
        for line, text in texts(tree)
        if STATEMENT.match(text)
    ]


def channels_named_in_pipeline(source: Source) -> list[str]:
    names = channel_names()
    return [
        f"{path}:{line}"
        for path, tree in source
        if path.startswith("pipeline/")
        for line, text in texts(tree)
        if names & set(re.findall(r"\w+", text.lower()))
    ]


def without_a_docstring(source: Source) -> list[str]:
    return [path for path, tree in source if not ast.get_docstring(tree)]


def too_long(package: Path) -> list[str]:
    return [str(path) for path in package.rglob("*.py") if len(path.read_text().splitlines()) > 350]


RULES: list[tuple[Callable[[Source], list[str]], str, str]] = [
    (misnamed, "contacts/helpers.py", "x = 1"),
    (misnamed, "utils/__init__.py", "x = 1"),
    (opened_elsewhere, "conversations/actions.py", "async def f(db, w):\n    async with db.transaction(w) as tx: ..."),
    (opened_elsewhere, "views/lists.py", "async def f(db, w):\n    async with db.reading(w) as tx: ..."),
    (sql_elsewhere, "pipeline/thread.py", "async def f(tx):\n    await tx.fetch('select id from message')"),
    (sql_elsewhere, "contacts/rules.py", "Q = 'update contact set name = $1'"),
    (channels_named_in_pipeline, "pipeline/deliver.py", "def f(inbox):\n    return inbox.channel == 'wechat'"),
    (without_a_docstring, "contacts/odd.py", "x = 1"),
]


@pytest.mark.parametrize(("rule", "path", "code"), RULES, ids=lambda value: getattr(value, "__name__", None))
def test_a_rule_sees_a_planted_fault(rule: Callable[[Source], list[str]], path: str, code: str) -> None:
    assert [found.split(":")[0] for found in rule([(path, ast.parse(code))])] == [path]


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, _, _ in RULES), ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rule(rule: Callable[[Source], list[str]]) -> None:
    assert rule(modules()) == []


def test_no_file_is_longer_than_it_can_be_held_in_mind() -> None:
    assert too_long(PACKAGE) == []
