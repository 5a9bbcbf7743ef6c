"""THREAD: who, and which conversation? One transaction per batch, every step for the whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from guanxi import channels, contacts, conversations, inboxes, routing
from guanxi.channel_kit import PULLED, Channel, Happened, Nudge, Post, Receipt, Received, Sender, limits_as_set
from guanxi.contacts import Identity, Seen
from guanxi.content import Chosen, Media, media_of
from guanxi.conversations import Arrival, Conversation, Edit, Wish
from guanxi.inboxes import Door
from guanxi.infra.ids import new_id
from guanxi.infra.jobs import Wanted, enqueue
from guanxi.infra.sql import Tx
from guanxi.pipeline import cross
from guanxi.pipeline.parse import Read

Said = tuple[Read, Received | Happened]
People = dict[tuple[UUID, str], Identity]
# Things that are kept with the contact and never shown as a line in the thread.
CHANGES = frozenset({"unsend", "edit"})
PROFILES_STAND = timedelta(days=7)  # then whoever speaks is asked about anew: names and pictures change
UNSHOWN = CHANGES | {"typing"}


async def thread(tx: Tx, door: Door, reads: Sequence[Read], *, reopen: timedelta) -> None:
    """Bring everything that was read into its conversations: recognise, join, append, and give to somebody.

    Locks go in one order everywhere: identities, conversations, agents, lanes; each sorted by id.
    """
    channel = channels.get(door.channel)
    said: list[Said] = [(read, item) for read in reads for item in read.items if isinstance(item, Received | Happened)]
    receipts = [item for read in reads for item in read.items if isinstance(item, Receipt)]
    people = await _recognise(tx, door, said)
    said = await _unheard(tx, door, said)
    await _open_windows(tx, door, channel, said, people)
    await contacts.note_following(
        tx, [(_speaker(door, item, people), _follows(item)) for _, item in said if _is_about_following(item)]
    )
    await _lock_all(tx, door, said, people, receipts)
    said = await _rated(tx, door, said)
    said, came = await cross.come(tx, door, said, people)
    joined = await _join(tx, door, channel, said, people, reopen)
    went = await cross.take_places(tx, came, joined)
    fresh = _arrivals(said, door, people, joined)
    await _name_lines(tx, door, fresh)
    await conversations.append(tx, fresh)
    await cross.go_on(tx, went)
    await _give(tx, fresh)
    await _follow_up(tx, door, channel, said, people, fresh)
    await _receive(tx, door, receipts)
    nudges = [item for read in reads for item in read.items if isinstance(item, Nudge)]
    if nudges:
        await inboxes.nudged(tx, door.inbox_id, door.channel, nudges)


async def _recognise(tx: Tx, door: Door, said: Sequence[Said]) -> People:
    senders: dict[str, Sender] = {}
    for _, item in said:
        for sender in (item.sender, item.group):
            if sender is None:
                continue
            before = senders.get(sender.external_id)
            if before is None or sender.updates or (sender.name and not before.updates):
                senders[sender.external_id] = sender
    if not senders:
        return {}
    seen = {(door.inbox_id, sender.external_id): _seen(door, sender) for sender in senders.values()}
    people = await contacts.recognise(tx, list(seen.values()))
    told = [(people[place], seen[place]) for place in seen if senders[place[1]].updates and not people[place].is_new]
    if told:
        await contacts.learn(tx, told)
    return people


async def _unheard(tx: Tx, door: Door, said: Sequence[Said]) -> list[Said]:
    """Without what a platform tells again: a repeat opens no conversation and no window. Asked with the identities
    locked, so that nobody can be telling the same at this moment."""
    known = await conversations.known_external_ids(tx, door.inbox_id, [item.external_id for _, item in said])
    fresh: dict[str, Said] = {}
    for one in said:
        if one[1].external_id not in known:
            fresh.setdefault(one[1].external_id, one)
    return list(fresh.values())


def _seen(door: Door, sender: Sender) -> Seen:
    attributes = dict(sender.attributes)
    return Seen(
        inbox_id=door.inbox_id,
        external_id=sender.external_id,
        kind=sender.kind,
        name=sender.name,
        language=sender.language,
        email=attributes.pop("email", ""),
        phone=attributes.pop("phone", ""),
        attributes=attributes,
        evidence=dict(sender.evidence),
    )


def _speaker(door: Door, item: Received | Happened, people: People) -> Identity:
    """Whose conversation this is: the group's, if somebody speaks in one."""
    return people[door.inbox_id, (item.group or item.sender).external_id]


def _post(item: Received | Happened) -> Post | None:
    """What it was said under, when everybody reads along."""
    return item.post if isinstance(item, Received) else None


def _thread(item: Received | Happened) -> str:
    return conversations.thread_key(item.thread, _post(item))


def _calls(item: Received | Happened) -> bool:
    """Does somebody have to look?"""
    return isinstance(item, Received) or item.opens_conversation


def _is_about_following(item: Received | Happened) -> bool:
    """In a group and in public people also speak who do not follow the account; of a group counts whether it is in it."""
    about = ("follow", "unfollow") if item.group is None else ("group_joined", "group_left")
    return (isinstance(item, Received) and item.post is None) or (isinstance(item, Happened) and item.what in about)


def _follows(item: Received | Happened) -> bool:
    return isinstance(item, Received) or item.what in ("follow", "group_joined")


async def _open_windows(tx: Tx, door: Door, channel: Channel, said: Sequence[Said], people: People) -> None:
    kinds = limits_as_set(channel.manifest, door.settings).reply_windows
    if kinds:
        await contacts.open_windows(
            tx,
            [
                (_speaker(door, item, people), item.opens, kinds, _heard_at(read, item), _closes(item))
                for read, item in said
            ],
        )


def _closes(item: Received | Happened) -> tuple[str, ...]:
    return item.closes if isinstance(item, Happened) else ()


def _heard_at(read: Read, item: Received | Happened) -> datetime:
    """Since when a window stands: what was fetched may have been said long before."""
    return min(read.raw.received_at, item.sent_at) if read.raw.method == PULLED else read.raw.received_at


async def _lock_all(tx: Tx, door: Door, said: Sequence[Said], people: People, receipts: Sequence[Receipt]) -> None:
    """Where more than messages arrived, several steps lock conversations: then all of them are locked beforehand."""
    happened = [item for _, item in said if isinstance(item, Happened)]
    rated = [answer[0] for _, item in said if (answer := _rating(item)) is not None]
    if not happened and not receipts and not rated:
        return
    await conversations.lock_named(
        tx,
        door.inbox_id,
        identity_ids=[_speaker(door, item, people).id for _, item in said],
        external_ids=[*(item.message_external_id for item in happened), *(one.external_id for one in receipts)],
        readers=[one.sender.external_id for one in receipts if one.up_to and one.sender is not None],
        rating_ids=rated,
    )


def _rating(item: Received | Happened) -> tuple[UUID, int] | None:
    """Which question it answers, with how many stars, where it is the answer to what a conversation was like."""
    if isinstance(item, Received) and isinstance(item.content, Chosen) and item.group is None:
        return conversations.read_rating(item.content.id)
    return None


async def _rated(tx: Tx, door: Door, said: Sequence[Said]) -> list[Said]:
    """Take the answers to what a conversation was like. Who gives one wants nothing: it opens nothing, and a second tap
    changes nothing. One that nobody asked for is a message like any other."""
    left: list[Said] = []
    for one in said:
        answer = _rating(one[1])
        try:
            if answer is not None:
                rating_id, score = answer
                who = [one[1].sender.external_id]
                await conversations.rate(tx, door.inbox_id, who, rating_id, score=score, word="")
        except conversations.NotFound:
            answer = None
        except conversations.Refused:  # rated already
            pass
        if answer is None:
            left.append(one)
    return left


async def _join(
    tx: Tx, door: Door, channel: Channel, said: Sequence[Said], people: People, reopen: timedelta
) -> dict[tuple[UUID, str], Conversation]:
    """Conversations for all who speak; those to whom something merely happened only if they have one open."""
    wishes = [
        Wish(
            identity_id=identity.id,
            thread=_thread(item),
            inbox_id=door.inbox_id,
            channel=door.channel,
            medium=post.medium if post else channel.manifest.medium,
            queue_id=door.queue_id,
            is_blocked=identity.is_blocked,
            post=post,
        )
        for _, item in said
        if _calls(item)
        for identity, post in ((_speaker(door, item, people), _post(item)),)
    ]
    joined = await conversations.join(tx, wishes, reopen=reopen) if wishes else {}
    quiet = {_speaker(door, item, people).id for _, item in said if isinstance(item, Happened)}
    if quiet - {identity for identity, _ in joined}:
        same = {one.id: one for one in joined.values()}
        for conversation in await conversations.lock_current(tx, sorted(quiet)):
            one = same.get(conversation.id, conversation)
            joined.setdefault((one.identity_id, one.thread), one)
    return joined


def _arrivals(
    said: Sequence[Said], door: Door, people: People, joined: dict[tuple[UUID, str], Conversation]
) -> list[Arrival]:
    arrivals = []
    for read, item in said:
        if isinstance(item, Happened) and item.what in UNSHOWN:
            continue
        identity = _speaker(door, item, people)
        conversation = joined.get((identity.id, _thread(item)))
        if conversation is None:
            continue
        arrivals.append(
            Arrival(
                id=new_id(),
                conversation=conversation,
                external_id=item.external_id,
                content=item.content if isinstance(item, Received) else None,
                line=None if isinstance(item, Received) else {"what": item.what, "details": dict(item.details)},
                sent_at=item.sent_at,
                inbound_seq=read.raw.seq,
                sender_identity_id=people[door.inbox_id, item.sender.external_id].id if item.group else None,
                calls=_calls(item) and not identity.is_blocked,
                quotes=item.quotes if isinstance(item, Received) else "",
                quote_token=item.quote_token if isinstance(item, Received) else "",
                read_token=item.read_token if isinstance(item, Received) else "",
            )
        )
    return arrivals


async def _name_lines(tx: Tx, door: Door, fresh: Sequence[Arrival]) -> None:
    """Who scanned a code or tapped the menu: the line says what the shop calls it."""
    lines: list[dict[str, str]] = [one.line["details"] for one in fresh if one.line is not None]  # type: ignore[misc]
    scenes = [details["scene"] for details in lines if "scene" in details]
    keys = [details["key"] for details in lines if "key" in details]
    names = await inboxes.code_names(tx, door.inbox_id, scenes) if scenes else {}
    labels = await inboxes.menu_labels(tx, door.inbox_id) if keys else {}
    for details in lines:
        name = names.get(details.get("scene", "")) or labels.get(details.get("key", ""))
        if name:
            details["title"] = name


async def _give(tx: Tx, fresh: Sequence[Arrival]) -> None:
    """ROUTE: whose turn is it? Conversations that came into the list by this batch go to somebody who is free."""
    came = {one.conversation.id: one.conversation for one in fresh if one.conversation.came_into_the_list()}
    await routing.give(tx, [came[key] for key in sorted(came)])


async def _follow_up(
    tx: Tx, door: Door, channel: Channel, said: Sequence[Said], people: People, fresh: Sequence[Arrival]
) -> None:
    """What takes longer is left to the hands: files to fetch, profiles to ask for; and what was taken back goes."""
    wanted = []
    for one in fresh:
        media = media_of(one.content) if one.content is not None else None
        if media is not None and media.remote and channel.fetch_media is not None:
            wanted.append(_fetch_job(door, one, media))
    if channel.profile is not None:
        asked = {people[door.inbox_id, item.sender.external_id].id: item for _, item in said}
        stale = [p.id for p in people.values() if p.profile_at and p.profile_at < tx.now - PROFILES_STAND]
        if stale:
            await contacts.note_asked(tx, stale)
        for identity in {p.id: p for p in people.values()}.values():
            if identity.is_new or identity.id in stale:
                group = asked[identity.id].group if identity.kind == "person" and identity.id in asked else None
                wanted.append(_profile_job(door, identity, group.external_id if group else ""))
    proved = {people[door.inbox_id, item.sender.external_id].id for _, item in said if item.sender.evidence}
    wanted += [contacts.want_match(identity_id) for identity_id in sorted(proved)]
    await enqueue(tx, wanted)
    heard = [one.external_id for one in fresh if one.content is not None]
    if heard and CHANGES & {*channel.manifest.capabilities.happens}:
        await conversations.catch_up(tx, door.inbox_id, heard)
    edits = [
        Edit(external_id=item.message_external_id, content=item.content, at=item.sent_at)
        for _, item in said
        if isinstance(item, Happened) and item.what == "edit" and item.content is not None
    ]
    if edits:
        await conversations.edit(tx, door.inbox_id, edits)
    unsent = [item.message_external_id for _, item in said if isinstance(item, Happened) and item.what == "unsend"]
    if unsent:
        await conversations.unsend(tx, door.inbox_id, unsent)


def _fetch_job(door: Door, one: Arrival, media: Media) -> Wanted:
    return Wanted(
        lane=f"media:{one.id}",
        pool=f"media:{door.inbox_id}",
        kind="fetch_media",
        args={"inbox": str(door.inbox_id), "conversation": str(one.conversation.id), "seq": one.seq},
    )


def _profile_job(door: Door, identity: Identity, group: str) -> Wanted:
    return Wanted(
        lane=f"profile:{identity.id}",
        pool=f"profile:{door.inbox_id}",
        kind="fetch_profile",
        args={"inbox": str(door.inbox_id), "identity": str(identity.id), "group": group},
    )


async def _receive(tx: Tx, door: Door, receipts: Sequence[Receipt]) -> None:
    named = [(one.external_id, one.status, one.reason) for one in receipts if one.external_id]
    if named:
        await conversations.receive_receipts(tx, door.inbox_id, named)
    folded: dict[str, Receipt] = {}
    for one in receipts:
        if one.up_to and one.sender is not None:
            best = folded.get(one.sender.external_id)
            if best is None or (one.status == "read", one.at) >= (best.status == "read", best.at):
                folded[one.sender.external_id] = one
    for external_id, one in sorted(folded.items()):
        await conversations.contact_has_read(tx, door.inbox_id, external_id, one.at, one.status)
