"""WeCom's sessions: who has one, what the platform lets us do about it, and our own end of one.

Facts: the platform's page on service states. 0 new, 1 bot: the interface answers. 2 in the waiting pool, 3 with a servicer
in the WeCom app: only the app answers, and the only ways on are another servicer and the end. 4 over: the customer has to
write again. Nothing here moves a session that the inbox's settings do not let be moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from guanxi.channel_kit import (
    Access,
    AccessLost,
    MaybeSent,
    NotSent,
    Opening,
    Outcome,
    Rejected,
    RetryLater,
    Sent,
    WindowClosed,
)
from guanxi.channel_kit.fields import identifier, number, text
from guanxi.channel_kit.weixin.calling import Refused
from guanxi.channels.wecom.asking import ask, tell
from guanxi.channels.wecom.codes import outcome_of

BOT, POOL, SERVICER, OVER = 1, 2, 3, 4


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one customer's session with the account, and which servicer has it, if one has."""

    state: int
    servicer: str = ""

    @property
    def is_ours(self) -> bool:
        return self.state in (0, BOT)

    @property
    def is_elsewhere(self) -> bool:
        return self.state in (POOL, SERVICER)


async def session_of(person: str, access: Access) -> Session | None:
    """As far as the platform tells; None where it does not."""
    try:
        told = (await tell(access, "/cgi-bin/kf/service_state/get", _about(person, access))).json()
    except (Refused, NotSent, MaybeSent):
        return None
    state = number(told, "service_state")
    return None if state is None else Session(state=int(state), servicer=identifier(told, "servicer_userid"))


async def why_not(session: Session, said: str, access: Access) -> Outcome:
    """Why nothing can be sent in this session. `said` is the refusal in the platform's words."""
    match session.state:
        case 4:
            return WindowClosed(reason="session_ended", detail=said)
        case 3:
            return Rejected(reason="served_elsewhere", detail=await _name_of(session.servicer, access) or said)
        case 2:
            return Rejected(reason="waits_elsewhere", detail=said)
        case _:  # it came back to us at this moment, or the code means something else
            return Rejected(reason="errcode", detail=said)


async def take_over(person: str, said: Mapping[str, Any], access: Access) -> Outcome:
    """No way leads from the WeCom app back to us but the end: we end the session, and the code that we get for it lets
    this one message through. With the customer's next word a new session begins, which is ours."""
    try:
        code = await _move(person, OVER, access)
    except (Refused, MaybeSent) as error:  # the message itself has not been sent
        if isinstance(error, MaybeSent):
            raise NotSent(f"the session was not taken over: {error}") from error
        return Rejected(reason="not_taken_over", detail=f"{error.code} {error.message}"[:500])
    if not code:
        return WindowClosed(reason="session_ended", detail="no code came with the end")
    try:
        answer = await _at_the_end(code, said, access)
    except Refused as refusal:
        outcome = outcome_of(refusal.code, refusal.message, access)
        detail = f"{refusal.code} {refusal.message}"[:500]
        return outcome if isinstance(outcome, AccessLost) else WindowClosed(reason="session_ended", detail=detail)
    return Sent(external_ids=(answer or str(said["msgid"]),))


async def end(external_id: str, access: Access) -> tuple[Opening, ...] | None:
    """Our end of a session that is ours, and the code that it gives for one last word within 20 seconds. One that waits, or
    that a colleague in the WeCom app has, goes on there, and what may be said in it stands: None."""
    return await _leave(external_id, OVER, "session_ended", access)


async def hand_over(external_id: str, access: Access) -> tuple[Opening, ...] | None:
    """A session that is ours goes into WeCom's waiting pool, and the code lets us say one thing while it waits there. One
    that is there already, or that a colleague has, stays as it is: None."""
    return await _leave(external_id, POOL, "session_waits", access)


async def _leave(person: str, state: int, opens: str, access: Access) -> tuple[Opening, ...] | None:
    session = await session_of(person, access)
    if session is None:
        raise NotSent("it is not told who has the session")
    if not session.is_ours:
        return () if session.state == OVER else None
    try:
        code = await _move(person, state, access)
    except Refused as refusal:
        outcome = outcome_of(refusal.code, refusal.message, access)
        if isinstance(outcome, RetryLater):
            raise NotSent(f"{refusal.code} {refusal.message}") from refusal
        return () if isinstance(outcome, WindowClosed) else None  # else somebody there has taken it at this moment
    return (Opening(by=opens, token=code),) if code else ()


async def _move(person: str, state: int, access: Access) -> str:
    """The session goes into another state. The code lets us say one thing to it."""
    said = {**_about(person, access), "service_state": state}
    return text((await tell(access, "/cgi-bin/kf/service_state/trans", said)).json(), "msg_code")[:256]


async def _at_the_end(code: str, said: Mapping[str, Any], access: Access) -> str:
    answer = await tell(access, "/cgi-bin/kf/send_msg_on_event", {"code": code, **said})
    return identifier(answer.json(), "msgid")


async def _name_of(servicer: str, access: Access) -> str:
    """A name where the app may see its colleagues' names, the ID that WeCom gave where not."""
    if not servicer:
        return ""
    try:
        told = (await ask(access, "GET", "/cgi-bin/user/get", query={"userid": servicer})).json()
    except (Refused, NotSent, MaybeSent):
        return servicer
    name = " ".join(text(told, "name").split())[:80]
    return f"{name} ({servicer})" if name and name != servicer else servicer


def _about(person: str, access: Access) -> dict[str, Any]:
    return {"open_kfid": access.settings.get("open_kfid", ""), "external_userid": person}
