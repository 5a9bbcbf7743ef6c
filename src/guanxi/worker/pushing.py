"""Calls of agents on their own devices: sealed for the browser, guarded, timed; a device that is gone is forgotten."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import structlog

from guanxi import access, team, views
from guanxi.conversations import tongue
from guanxi.house import House
from guanxi.infra import web_push
from guanxi.infra.fetch import Blocked, MaybeSent, NotSent, TooLarge
from guanxi.infra.jobs import Job
from guanxi.infra.secrets import CannotOpen
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import Lender
from guanxi.views import PushCall
from guanxi.worker.fetching import TryAgain

log = structlog.get_logger(__name__)
SECONDS = 10.0  # that a push service may take
LIVES = 1800  # seconds that it keeps what it cannot hand over
GONE = (404, 410)
TRIES = 4
# What stands on a locked screen by default: the workspace, and this.
WORDS: dict[str, dict[str, str]] = {
    "zh-CN": {
        "assigned": "有会话分配给您",
        "transferred": "同事转接给您一个会话",
        "mentioned": "同事在备注里提到您",
        "reply": "您的会话有新回复",
        "warned": "有会话即将超时",
        "missed": "有会话已超时",
    },
    "zh-TW": {
        "assigned": "有對話指派給您",
        "transferred": "同事轉接給您一則對話",
        "mentioned": "同事在備註裡提到您",
        "reply": "您的對話有新回覆",
        "warned": "有對話即將逾時",
        "missed": "有對話已逾時",
    },
    "en": {
        "assigned": "A conversation is yours",
        "transferred": "A colleague handed you a conversation",
        "mentioned": "A colleague mentioned you",
        "reply": "New message in your conversation",
        "warned": "A promise is about to be missed",
        "missed": "A promise was missed",
    },
    "ja": {
        "assigned": "会話が割り当てられました",
        "transferred": "同僚から会話が引き継がれました",
        "mentioned": "メモで呼ばれました",
        "reply": "担当中の会話に返信がありました",
        "warned": "まもなく応答期限です",
        "missed": "応答期限を過ぎました",
    },
    "ko": {
        "assigned": "대화가 배정되었습니다",
        "transferred": "동료가 대화를 이관했습니다",
        "mentioned": "메모에서 언급되었습니다",
        "reply": "내 대화에 새 메시지가 있습니다",
        "warned": "응답 기한이 임박했습니다",
        "missed": "응답 기한이 지났습니다",
    },
}


async def push(house: House, doors: Doors, lender: Lender, workspace_id: UUID, job: Job) -> None:
    """One call of one device, if it still has a reason. Raises TryAgain a few times while the push service is away."""
    conversation_id, kind = UUID(job.args["conversation"]), str(job.args["kind"])
    async with house.db.reading(workspace_id) as tx:
        call = await views.push_call(tx, UUID(job.args["device"]), conversation_id, int(job.args["seq"]))
    if call is None:
        return
    async with house.db.directory() as directory:
        present = call.serves and await access.is_signed_in(directory, call.sign_in)
    keys = b""
    with suppress(CannotOpen):
        keys = house.sealer.open(call.keys, f"push:{workspace_id}:{call.endpoint}")
    if present and keys and not _has_reason(call, kind, house.clock()):
        return
    if not present or not keys or not await _reaches(house, job, call, keys, said(call, kind, conversation_id)):
        async with house.db.transaction(workspace_id) as tx:
            await team.forget_device(tx, call.id)


async def _reaches(house: House, job: Job, call: PushCall, keys: bytes, told: bytes) -> bool:
    """Hand it over; False when there is no such device any more."""
    key, now = web_push.house_key(house.sealer), house.clock()
    headers = {
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        "ttl": str(LIVES),
        "urgency": "high",
        "topic": job.args["conversation"].replace(
            "-", ""
        ),  # a newer call of one conversation takes the older one's place
        "authorization": web_push.authorization(key, call.endpoint, house.settings.public_url, now),
    }
    body = web_push.seal(told, keys[:65], keys[65:])
    status, problem = 0, ""
    try:
        got = await house.fetch("POST", call.endpoint, headers=headers, body=body, limit=20_000, seconds=SECONDS)
        status = got.status
    except Blocked:
        return False
    except TooLarge:
        return True
    except (NotSent, MaybeSent) as error:
        problem = str(error) or "no answer"
    if status == 429 or status >= 500:
        problem = f"status {status}"
    if problem and job.attempts < TRIES:
        raise TryAgain(problem)
    if problem or (status >= 400 and status not in GONE):
        log.warning("push.refused", problem=problem or str(status), service=urlsplit(call.endpoint).netloc)
    return status not in GONE


def said(call: PushCall, kind: str, conversation_id: UUID) -> bytes:
    """What the device is told. Names and words of customers only where its owner wants them on a locked screen."""
    words = WORDS[tongue(call.language)][kind]
    shown = f"{call.contact}: {call.last_text}" if call.shows_text and call.last_text else words
    title = f"{call.workspace} · {words}" if shown != words else call.workspace
    told = {"title": title, "body": shown[:200], "conversation": str(conversation_id), "waiting": call.waiting}
    return msgspec.json.encode(told)[: web_push.LARGEST]


def _has_reason(call: PushCall, kind: str, now: datetime) -> bool:
    """Is it still so, and does the agent want to hear it now?"""
    zone: ZoneInfo | None = None
    with suppress(ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo(call.time_zone)
    muted = call.settings.get("muted_until", 0)
    if views.is_quiet(call, now.astimezone(zone or UTC)) or (
        isinstance(muted, int | float) and muted > now.timestamp() * 1000
    ):
        return False
    if kind == "reply":
        return call.is_mine and call.unread > 0 and not call.blocked
    if call.settings.get(f"notify_{kind}") is False:
        return False
    if kind in ("warned", "missed") and not call.at_stake:
        return False  # answered meanwhile
    return not call.seen and (kind == "mentioned" or call.is_mine)
