"""Every route of the API, read from its own description, with the smallest request that it understands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from guanxi.http.openapi import document

SAFE = ("get",)
# Paths that strangers may call; all others are closed.
OPEN = {"sign_in", "get_link", "use_link"}
OPEN |= {"get_sign_on", "begin_sign_on", "end_sign_on", "get_waiting_sign_on", "confirm_sign_on"}
# What an agent may not do. Who adds a route decides here, too.
ADMIN = {
    "change_agent", "invite", "change_workspace", "connect_inbox", "change_inbox", "check_before_saving",
    "check_inbox", "get_web_chat", "arrange_web_chat", "pause_inbox", "resume_inbox", "remove_inbox", "list_quarantine", "replay", "read_quota", "get_rich_menu", "draw_rich_menu", "publish_rich_menu",
    "withdraw_rich_menu", "get_report", "get_report_table", "get_parity", "get_parity_table",
}  # fmt: skip
ADMIN |= {"get_rules", "change_rules", "list_sign_in_records", "make_reset_link"}
ADMIN |= {
    "list_rules", "add_rule", "change_rule", "remove_rule", "order_rules", "choose_for_rule", "explain_rules", "try_rule", "list_rule_runs", "list_webhooks", "add_webhook", "change_webhook", "rotate_webhook_secret", "test_webhook", "remove_webhook",
    "list_webhook_deliveries", "get_webhook_delivery", "resend_webhook_delivery",
    "add_attribute", "change_attribute", "remove_attribute",
}  # fmt: skip
ADMIN |= {"add_queue", "change_queue", "remove_queue", "add_hours", "change_hours", "remove_hours"}
ADMIN |= {"list_audit_log", "get_audit_table", "add_role", "change_role", "remove_role"}
ADMIN |= {"add_team", "change_team", "join_team", "leave_team", "end_team"}
ADMIN |= {"set_alarm_words", "list_our_alarm_words", "try_alarm_words"}
ADMIN |= {"add_policy", "change_policy", "remove_policy", "try_policy"}
ADMIN |= {"set_ways", "get_coverage", "plan_coverage"}
ADMIN |= {"get_menu", "write_menu", "publish_menu", "list_codes", "make_code", "forget_code"}
# Of these, what a supervisor may; and what a viewer may change: what is his own.
SUPERVISOR = {"change_agent", "get_report", "get_report_table", "add_queue", "change_queue", "remove_queue"}
SUPERVISOR |= {"add_policy", "change_policy", "remove_policy", "try_policy"}
SUPERVISOR |= {"get_parity", "get_parity_table"}
SUPERVISOR |= {"set_alarm_words", "list_our_alarm_words", "try_alarm_words"}
SUPERVISOR |= {"add_hours", "change_hours", "remove_hours"}
SUPERVISOR |= {"get_coverage", "plan_coverage"}
OWN = {"change_me", "sign_out", "make_token", "read_notices", "revoke_token", "revoke_sign_in", "end_other_sign_ins"}
OWN |= {"begin_second_factor", "confirm_second_factor", "end_second_factor"}
ADMIN |= {"step_in", "hand_back", "get_parity", "serve_in", "set_presence_of"}
SUPERVISOR |= {"step_in", "hand_back", "get_parity", "serve_in", "set_presence_of"}
OWN |= {"enter_workspace", "leave_workspace"}
OWN |= {"push_here", "push_off"}
OWN |= {"begin_passkey", "add_passkey", "remove_passkey"}
OPEN |= {"begin_passkey_sign_in", "sign_in_with_passkey"}
ADMIN |= {"found_workspace", "set_wrap_ups"}
ADMIN |= {"get_translation", "set_translation", "try_translation"}
OWN |= {"add_saved_view", "change_saved_view", "remove_saved_view"}


@dataclass(frozen=True)
class Route:
    """One operation. `places` are its path parameters, `queries` its query parameters."""

    name: str
    method: str
    path: str
    places: tuple[str, ...]
    queries: tuple[str, ...]
    body: Any

    def at(self, ids: Mapping[str, str]) -> str:
        path = self.path
        for place in self.places:
            path = path.replace("{" + place + "}", ids[place])
        return path


@cache
def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document())
    return found


def routes() -> list[Route]:
    return [
        Route(
            name=operation["operationId"],
            method=method,
            path=path,
            places=tuple(one["name"] for one in operation.get("parameters", []) if one["in"] == "path"),
            queries=tuple(one["name"] for one in operation.get("parameters", []) if one["in"] == "query"),
            body=_body(operation),
        )
        for path, methods in described()["paths"].items()
        for method, operation in methods.items()
    ]


def closed() -> list[Route]:
    return [route for route in routes() if route.name not in OPEN]


def _body(operation: Any) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        return example(content["application/json"]["schema"])
    return None


def example(schema: Any) -> Any:
    """A value of this schema, with required members only."""
    if "$ref" in schema:
        return example(described()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return example(schema[choice][0])
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            members = schema.get("properties", {})
            return {name: example(members[name]) for name in schema.get("required", []) if name in members}
        case "array":
            return []
        case "integer" | "number":
            return 1
        case "boolean":
            return True
    match schema.get("format"):
        case "uuid":
            return str(uuid4())
        case "date-time":
            return "2099-01-01T00:00:00Z"
    return "A" * 24 if "24" in schema.get("pattern", "") else "something-long"
