"""Finds every SQL statement that the package sends to the database."""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.architecture.source import modules

SENDERS = {"fetch", "fetchrow", "fetchval", "execute", "executemany", "cursor"}


@dataclass(frozen=True)
class Statement:
    """Where a statement stands, and its text; None where the text cannot be known without running the code."""

    place: str
    sql: str | None


def statements() -> Iterator[Statement]:
    """Statements in calls such as tx.fetch("select …"): literals, or built of constants of their module."""
    for path, tree in modules():
        name = "guanxi." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for function in ast.walk(tree):
            if isinstance(function, ast.AsyncFunctionDef):
                for call in ast.walk(function):
                    if (argument := sent(call)) is not None:
                        place = f"{path}:{call.lineno}"  # type: ignore[attr-defined]
                        for sql in readings(argument, function, importlib.import_module(name).__dict__):
                            yield Statement(place, sql)


def sent(node: ast.AST) -> ast.expr | None:
    """The first argument of a call that sends SQL."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SENDERS and node.args:
        owner = node.func.value
        named = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
        if named in ("tx", "connection", "directory", "reader", "db"):
            return node.args[0]
    return None


def readings(argument: ast.expr, function: ast.AsyncFunctionDef, names: dict[str, object]) -> list[str | None]:
    """What the argument may be: both arms of a choice, all statements of a table of them, every entry of a table, the constants that a local name was given."""
    if isinstance(argument, ast.IfExp):
        return readings(argument.body, function, names) + readings(argument.orelse, function, names)
    if isinstance(argument, ast.Subscript) and isinstance(argument.value, ast.Name):
        table = names.get(argument.value.id)
        if isinstance(table, dict):
            return list(table.values())
    if isinstance(argument, ast.Subscript) and isinstance(argument.value, ast.Name):
        table = names.get(argument.value.id)
        return list(table.values()) if isinstance(table, dict) else [None]
    if isinstance(argument, ast.Name) and argument.id not in names:
        given = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == argument.id for target in node.targets)
        ]
        return [sql for value in given for sql in readings(value, function, names)] or [None]
    try:
        sql = eval(compile(ast.Expression(argument), "<statement>", "eval"), dict(names))
    except NameError:
        return [None]
    return [sql if isinstance(sql, str) else None]
