"""The shop as it is set up before anybody has written: workspace, people, phrases, inboxes. By verbs only."""

from __future__ import annotations

import secrets as randomness
import string
from collections.abc import Mapping
from uuid import UUID

from guanxi import access, channels, inboxes, promises, routing, team
from guanxi.demo.guests import GUESTS
from guanxi.demo.memory import Memory
from guanxi.demo.scripts import Shop
from guanxi.house import House
from guanxi.infra.sql import Tx

COLOR = "#3d6b5c"  # the brand's celadon


async def found(house: House, shop: Shop, bases: Mapping[str, str]) -> Memory:
    """Set up the workspace, its people, phrases and inboxes. `bases`: where the simulated platforms answer."""
    owner, *others = shop.agent
    async with house.db.directory() as directory:
        people = {
            line.name: await access.add_person(
                directory, email=line.email, name=line.name, password_hash=None, language=line.language
            )
            for line in shop.agent
        }
        workspace_id, owner_id = await team.found_workspace(
            directory, name=shop.name, language=shop.language, person_id=people[owner.name], person_name=owner.name
        )
        agents = {owner.name: owner_id}
        for line in others:
            agents[line.name] = await team.join(
                directory, workspace_id, person_id=people[line.name], name=line.name, role=line.role
            )
    async with house.db.transaction(workspace_id) as tx:
        await team.change_workspace(tx, by=owner_id, greeting=shop.greeting, away_text=shop.away_text)
        for line in others:
            await team.joined(tx, agents[line.name])
        for phrase in shop.phrase:
            await team.add_phrase(tx, shortcut=phrase.shortcut, text=phrase.text, by=owner_id)
        connected = {
            str(line.channel): await inboxes.connect(
                tx,
                channels.get(line.channel).manifest,
                name=line.name,
                settings=_settings(line.channel, bases, shop),
                secrets=_secrets(line.channel),
                sealer=house.sealer,
                by=owner_id,
                greeting=line.greeting,
                away_text=line.away_text,
            )
            for line in shop.inbox
        }
        for line in shop.agent:
            await routing.set_skills(tx, agents[line.name], line.skills, by=owner_id)
        policies = await _policies(tx, shop, owner_id)
        queues = await _queues(tx, shop, policies, owner_id)
        for inbox in shop.inbox:
            await inboxes.lead_to(tx, connected[str(inbox.channel)], queues[inbox.queue], by=owner_id)
    return Memory(workspace_id=workspace_id, owner_id=people[owner.name], inboxes=connected, agents=agents)


async def _policies(tx: Tx, shop: Shop, by: UUID) -> dict[str, UUID]:
    """By queue, which policy is its own; the one that names no queue holds everywhere else."""
    ids: dict[str, UUID] = {}
    for line in shop.policy:
        wishes = promises.PolicyWishes(
            name=line.name, first_minutes=line.first, next_minutes=line.next, resolve_minutes=line.resolve
        )
        id_ = await promises.add_policy(tx, wishes, is_default=not line.queues, by=by)
        ids |= dict.fromkeys(line.queues, id_)
    return ids


async def _queues(tx: Tx, shop: Shop, policies: Mapping[str, UUID], by: UUID) -> dict[str, UUID]:
    """The shop's queues by name. The one that every workspace begins with is its first."""
    (first,) = await routing.queues(tx)
    ids: dict[str, UUID] = {}
    for line in shop.queue:
        new = routing.QueueWishes(name=line.name)
        ids[line.name] = await routing.add_queue(tx, new, (), by=by) if ids else first.id
    for position, line in enumerate(shop.queue):
        target, minutes = line.overflow or (None, None)
        wishes = routing.QueueWishes(
            name=line.name,
            needs=line.needs,
            priority=line.priority,
            sticky_days=line.sticky_days,
            overflow_minutes=minutes,
            overflow_queue_id=ids[target] if target else None,
            policy_id=policies.get(line.name),
            position=position,
        )
        await routing.change_queue(tx, ids[line.name], wishes, (), by=by)
    return ids


def _settings(channel: str, bases: Mapping[str, str], shop: Shop) -> dict[str, str]:
    match channel:
        case "wechat":
            account = {"app_id": f"wx{randomness.token_hex(8)}", "original_id": f"gh_{randomness.token_hex(6)}"}
            return {"mode": "safe", "api_base": bases["wechat"], **account}
        case "line":
            return {"api_base": bases["line"], "data_base": bases["line"]}
        case "kakao":
            sender_key = randomness.token_hex(20)
            return {"way": "counsel", "api_base": bases["kakao"], "sender_key": sender_key, "client_id": "qinghe"}
        case _ if channel in GUESTS:
            return {"api_base": bases[channel], **GUESTS[channel].settings()}
        case _:
            return {"title": shop.name, "color": COLOR}


def _secrets(channel: str) -> dict[str, str]:
    match channel:
        case "wechat":
            letters = string.ascii_letters + string.digits
            aes_key = "".join(randomness.choice(letters) for _ in range(42)) + "A"  # the last holds four bits only
            return {"app_secret": _random(), "token": _random(), "encoding_aes_key": aes_key}
        case "line":
            return {"channel_secret": _random(), "channel_access_token": _random()}
        case "kakao":
            return {"inbound_key": _random(), "client_secret": _random()}
        case _ if channel in GUESTS:
            return GUESTS[channel].secrets()
        case _:
            return {"identify_secret": _random(), "visitor_key": _random()}


def _random() -> str:
    return randomness.token_hex(16)
