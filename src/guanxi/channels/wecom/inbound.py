"""WeCom in: what the callback says (only that there is something), and the pages that sync_msg brings.

Facts: the platform's pages on receiving messages and events of customer service. One callback serves every account of the
corporation: a nudge names its account, and goes to the inbox that has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from guanxi.channel_kit import (
    Access,
    Happened,
    Malformed,
    Nudge,
    Opening,
    Parsed,
    Receipt,
    Received,
    Reply,
    Request,
    Sender,
)
from guanxi.channel_kit.fields import branch, identifier, items, moment, text, whole
from guanxi.channel_kit.weixin import pushing
from guanxi.channels.wecom.reading import as_words, content_of

OWNER = "corp_id"
CUSTOMER, SERVICER = 3, 5
LONGEST = 1000  # messages of a page
FAILURES: Mapping[int, str] = {
    1: "account_deleted",
    2: "app_closed",
    4: "window_closed",
    5: "session_ended",
    6: "quota_used",
    7: "channels_not_bound",
    8: "subject_unverified",
    9: "subject_unverified",
    10: "refused_by_customer",
}
SESSIONS: Mapping[int, str] = {1: "session_taken", 2: "session_transferred", 3: "session_ended"}


def verify(request: Request, access: Access) -> None:
    """The sealed text is signed, and made out to our corporation. Raises Forged."""
    pushing.verify(request, access, OWNER)


def greet(request: Request, access: Access) -> Reply:
    """The console's test of the address: its echostr is always sealed. Raises Forged."""
    return pushing.greet(request, access, OWNER, always_sealed=True)


acknowledge = pushing.acknowledge


def parse(request: Request, access: Access) -> Sequence[Parsed]:
    """A callback is a nudge, or about nothing of a customer's; a page is what it lists. Raises Malformed."""
    told = pushing.read(request, access, OWNER)
    if "msg_list" in told:
        return _page(told, access)
    kind = text(told, "MsgType").strip().lower()
    if not kind:
        raise Malformed("there is neither a msg_list nor a MsgType")
    if text(told, "Event").strip().lower() != "kf_msg_or_event":
        return ()  # an app hears of its own employees, too
    corp, account = identifier(told, "ToUserName"), identifier(told, "OpenKfId")
    meant = {"corp_id": corp, "open_kfid": account} if account else {"corp_id": corp}
    return (Nudge(token=text(told, "Token")[:512], settings=meant if corp else {}),)


def _page(told: Mapping[str, Any], access: Access) -> Sequence[Parsed]:
    """Each item by itself: a senseless one costs no other. Where all are senseless, the page is."""
    listed = items(told, "msg_list")[:LONGEST]
    read: list[Parsed] = []
    problems: list[str] = []
    ours = access.settings.get("open_kfid", "")
    for one in listed:
        try:
            item = _item(one, ours, access)
        except Malformed as error:
            problems.append(str(error))
            continue
        if item is not None:
            read.append(item)
    if problems and not read and len(problems) == len(listed):
        raise Malformed(problems[0])
    return _once(read)


def _once(read: Sequence[Parsed]) -> list[Parsed]:
    """The same message twice on one page is one."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for item in read:
        key = (type(item).__name__, getattr(item, "external_id", ""))
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def _item(one: Any, ours: str, access: Access) -> Parsed | None:
    kind = text(one, "msgtype").strip().lower()[:64]
    msgid = identifier(one, "msgid")
    if not kind or not msgid:
        raise Malformed("a message has no msgtype or no msgid")
    event = branch(one, "event")
    account = identifier(one, "open_kfid") or identifier(event, "open_kfid")
    if ours and account and account != ours:
        return None  # another account's: its own inbox fetches it
    person = identifier(one, "external_userid") or identifier(event, "external_userid")
    if kind == "event":
        return _event(one, event, msgid, person, access)
    if not person:
        raise Malformed("a message is nobody's")
    sender, sent_at = Sender(external_id=person), moment(one, "send_time")
    if whole(one, "origin") == CUSTOMER:
        opening = (Opening(by="message"),)
        return Received(external_id=msgid, sender=sender, sent_at=sent_at, content=content_of(kind, one), opens=opening)
    details = {"text": as_words(kind, one), "servicer": identifier(one, "servicer_userid")}
    return _happened(msgid, "said_elsewhere", sender, one, details)


def _event(
    one: Mapping[str, Any], event: Mapping[str, Any], msgid: str, person: str, access: Access
) -> Happened | Receipt | None:
    what = text(event, "event_type").strip().lower()[:64]
    if not what:
        raise Malformed("there is an event without a name")
    if what == "msg_send_fail":
        reason = FAILURES.get(whole(event, "fail_type"), "not_delivered")
        failed = identifier(event, "fail_msgid")
        if not failed:
            raise Malformed("a message failed, and it is not said which")
        return Receipt(status="failed", at=moment(one, "send_time"), external_id=failed, reason=reason)
    if not person:
        return None  # about a colleague, not about a customer
    sender = Sender(external_id=person)
    match what:
        case "enter_session":
            return _enter(one, event, msgid, sender, access)
        case "session_status_change":
            return _session(one, event, msgid, sender)
        case "user_recall_msg":
            recalled = identifier(event, "recall_msgid")
            if not recalled:
                raise Malformed("a message was taken back, and it is not said which")
            return Happened(
                external_id=msgid,
                what="unsend",
                sender=sender,
                sent_at=moment(one, "send_time"),
                message_external_id=recalled,
            )
        case "servicer_recall_msg":
            servicer = identifier(event, "servicer_userid")
            return _happened(msgid, "recalled_elsewhere", sender, one, {"text": servicer, "servicer": servicer})
        case "reject_customer_msg_switch_change":
            on = "1" if whole(event, "reject_switch") else ""
            return _happened(msgid, "refusing", sender, one, {"on": on})
        case _:
            return _happened(msgid, f"event.{what}", sender, one, {})


def _enter(one: Mapping[str, Any], event: Mapping[str, Any], msgid: str, sender: Sender, access: Access) -> Happened:
    """Who enters has come for something; the code lets us say one welcome within 20 seconds."""
    code = text(event, "welcome_code")[:256]
    channels = text(event, "wechat_channels", "nickname") or text(event, "wechat_channels", "shop_nickname")
    scene, param = text(event, "scene")[:128], unquote(text(event, "scene_param"))[:256]
    said = " · ".join(part for part in (channels, scene, param) if part)
    return Happened(
        external_id=msgid,
        what="enter",
        sender=sender,
        sent_at=moment(one, "send_time"),
        details={key: value for key, value in (("text", said), ("scene", scene), ("param", param)) if value},
        opens_conversation=bool(code) and access.settings.get("welcome", "opens") != "notes",
        opens=(Opening(by="enter", token=code),) if code else (),
    )


def _session(one: Mapping[str, Any], event: Mapping[str, Any], msgid: str, sender: Sender) -> Happened:
    """Somebody in the WeCom app took, handed over or ended the session; a code lets us say one thing to it."""
    what = SESSIONS.get(whole(event, "change_type"), "event.session_status_change")
    code = text(event, "msg_code")[:256]
    servicer = identifier(event, "new_servicer_userid") or identifier(event, "old_servicer_userid")
    opens = (Opening(by=what, token=code),) if code and what in ("session_taken", "session_ended") else ()
    # Behind the end only its own code says something, until the customer writes again; and who was taken waits no more.
    over = ("session_waits",) if what in SESSIONS.values() else ()
    closes = ("message", "session_taken", *over) if what == "session_ended" else over
    return _happened(msgid, what, sender, one, {"text": servicer, "servicer": servicer}, opens, closes)


def _happened(
    msgid: str,
    what: str,
    sender: Sender,
    one: Mapping[str, Any],
    details: Mapping[str, str],
    opens: tuple[Opening, ...] = (),
    closes: tuple[str, ...] = (),
) -> Happened:
    return Happened(
        external_id=msgid,
        what=what,
        sender=sender,
        sent_at=moment(one, "send_time"),
        details={key: value for key, value in details.items() if value},
        opens=opens,
        closes=closes,
    )
