"""`teams list`, `teams add`, `teams members`: who works together under a name, and who joins, heads or leaves a team."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from uuid import UUID

import msgspec

from guanxi import routing, views
from guanxi.commands.begin import Command, by_hand, database, run, say, settings_of, where
from guanxi.house import House, open_house
from guanxi.routing import Team

LONGEST_NAME = 40
WHY_NOT = {
    "team_taken": "There is a team of this name already.",
    "too_many_teams": "These are enough teams for one workspace.",
}


def add(command: Command) -> None:
    one = command("teams", _teams, "list the teams of a workspace, make one, or change who is of it")
    verbs = one.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="each team with how many are of it and which queues it serves")
    making = verbs.add_parser("add", help="a new team; which queues it serves is said in Settings → Queues")
    making.add_argument("name")
    members = verbs.add_parser("members", help="who is of a team; with --join, --head or --leave, after that change")
    members.add_argument("name", help="the team's")
    for parser in (making, members):
        parser.add_argument("--join", metavar="ADDRESS", action="append", default=[], help="who is of it (repeatable)")
        parser.add_argument("--head", metavar="ADDRESS", action="append", default=[], help="who heads it (repeatable)")
    members.add_argument("--leave", metavar="ADDRESS", action="append", default=[], help="who is of it no more")
    for parser in (listing, making, members):
        where(parser).add_argument("--workspace", metavar="NUMBER|ID", help="needed where there are several")


def _teams(args: argparse.Namespace) -> int:
    settings = settings_of(args)

    async def work() -> int:
        async with database(settings) as (server, _), open_house(settings, server, wakes={}) as house:
            await VERBS[args.verb](house, await _workspace(house, args.workspace), args)
        return 0

    return run(work())


async def _workspace(house: House, wanted: str | None) -> UUID:
    async with house.db.directory() as directory:
        founded = await views.founded_workspaces(directory)
    chosen = [one for one in founded if wanted in (None, str(one.number), str(one.id))]
    if not chosen:
        raise ValueError(f"There is no workspace {wanted or 'yet'}; `guanxi workspace list` shows them.")
    if len(chosen) > 1:
        raise ValueError(
            "There are several workspaces: say which, with --workspace; `guanxi workspace list` shows them."
        )
    return chosen[0].id


async def _list(house: House, workspace_id: UUID, args: argparse.Namespace) -> None:
    async with house.db.reading(workspace_id) as tx:
        found, queues = await routing.teams(tx), {one.id: one.name for one in await routing.queues(tx)}
    for one in found:
        serves = ", ".join(queues[id_] for id_ in one.queues if id_ in queues) or "no queue"
        say(f"{one.name}  ({len(one.agents)} of it)  serves {serves}")
    if not found:
        say("There is no team yet. `guanxi teams add NAME` makes one.")


async def _add(house: House, workspace_id: UUID, args: argparse.Namespace) -> None:
    name = args.name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(f"A team needs a name of at most {LONGEST_NAME} characters.")
    agents = await _agents(house, workspace_id, [*args.join, *args.head])
    heads = {address.lower() for address in args.head}
    try:
        async with house.db.transaction(workspace_id) as tx:
            tx.caller = by_hand()
            members = {id_: address in heads for address, id_ in agents.items()}
            team_id = await routing.add_team(tx, name, members, by=None)
            (made,) = await routing.teams(tx, team_id)
    except routing.Refused as refused:
        raise ValueError(WHY_NOT.get(refused.code, refused.code)) from refused
    await _show(house, workspace_id, made)


async def _members(house: House, workspace_id: UUID, args: argparse.Namespace) -> None:
    agents = await _agents(house, workspace_id, [*args.join, *args.head, *args.leave])
    async with house.db.transaction(workspace_id) as tx:
        tx.caller = by_hand()
        named = [one for one in await routing.teams(tx) if one.name.casefold() == args.name.strip().casefold()]
        if not named:
            raise ValueError(f"There is no team {args.name}; `guanxi teams list` shows them.")
        team_id = named[0].id
        for address in args.join:
            is_head = agents[address.lower()] in named[0].heads
            await routing.join_team(tx, team_id, agents[address.lower()], is_head=is_head, by=None)
        for address in args.head:
            await routing.join_team(tx, team_id, agents[address.lower()], is_head=True, by=None)
        for address in args.leave:
            try:
                await routing.leave_team(tx, team_id, agents[address.lower()], by=None)
            except routing.NotFound as error:
                raise ValueError(f"{address} is not of {named[0].name}.") from error
        (now,) = await routing.teams(tx, team_id)
    await _show(house, workspace_id, now)


async def _people(house: House, workspace_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Name and address of everybody who serves there."""
    async with house.db.directory() as directory:
        addresses = await views.agent_emails(directory, workspace_id)
    async with house.db.reading(workspace_id) as tx:
        found = msgspec.json.decode(await views.agents(tx))
    return {
        id_: (one["name"], addresses[id_])
        for one in found
        if (id_ := UUID(one["id"])) in addresses and not one["removed"]
    }


async def _agents(house: House, workspace_id: UUID, wanted: list[str]) -> Mapping[str, UUID]:
    """Agents by address, in small letters. Raises ValueError for an address of nobody there."""
    known = {address.lower(): id_ for id_, (_, address) in (await _people(house, workspace_id)).items()}
    for address in wanted:
        if address.lower() not in known:
            raise ValueError(f"Nobody of this workspace has the address {address}.")
    return {address.lower(): known[address.lower()] for address in wanted}


async def _show(house: House, workspace_id: UUID, one: Team) -> None:
    people = await _people(house, workspace_id)
    say(f"{one.name}:")
    for id_ in sorted(set(one.agents) & people.keys(), key=lambda id_: people[id_]):
        name, address = people[id_]
        say(f"  {name}  {address}{'  (heads it)' if id_ in one.heads else ''}")
    if not one.agents:
        say("  nobody yet")


VERBS = {"list": _list, "add": _add, "members": _members}
