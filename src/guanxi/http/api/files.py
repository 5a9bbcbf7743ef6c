"""Files that agents are about to send."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from guanxi import conversations
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal

LARGEST = 20_000_000


class KeptFile(msgspec.Struct, kw_only=True):
    key: str
    url: str
    type: str
    name: str
    size: int
    width: int
    height: int


@post("/files", operation_id="upload_file", right="serve", request_max_body_size=LARGEST + 100_000)
async def upload(
    desk: Desk, data: Annotated[dict[str, UploadFile], Body(media_type=RequestEncodingType.MULTI_PART)]
) -> KeptFile:
    """Keep a file (multipart field `file`, at most 20 MB); its key goes into a reply."""
    file = data.get("file")
    if not isinstance(file, UploadFile):
        raise Refusal(422, "invalid", fields={"file": "missing"})
    body = await file.read()
    if len(body) > LARGEST:
        raise Refusal(413, "too_large")
    stored = await desk.house.media.put(desk.who.workspace_id, body, file.filename, file.content_type)
    async with desk.transaction() as tx:
        await conversations.keep_media(tx, stored)
    address = desk.house.media.url(desk.who.workspace_id, stored.key, desk.house.clock())
    return KeptFile(
        key=stored.key,
        url=address.removeprefix(desk.house.settings.public_url),
        type=stored.type,
        name=stored.name,
        size=stored.size,
        width=stored.width,
        height=stored.height,
    )


routes = [upload]
