"""`link`, `user`: one-time links for the first owner, and for whoever cannot sign in any more."""

from __future__ import annotations

import argparse

from guanxi import access
from guanxi.commands.begin import Command, by_hand, database, run, say, settings_of, where
from guanxi.house import open_house


def add(command: Command) -> None:
    link = where(command("link", _link, "print a one-time link: for the first owner, or to set a new password"))
    link.add_argument("--email", help="who sets a new password; without it, a link for the first owner")
    lost = where(command("user", _link, "`user reset ADDRESS` prints a link that gives somebody a new way in"))
    lost.add_argument("verb", choices=["reset"])
    lost.add_argument("email", help="whose")
    lost.add_argument("--totp", action="store_true", help="take the second factor away, too")


def _link(args: argparse.Namespace) -> int:
    settings = settings_of(args)

    async def work() -> int:
        async with database(settings) as (server, _), open_house(settings, server, wakes={}) as house:
            async with house.db.directory() as directory:
                directory.caller = by_hand()
                if args.email is None:
                    if await access.anybody(directory):
                        raise ValueError("There is an owner already. Name somebody: guanxi link --email ADDRESS")
                    token = await access.make_link(directory, "owner")
                else:
                    lost = getattr(args, "totp", False)
                    token = await access.link_to_reset(directory, args.email, clears_second_factor=lost)
            say(access.link_url(settings.public_url, token))
        return 0

    return run(work())
