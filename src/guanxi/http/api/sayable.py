"""What an agent may say, as the desk sends it, and the content that it becomes."""

from __future__ import annotations

from typing import Annotated

import msgspec

from guanxi import content as contents
from guanxi import team, views
from guanxi.http.errors import Refusal
from guanxi.infra.sql import Tx

Key = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{24}$")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=100_000)]
Short = Annotated[str, msgspec.Meta(max_length=300)]
Id = Annotated[str, msgspec.Meta(max_length=64)]
Address = Annotated[str, msgspec.Meta(max_length=1000, pattern="^(https?://[^\\s]+)?$")]


class KeyOf(msgspec.Struct):
    key: Key


class SayText(msgspec.Struct, tag_field="kind", tag="text"):
    text: Words


class SayImage(msgspec.Struct, tag_field="kind", tag="image"):
    media: KeyOf


class SayVoice(msgspec.Struct, tag_field="kind", tag="voice"):
    media: KeyOf


class SayVideo(msgspec.Struct, tag_field="kind", tag="video"):
    """`still` is a picture out of it, for channels that show one before it plays."""

    media: KeyOf
    still: KeyOf | None = None


class SayFile(msgspec.Struct, tag_field="kind", tag="file"):
    media: KeyOf


class Offered(msgspec.Struct):
    text: Short
    id: Id = ""


class SayChoices(msgspec.Struct, tag_field="kind", tag="choices"):
    text: Words
    options: Annotated[list[Offered], msgspec.Meta(max_length=20)]
    footer: Short = ""


class Pressed(msgspec.Struct):
    """A button of a card: it opens `url`, or says `reply`."""

    text: Short
    url: Address = ""
    reply: Short = ""


class SayCard(msgspec.Struct, tag_field="kind", tag="card"):
    title: Short
    text: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    url: Address = ""
    media: KeyOf | None = None
    buttons: Annotated[list[Pressed], msgspec.Meta(max_length=10)] = []


class SayMiniProgram(msgspec.Struct, tag_field="kind", tag="mini_program"):
    title: Short
    app_id: Annotated[str, msgspec.Meta(max_length=64, pattern="^[0-9A-Za-z_-]*$")]
    path: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    media: KeyOf | None = None


class Filled(msgspec.Struct):
    key: Id
    value: Annotated[str, msgspec.Meta(max_length=500)]


class SayTemplate(msgspec.Struct, tag_field="kind", tag="template"):
    """`text` is how it reads with its gaps filled."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    title: Short
    text: Words
    fields: Annotated[list[Filled], msgspec.Meta(max_length=30)] = []
    url: Address = ""
    form: Id = ""


Said = SayText | SayImage | SayVoice | SayVideo | SayFile | SayChoices | SayCard | SayMiniProgram | SayTemplate


async def content_of(tx: Tx, given: Said, *, said: bool = True) -> contents.Content:
    """The content that is meant, with what we know of its file. A file of another workspace does not exist. Where it is
    `said` now, a quick phrase does not hold its file alone any more."""
    content = await _content(tx, given)
    if said and (media := contents.media_of(content)):
        await team.let_go(tx, media.key)
    return content


async def _content(tx: Tx, said: Said) -> contents.Content:
    match said:
        case SayText(text=text):
            return contents.Text(text)
        case SayChoices(text=text, options=options, footer=footer):
            return contents.Choices(text, tuple(contents.Option(one.text, one.id) for one in options), footer)
        case SayCard(title=title, text=text, url=url):
            media = await _file(tx, said.media) if said.media else None
            return contents.Card(title, text, url, media, tuple(_button(one) for one in said.buttons))
        case SayMiniProgram(title=title, app_id=app_id, path=path):
            return contents.MiniProgram(title, app_id, path, await _file(tx, said.media) if said.media else None)
        case SayTemplate(id=id_, title=title, text=text):
            filled = tuple(contents.Filled(one.key, one.value) for one in said.fields)
            return contents.Template(id_, title, text, filled, said.url, said.form)
        case SayImage(media=key):
            return contents.Image(await _file(tx, key))
        case SayVoice(media=key):
            return contents.Voice(await _file(tx, key))
        case SayVideo(media=key):
            return contents.Video(await _film(tx, key, said.still))
        case SayFile(media=key):
            return contents.File(await _file(tx, key))


def _button(one: Pressed) -> contents.Button:
    if bool(one.url) == bool(one.reply):
        raise Refusal(422, "invalid", fields={"content.buttons": "url_or_reply"})
    return contents.Button(one.text, one.url, one.reply)


async def _film(tx: Tx, named: KeyOf, still: KeyOf | None) -> contents.Media:
    film = await _file(tx, named)
    if still is None:
        return film
    picture = await _file(tx, still)
    if picture.type not in ("image/jpeg", "image/png"):
        raise Refusal(422, "invalid", fields={"content.still.key": "no_picture"})
    return msgspec.structs.replace(film, still=picture.key)


async def _file(tx: Tx, named: KeyOf) -> contents.Media:
    file = await views.kept_file(tx, named.key)
    if file is None:
        raise Refusal(422, "invalid", fields={"content.media.key": "unknown"})
    return file
