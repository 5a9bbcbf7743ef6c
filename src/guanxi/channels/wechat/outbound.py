"""WeChat out: replies through the customer-service interface, files, profiles, typing, and a check of the credentials.

Facts: the platform's pages on customer-service messages, stable_token, temporary media, and global return codes.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from guanxi.channel_kit import (
    Access,
    Download,
    FileGone,
    MaybeSent,
    NotSent,
    Outcome,
    Outgoing,
    Profile,
    Rejected,
    Sent,
)
from guanxi.channel_kit.fields import text
from guanxi.channel_kit.weixin import files
from guanxi.channel_kit.weixin.account import ask
from guanxi.channel_kit.weixin.calling import JSON, Refused
from guanxi.channel_kit.weixin.codes import outcome_of
from guanxi.channels.wechat.saying import UPLOADED, as_message
from guanxi.channels.wechat.templates import filled, path_of
from guanxi.content import Card, Media, Template, kind_of


async def send(outgoing: Outgoing, access: Access) -> Outcome:
    """Hand over one message. WeChat knows no idempotency key: what is not clearly answered raises MaybeSent."""
    if kind_of(outgoing.content) in UPLOADED and not outgoing.uploaded:
        return Rejected(reason="bad_file", detail="the file was not uploaded")
    content = outgoing.content
    said = filled(content, outgoing.key) if isinstance(content, Template) else as_message(outgoing)
    if said is None:
        return Rejected(reason="not_supported", detail=kind_of(content))
    path = path_of(content) if isinstance(content, Template) else "/cgi-bin/message/custom/send"
    # Raw UTF-8: an escaped \uXXXX reaches the customer as it stands.
    message = msgspec.json.encode({"touser": outgoing.to, **said})
    try:
        answer = await ask(access, "POST", path, headers=JSON, body=message)
    except Refused as refusal:
        return outcome_of(refusal.code, refusal.message)
    told = text(answer.json(), "msgid") if isinstance(content, Template) else ""
    return Sent(external_ids=(told,) if told else ())


async def upload(outgoing: Outgoing, file: bytes, access: Access) -> str | Outcome:
    """Hand over the file first. The answer is a media id that lives three days."""
    if isinstance(outgoing.content, Card):
        return ""  # an article names its picture by an address
    return await files.upload(outgoing, file, access, ask=ask, kinds=UPLOADED, outcome_of=outcome_of)


async def fetch_media(media: Media, access: Access) -> Download:
    """The file behind a media id or an address. Raises FileGone when there is none any more (ids live three days).

    Of the two ids of a recording the first, of 16 kHz, is taken where it is one that the desk decodes: the platform's
    page says no more of it than "amr/speex". Else the second, of 8 kHz.
    """
    better, _, plain = media.remote.partition(" ")
    if not plain or media.remote.startswith("http"):
        return await files.fetch_media(media, access, ask=ask)
    try:
        got = await files.fetch_media(replace(media, remote=better), access, ask=ask)
    except (FileGone, NotSent, MaybeSent):
        got = None
    if got is not None and (got.body.startswith(b"#!AMR") or "speex" in got.type):
        return got
    return await files.fetch_media(replace(media, remote=plain), access, ask=ask)


async def profile(external_id: str, access: Access) -> Profile | None:
    """Language and unionid. Names and pictures are not given to accounts since December 2021."""
    query = {"openid": external_id, "lang": "zh_CN"}
    try:
        answer = await ask(access, "GET", "/cgi-bin/user/info", query=query, code_required=False)
    except Refused:
        return None
    told = answer.json()
    names = ("unionid", "remark", "subscribe", "subscribe_scene", "qr_scene_str")
    known = {name: text(told, name) for name in names}
    return Profile(
        language=text(told, "language").replace("_", "-"),
        attributes={name: value for name, value in known.items() if value},
    )
