"""`workspace create`, `workspace list`: those that live side by side in one installation."""

from __future__ import annotations

import argparse
from datetime import timedelta

from guanxi import access, conversations, team, views
from guanxi.commands.begin import Command, by_hand, database, run, say, settings_of, where
from guanxi.house import House, open_house

INVITATION_LIVES = timedelta(days=7)


def add(command: Command) -> None:
    one = command("workspace", _workspace, "found a workspace, or list those that there are")
    verbs = one.add_subparsers(dest="verb", required=True, metavar="VERB")
    where(verbs.add_parser("list", help="each workspace with its number and how many serve there"))
    create = where(verbs.add_parser("create", help="found a workspace; its owner becomes its admin"))
    create.add_argument("name")
    create.add_argument("--owner", required=True, metavar="ADDRESS", help="who becomes its admin")
    create.add_argument("--language", choices=conversations.LANGUAGES, default="zh-CN")
    create.add_argument("--time-zone", default="Asia/Shanghai")


def _workspace(args: argparse.Namespace) -> int:
    settings = settings_of(args)

    async def work() -> int:
        async with database(settings) as (server, _), open_house(settings, server, wakes={}) as house:
            await (_list(house) if args.verb == "list" else _create(house, args))
        return 0

    return run(work())


async def _list(house: House) -> None:
    async with house.db.directory() as directory:
        founded = await views.founded_workspaces(directory)
    for one in founded:
        say(f"{one.number}  {one.id}  {one.name}  ({one.agents} {'serves' if one.agents == 1 else 'serve'})")
    if not founded:
        say("There is no workspace yet. `guanxi link` prints the link that founds the first.")


async def _create(house: House, args: argparse.Namespace) -> None:
    """Who has an account is its admin at once; for anybody else a link is printed by which he becomes it."""
    name, email = args.name.strip()[:80], access.plain_email(args.owner)
    if not name:
        raise ValueError("A workspace needs a name.")
    if email is None:
        raise ValueError(f"{args.owner} is no e-mail address.")
    try:
        async with house.db.directory() as directory:
            directory.caller = by_hand()
            owner = await access.find_person(directory, email)
            workspace_id = await team.found_empty_workspace(
                directory, name=name, language=args.language, time_zone=args.time_zone
            )
            if owner is None:
                token = await access.make_link(
                    directory,
                    "invitation",
                    workspace_id=workspace_id,
                    email=email,
                    role="admin",
                    lives=INVITATION_LIVES,
                )
            else:
                await team.join(directory, workspace_id, person_id=owner.id, name=owner.name, role="admin")
    except team.Refused as refused:
        raise ValueError(f"There is no time zone {args.time_zone}.") from refused
    if owner is None:
        say(f"{name} is founded. Nobody here has the address {email}: this link, within a week, makes its owner:")
        say(access.link_url(house.settings.public_url, token))
    else:
        say(f"{name} is founded, and {email} is its admin.")
