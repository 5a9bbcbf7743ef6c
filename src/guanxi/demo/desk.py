"""What the shop's desk has at hand once its past is told: teams, macros, wrap-up codes, rules. By verbs only."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from guanxi import automation, conversations, macros, routing
from guanxi.conversations import GivenCode
from guanxi.demo.scripts import FOLDER, Written
from guanxi.infra.sql import Tx


class TeamLine(Written, frozen=True, kw_only=True):
    """Who works together; only they serve in `queues`."""

    name: str
    agents: tuple[str, ...]
    heads: tuple[str, ...]
    queues: tuple[str, ...]


class MacroLine(Written, frozen=True, kw_only=True):
    name: str
    key: macros.Key
    actions: tuple[dict[str, Any], ...]


class WrapUpLine(Written, frozen=True, kw_only=True):
    name: str
    codes: tuple[str, ...] = ()


class RuleLine(Written, frozen=True, kw_only=True):
    name: str
    kind: str
    conditions: tuple[automation.Condition, ...]
    actions: tuple[dict[str, Any], ...]


class Desk(Written, frozen=True, kw_only=True):
    """Actions are written as the API has them, with the name of a queue or a wrap-up code where that has an id."""

    team: tuple[TeamLine, ...]
    macro: tuple[MacroLine, ...]
    wrap_up: tuple[WrapUpLine, ...]
    rule: tuple[RuleLine, ...]


@cache
def desk() -> Desk:
    return msgspec.convert(tomllib.loads((FOLDER / "desk.toml").read_text("utf-8")), Desk)


async def furnish(tx: Tx, agents: Mapping[str, UUID], *, by: UUID) -> None:
    """Put all of it down. The past is behind: no rule answers what was said in it."""
    queues = {one.name: one for one in await routing.queues(tx)}
    for team in desk().team:
        members = {agents[name]: name in team.heads for name in team.agents}
        team_id = await routing.add_team(tx, team.name, members, by=by)
        for name in team.queues:
            has = {field: getattr(queues[name], field) for field in routing.QueueWishes.__struct_fields__}
            wishes = routing.QueueWishes(**has | {"everybody": False, "teams": (team_id,)})
            await routing.change_queue(tx, queues[name].id, wishes, (), by=by)
    given = [GivenCode(one.name, codes=tuple(map(GivenCode, one.codes))) for one in desk().wrap_up]
    await conversations.set_wrap_ups(tx, needed=False, codes=given, by=by)
    ids = {
        "queue": {name: one.id for name, one in queues.items()},
        "wrap_up": {one.name: one.id for one in await conversations.wrap_ups(tx) if one.group_id},
    }
    for macro in desk().macro:
        actions = msgspec.convert(_with_ids(macro.actions, ids), list[macros.MacroAction])
        await macros.add(tx, name=macro.name, key=macro.key, actions=actions, personal=False, by=by)
    for rule in desk().rule:
        does = msgspec.convert(_with_ids(rule.actions, ids), list[automation.Action])
        await automation.add_rule(
            tx, name=rule.name, kind=rule.kind, conditions=rule.conditions, actions=does, is_on=True, by=by
        )


def _with_ids(actions: Sequence[Mapping[str, Any]], ids: Mapping[str, Mapping[str, UUID]]) -> list[dict[str, Any]]:
    """The same with ids for names: {"queue": "售后"} is {"queue_id": …}."""
    return [
        dict((f"{key}_id", ids[key][value]) if key in ids else (key, value) for key, value in action.items())
        for action in actions
    ]
