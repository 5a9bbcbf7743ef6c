"""WeCom out: replies under our own msgid, answers to events, files, profiles, taking back, and a check of the credentials.

Facts: the platform's pages on sending messages, answering events, taking back, customers and accounts.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from guanxi.channel_kit import (
    Access,
    AccessLost,
    Crossing,
    Download,
    MaybeSent,
    NotSent,
    Outcome,
    Outgoing,
    Profile,
    Rejected,
    RetryLater,
    Sent,
    TokenRefused,
)
from guanxi.channel_kit.fields import identifier, items, text, web_address, whole
from guanxi.channel_kit.weixin import files
from guanxi.channel_kit.weixin.calling import Refused
from guanxi.channels.wecom.asking import ask, tell
from guanxi.channels.wecom.codes import credential_problem, outcome_of, was_there_already
from guanxi.channels.wecom.saying import ON_EVENT, UPLOADED, as_message
from guanxi.channels.wecom.sessions import session_of, take_over, why_not
from guanxi.content import Media, kind_of

GENDERS = {1: "male", 2: "female"}


async def send(outgoing: Outgoing, access: Access) -> Outcome:
    """Hand over one message, under our own msgid: said again under the same it is refused, and so it is one message.

    A window with a token answers the event that opened it; what an event cannot be answered with goes without.
    """
    if kind_of(outgoing.content) in UPLOADED and not outgoing.uploaded:
        return Rejected(reason="bad_file", detail="the file was not uploaded")
    said = as_message(outgoing)
    if said is None:
        return Rejected(reason="not_supported", detail=kind_of(outgoing.content))
    msgid = outgoing.key.replace("-", "")[:32]
    if outgoing.token:
        return await _answer_event(outgoing, {"code": outgoing.token, "msgid": msgid, **said}, access)
    to = {"touser": outgoing.to, "open_kfid": access.settings.get("open_kfid", ""), "msgid": msgid}
    try:
        answer = await tell(access, "/cgi-bin/kf/send_msg", {**to, **said})
    except Refused as refusal:
        if was_there_already(refusal.code, refusal.message, access):
            return Sent(external_ids=(msgid,))
        return await _refused(refusal, outgoing, {"msgid": msgid, **said}, access)
    return Sent(external_ids=(identifier(answer.json(), "msgid") or msgid,))


async def _answer_event(outgoing: Outgoing, said: dict[str, object], access: Access) -> Outcome:
    if not isinstance(outgoing.content, ON_EVENT):
        return TokenRefused(detail=f"an event is not answered with {kind_of(outgoing.content)}")
    try:
        answer = await tell(access, "/cgi-bin/kf/send_msg_on_event", said)
    except Refused as refusal:
        outcome = outcome_of(refusal.code, refusal.message, access)
        return (
            outcome
            if isinstance(outcome, AccessLost)
            else TokenRefused(detail=f"{refusal.code} {refusal.message}"[:500])
        )
    return Sent(external_ids=(identifier(answer.json(), "msgid"),) if identifier(answer.json(), "msgid") else ())


async def _refused(refusal: Refused, outgoing: Outgoing, said: dict[str, Any], access: Access) -> Outcome:
    """Where the session is in the wrong state, WeCom is asked in which; the inbox may want it taken over."""
    outcome = outcome_of(refusal.code, refusal.message, access)
    if not (isinstance(outcome, Rejected) and outcome.reason == "served_elsewhere"):
        return outcome
    session = await session_of(outgoing.to, access)
    if session is None:
        return outcome
    can_end = isinstance(outgoing.content, ON_EVENT) and outgoing.agent_name
    if session.is_elsewhere and can_end and access.settings.get("take_over") == "true":
        return await take_over(outgoing.to, said, access)
    return await why_not(session, outcome.detail, access)


async def recall(external_id: str, access: Access) -> Outcome:
    """Take a sent message back. The platform allows it for two minutes; the reply stays spent."""
    said = {"msgid": external_id, "open_kfid": access.settings.get("open_kfid", "")}
    try:
        await tell(access, "/cgi-bin/kf/recall_msg", said)
    except Refused as refusal:
        outcome = outcome_of(refusal.code, refusal.message, access)
        if isinstance(outcome, Rejected):
            return Rejected(reason="too_late_to_recall", detail=outcome.detail)
        return outcome
    return Sent(external_ids=(external_id,))


async def upload(outgoing: Outgoing, file: bytes, access: Access) -> str | Outcome:
    """Hand over the file first. The answer is a media id that lives three days."""

    def ends(code: int, message: str) -> Outcome:
        return outcome_of(code, message, access)

    return await files.upload(outgoing, file, access, ask=ask, kinds=UPLOADED, outcome_of=ends)


async def fetch_media(media: Media, access: Access) -> Download:
    """The file behind a media id or an address. Raises FileGone when there is none any more."""
    return await files.fetch_media(media, access, ask=ask)


async def profile(external_id: str, access: Access) -> Profile | None:
    """Name, picture and gender; the unionid where the account is bound to an Open Platform account."""
    try:
        answer = await tell(access, "/cgi-bin/kf/customer/batchget", {"external_userid_list": [external_id]})
    except Refused:
        return None
    told = next(
        (one for one in items(answer.json(), "customer_list") if identifier(one, "external_userid") == external_id),
        None,
    )
    if told is None:
        return None
    known = {"unionid": identifier(told, "unionid"), "gender": GENDERS.get(whole(told, "gender"), "")}
    return Profile(
        name=" ".join(text(told, "nickname").split())[:80],
        avatar=web_address(told, "avatar"),
        attributes={name: value for name, value in known.items() if value},
    )


async def crossing(code: str, access: Access) -> Crossing | Outcome:
    """The account's own address with the code as scene_param, which comes back when somebody enters by it. Facts:
    kf/add_contact_way."""
    asked = {"open_kfid": access.settings.get("open_kfid", ""), "scene": "guanxi"}
    try:
        answer = await tell(access, "/cgi-bin/kf/add_contact_way", asked)
    except Refused as refusal:
        return outcome_of(refusal.code, refusal.message, access)
    except MaybeSent:  # the same address every time
        return RetryLater(reason="busy")
    address = web_address(answer.json(), "url")
    if not address:
        return Rejected(reason="errcode", detail="the answer holds no address")
    whole_address = f"{address}{'&' if '?' in address else '?'}scene_param={quote(code)}"
    return Crossing(address=whole_address, scan=whole_address)


async def check(access: Access) -> str:
    """Ask for the accounts, which takes a token. Returns '' or `CODE` or `CODE:detail` of what is wrong."""
    try:
        answer = await ask(access, "POST", "/cgi-bin/kf/account/list", body=b'{"offset":0,"limit":100}')
    except Refused as refusal:
        return credential_problem(refusal.code, refusal.message, access)
    except (NotSent, MaybeSent) as error:
        return f"unreachable:{error}"
    accounts = {identifier(one, "open_kfid"): text(one, "name") for one in items(answer.json(), "account_list")}
    if access.settings.get("open_kfid", "") not in accounts:
        named = "; ".join(f"{name} {kfid}" for kfid, name in accounts.items() if kfid)
        return f"kf_not_managed:{named[:300] or '—'}"
    return ""
