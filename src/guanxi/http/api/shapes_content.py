"""What a message says, as answers show it; described here for the OpenAPI document only."""

from __future__ import annotations

from typing import Literal

import msgspec


class MediaView(msgspec.Struct, kw_only=True):
    """A file of a message. `problem` is a code when it could not be had."""

    url: str | msgspec.UnsetType = msgspec.UNSET
    key: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    type: str | msgspec.UnsetType = msgspec.UNSET
    size: int | msgspec.UnsetType = msgspec.UNSET
    width: int | msgspec.UnsetType = msgspec.UNSET
    height: int | msgspec.UnsetType = msgspec.UNSET
    duration: int | msgspec.UnsetType = msgspec.UNSET
    problem: str | msgspec.UnsetType = msgspec.UNSET


class OptionView(msgspec.Struct):
    text: str
    id: str | msgspec.UnsetType = msgspec.UNSET


class ButtonView(msgspec.Struct):
    text: str
    url: str | msgspec.UnsetType = msgspec.UNSET
    reply: str | msgspec.UnsetType = msgspec.UNSET


class FilledView(msgspec.Struct):
    key: str
    value: str


class Why(msgspec.Struct, kw_only=True):
    """Why routing chose this agent: she knows the contact, is skilled, or had most room (`load` of `capacity` with it)."""

    code: Literal["knows", "skilled", "most_room"]
    load: int
    capacity: int
    needs: str | msgspec.UnsetType = msgspec.UNSET


class ContentView(msgspec.Struct, kw_only=True):
    """What a message says. Which members there are depends on `kind`; `what`, `by`, `to`, `note` and what routing says are
    a system line's."""

    kind: str
    text: str | msgspec.UnsetType = msgspec.UNSET
    media: MediaView | msgspec.UnsetType = msgspec.UNSET
    latitude: float | msgspec.UnsetType = msgspec.UNSET
    longitude: float | msgspec.UnsetType = msgspec.UNSET
    title: str | msgspec.UnsetType = msgspec.UNSET
    address: str | msgspec.UnsetType = msgspec.UNSET
    url: str | msgspec.UnsetType = msgspec.UNSET
    id: str | msgspec.UnsetType = msgspec.UNSET
    package: str | msgspec.UnsetType = msgspec.UNSET
    options: list[OptionView] | msgspec.UnsetType = msgspec.UNSET
    footer: str | msgspec.UnsetType = msgspec.UNSET
    buttons: list[ButtonView] | msgspec.UnsetType = msgspec.UNSET
    app_id: str | msgspec.UnsetType = msgspec.UNSET
    path: str | msgspec.UnsetType = msgspec.UNSET
    fields: list[FilledView] | msgspec.UnsetType = msgspec.UNSET
    form: str | msgspec.UnsetType = msgspec.UNSET
    what: str | msgspec.UnsetType = msgspec.UNSET
    by: str | msgspec.UnsetType = msgspec.UNSET
    to: str | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET
    until: str | msgspec.UnsetType = msgspec.UNSET
    automatic: bool | msgspec.UnsetType = msgspec.UNSET
    details: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    why: Why | msgspec.UnsetType = msgspec.UNSET
    queue: str | msgspec.UnsetType = msgspec.UNSET
    priority: int | msgspec.UnsetType = msgspec.UNSET
    needs: str | msgspec.UnsetType = msgspec.UNSET
