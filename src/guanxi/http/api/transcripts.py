"""A conversation to print or to take along."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from litestar import Response, get

from guanxi import conversations, views
from guanxi.conversations import Language, tongue
from guanxi.http import transcript_page
from guanxi.http.auth import Desk
from guanxi.http.errors import not_found

Form = Literal["html", "txt", "json"]
TYPES = {"html": "text/html; charset=utf-8", "txt": "text/plain; charset=utf-8", "json": "application/json"}


@get("/conversations/{conversation_id:uuid}/transcript", operation_id="get_transcript", right="export")
async def get_transcript(
    desk: Desk,
    conversation_id: UUID,
    form: Form = "html",
    notes: bool = False,
    language: Language | None = None,
) -> Response[bytes]:
    """A page to print, or a file of text or JSON; in the workspace's language and by its clock unless asked otherwise.
    Notes of the team only when asked for."""
    revealing = desk.revealing("export.transcript", "conversation", conversation_id, form=form, notes=notes)
    async with revealing as tx:
        conversation_id = await conversations.survivor_of(tx, conversation_id)
        found = await views.transcript(tx, conversation_id, notes=notes)
        if found is None:
            raise not_found()
    head, messages = found
    spoken = language or tongue(head["language"])
    zone = transcript_page.clock_of(head["time_zone"])
    said = transcript_page.told(head, messages, zone, transcript_page.WORDS[spoken], notes=notes)
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
    if form == "html":
        body = transcript_page.as_page(head, said, zone, spoken, tx.now)
        headers["content-security-policy"] = transcript_page.POLICY
    else:
        body = (
            transcript_page.as_text(head, said, zone, spoken, tx.now)
            if form == "txt"
            else transcript_page.as_json(head, said, zone)
        )
        headers["content-disposition"] = f'attachment; filename="conversation-{conversation_id}.{form}"'
    return Response(body, media_type=TYPES[form], headers=headers)


routes = [get_transcript]
