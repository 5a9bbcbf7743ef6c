"""Every door that administers, or reveals what stays hidden, leads to an entry in the audit log."""

import ast
from collections.abc import Iterable
from functools import cache

from guanxi.access import RIGHTS
from guanxi.http.api.app import ROUTES
from guanxi.http.api.given import right_of
from tests.architecture.source import modules

WRITERS = {"record", "add", "changed", "of_person"}
EVERYDAY = {
    "own",
    "look",
    "serve",
    "assign",
    "resolve",
    "contacts",
}  # what is done all day long stands in the conversation's own history
# They change nothing here: what they try is forgotten again.
TRIES = {
    "try_translation",
    "try_policy",
    "check_before_saving",
    "check_inbox",
    "try_rule",
    "choose_for_rule",
    "try_alarm_words",
}
# Doors of everyday rights, or that only read, which administer or reveal all the same.
MORE = {
    "switch_translation",
    "change_agent", "make_token", "revoke_token", "found_workspace", "block_contact", "confirm_second_factor", "end_second_factor",
    "leave_workspace", "get_transcript", "get_report_table", "get_audit_table", "get_raw", "list_quarantine", "get_webhook_delivery",
}  # fmt: skip

Function = ast.AsyncFunctionDef | ast.FunctionDef


@cache
def functions() -> dict[tuple[str, str], list[Function]]:
    """By (module below the package, name): functions and methods."""
    found: dict[tuple[str, str], list[Function]] = {}
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                found.setdefault((path, node.name), []).append(node)
    return found


def called(module: str, function: Function) -> Iterable[tuple[str, str]]:
    """(module, name) of what a function calls: in its own file, in a context by its front door, on its desk."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            yield module, node.func.id
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            owner, name = node.func.value.id, node.func.attr
            if owner == "audit" and name in WRITERS:
                yield "audit", name
            elif owner == "desk":
                yield "http/auth.py", name
            else:
                yield from ((path, name) for path, one in functions() if one == name and path.startswith(f"{owner}/"))


def writes(module: str, name: str) -> bool:
    """Does this function, or one that it calls, write an entry?"""
    seen: set[tuple[str, str]] = set()
    waiting = [(module, name)]
    while waiting:
        here = waiting.pop()
        if here[0] == "audit":
            return True
        if here in seen:
            continue
        seen.add(here)
        for function in functions().get(here, []):
            waiting += called(here[0], function)
    return False


def place_of(handler: object) -> tuple[str, str]:
    fn = handler.fn  # type: ignore[attr-defined]
    return fn.__module__.removeprefix("guanxi.").replace(".", "/") + ".py", fn.__name__


def test_every_door_that_administers_or_reveals_writes_an_entry() -> None:
    doors = {str(route.operation_id): route for route in ROUTES}
    assert set(doors) >= MORE | TRIES
    administers = {
        name
        for name, route in doors.items()
        if right_of(route) in set(RIGHTS) - EVERYDAY and route.http_methods - {"GET", "HEAD", "OPTIONS"}
    }
    assert len(administers) > 30
    silent = sorted(name for name in (administers - TRIES) | MORE if not writes(*place_of(doors[name])))
    assert silent == [], (
        "these doors write nothing into the audit log: let their verb call audit.record or audit.changed"
    )


def test_a_door_that_writes_nothing_is_seen() -> None:
    doors = {str(route.operation_id): route for route in ROUTES}
    assert not writes(*place_of(doors["mark_read"]))
    assert not writes(*place_of(doors["list_queues"]))
