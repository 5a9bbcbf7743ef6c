"""What can be said: the kinds of content, and how each of them is said as text."""

from __future__ import annotations

from typing import Any

import msgspec


class Media(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A file that belongs to a message.

    `remote` is the channel's own handle (a media id, a URL) until the file is fetched; `key` names it in our
    store afterwards. `size` is in bytes, `duration` in milliseconds, `width` and `height` in pixels.
    `still` names, in our store, a still picture out of a film.
    `problem` is set when the file could not be had, as a short code that the desktop puts into words.
    """

    remote: str = ""
    key: str = ""
    name: str = ""
    type: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    duration: int = 0
    still: str = ""
    problem: str = ""


class Text(msgspec.Struct, frozen=True, tag_field="kind", tag="text", omit_defaults=True):
    text: str


class Image(msgspec.Struct, frozen=True, tag_field="kind", tag="image", omit_defaults=True):
    media: Media
    text: str = ""


class Voice(msgspec.Struct, frozen=True, tag_field="kind", tag="voice", omit_defaults=True):
    """`text` is the platform's own transcript, when it gave one."""

    media: Media
    text: str = ""


class Video(msgspec.Struct, frozen=True, tag_field="kind", tag="video", omit_defaults=True):
    media: Media
    text: str = ""


class File(msgspec.Struct, frozen=True, tag_field="kind", tag="file", omit_defaults=True):
    media: Media


class Location(msgspec.Struct, frozen=True, tag_field="kind", tag="location", omit_defaults=True):
    """Degrees of WGS-84 or the platform's own datum, as it was sent."""

    latitude: float
    longitude: float
    title: str = ""
    address: str = ""


class Link(msgspec.Struct, frozen=True, tag_field="kind", tag="link", omit_defaults=True):
    url: str
    title: str = ""
    text: str = ""


class Sticker(msgspec.Struct, frozen=True, tag_field="kind", tag="sticker", omit_defaults=True):
    id: str
    package: str = ""
    text: str = ""


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer that is offered. `id` comes back when it is tapped; '' where the channel gives back only the words."""

    text: str
    id: str = ""


class Choices(msgspec.Struct, frozen=True, tag_field="kind", tag="choices", omit_defaults=True):
    """A question with answers to tap. `footer` stands below them, where the channel shows one."""

    text: str
    options: tuple[Option, ...]
    footer: str = ""


class Chosen(msgspec.Struct, frozen=True, tag_field="kind", tag="chosen", omit_defaults=True):
    """The contact tapped something that was offered: its words, and the id that it was offered under."""

    text: str
    id: str = ""


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """On a card: `url` opens a page, `reply` comes back as if the contact had chosen it. One of both is set."""

    text: str
    url: str = ""
    reply: str = ""


class Card(msgspec.Struct, frozen=True, tag_field="kind", tag="card", omit_defaults=True):
    """A title with a picture, some words, a page behind it, and buttons; on WeChat an article of one."""

    title: str
    text: str = ""
    url: str = ""
    media: Media | None = None
    buttons: tuple[Button, ...] = ()


class MiniProgram(msgspec.Struct, frozen=True, tag_field="kind", tag="mini_program", omit_defaults=True):
    """A page of a small program inside the platform's own app. `media` is the picture on its card."""

    title: str
    app_id: str
    path: str = ""
    media: Media | None = None


class Filled(msgspec.Struct, frozen=True, omit_defaults=True):
    """One gap of a template: its key at the platform, and what stands in it."""

    key: str
    value: str


class Template(msgspec.Struct, frozen=True, tag_field="kind", tag="template", omit_defaults=True):
    """A text that the platform approved beforehand, with its gaps filled. `text` is how it reads."""

    id: str
    title: str
    text: str
    fields: tuple[Filled, ...] = ()
    url: str = ""
    form: str = ""  # which of the platform's kinds of template, where it has several


class Unsupported(msgspec.Struct, frozen=True, tag_field="kind", tag="unsupported", omit_defaults=True):
    """Something the channel does not read yet; `what` is the platform's word for it. The raw body is kept."""

    what: str
    text: str = ""


Content = (
    Text | Image | Voice | Video | File | Location | Link | Sticker
    | Choices | Chosen | Card | MiniProgram | Template | Unsupported
)  # fmt: skip
KINDS: tuple[str, ...] = tuple(str(kind.__struct_config__.tag) for kind in Content.__args__)
_decoder = msgspec.json.Decoder(Content)


def kind_of(content: Content) -> str:
    return str(content.__struct_config__.tag)


def media_of(content: Content) -> Media | None:
    return content.media if isinstance(content, Image | Voice | Video | File | Card | MiniProgram) else None


def with_media(content: Content, media: Media) -> Content:
    """The same content with another description of its file; content without a file comes back unchanged."""
    if isinstance(content, Image | Voice | Video | File | Card | MiniProgram):
        return msgspec.structs.replace(content, media=media)
    return content


def as_text(content: Content) -> str:
    """Say any content as text, for previews, search, and channels that carry nothing else. Never empty."""
    match content:
        case Text(text=text):
            return text or " "
        case Image(text=text) | Video(text=text) | Voice(text=text):
            label = f"[{kind_of(content)}]"
            return f"{label} {text}" if text else label
        case File(media=media):
            return f"[file] {media.name}" if media.name else "[file]"
        case Location(title=title, address=address, latitude=latitude, longitude=longitude):
            return "[location] " + (" ".join(part for part in (title, address) if part) or f"{latitude},{longitude}")
        case Link(url=url, title=title):
            return f"{title} {url}" if title else url
        case Sticker(text=text):
            return f"[sticker] {text}" if text else "[sticker]"
        case Chosen(text=text):
            return text or "[chosen]"
        case Choices(text=text, options=options, footer=footer):
            numbered = [f"{number}. {option.text}" for number, option in enumerate(options, 1)]
            return _lines(text, *numbered, footer)
        case Card(title=title, text=text, url=url, buttons=buttons):
            return _lines(title, text, url, *(f"{one.text}: {one.url}" if one.url else one.text for one in buttons))
        case MiniProgram(title=title):
            return f"[mini program] {title}".rstrip()
        case Template(title=title, text=text):
            return _lines(text or title) or "[template]"
        case Unsupported(what=what):
            return f"[unsupported: {what}]"


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part.strip()) or " "


def encode(content: Content) -> bytes:
    return msgspec.json.encode(content)


def decode(raw: bytes | str) -> Content:
    """Read content that we stored ourselves. Raises msgspec.ValidationError for anything else."""
    content: Content = _decoder.decode(raw)
    return content


def to_builtins(content: Content) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(content)
    return built
