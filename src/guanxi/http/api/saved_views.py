"""Saved views: lists of one's own, and those of the team."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post

from guanxi import team, views
from guanxi.http.api.shapes import Count, Nothing
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.team import Conditions

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Icon = Annotated[str, msgspec.Meta(max_length=30, pattern="^[a-z0-9-]*$")]


class SavedView(msgspec.Struct, kw_only=True):
    """`shared`: the team's, changed by those who may change the workspace."""

    id: UUID
    name: str
    icon: str
    shared: bool
    version: int
    conditions: Conditions


class SavedCounts(msgspec.Struct):
    """By the id of the view, counted to 99."""

    counts: dict[str, Count]


class NewSavedView(msgspec.Struct, kw_only=True):
    name: Name
    conditions: Conditions
    icon: Icon = ""
    shared: bool = False


class ChangeSavedView(msgspec.Struct, kw_only=True):
    name: Name | None = None
    icon: Icon | None = None
    conditions: Conditions | None = None


@get("/saved-views", operation_id="list_saved_views", right="look")
async def list_saved_views(desk: Desk) -> list[SavedView]:
    """One's own, then the team's."""
    async with desk.reading() as tx:
        return [_shown(row) for row in await views.saved_views(tx, desk.agent_id)]


@get("/saved-views/counts", operation_id="count_saved_views", right="look")
async def count_saved_views(desk: Desk) -> SavedCounts:
    """How many conversations each view holds now."""
    async with desk.reading() as tx:
        counts = await views.saved_counts(tx, desk.agent_id, await desk.sight(tx))
    return SavedCounts({str(id_): Count(count.many, count.is_more) for id_, count in counts.items()})


@post("/saved-views", operation_id="add_saved_view", right="own")
async def add_saved_view(desk: Desk, data: NewSavedView) -> SavedView:
    """Keep a view for oneself, or (with the right to it) for the team."""
    if data.shared:
        desk.needs("workspace")
    _refuse_senseless(data.conditions)
    async with desk.transaction() as tx:
        id_ = await team.add_saved_view(
            tx,
            name=data.name,
            icon=data.icon,
            conditions=data.conditions,
            is_shared=data.shared,
            by=desk.agent_id,
        )
        return _shown(await views.saved_view(tx, id_, desk.agent_id))


@patch("/saved-views/{view_id:uuid}", operation_id="change_saved_view", right="own")
async def change_saved_view(desk: Desk, view_id: UUID, data: ChangeSavedView) -> SavedView:
    """Change what is given."""
    if data.conditions is not None:
        _refuse_senseless(data.conditions)
    async with desk.transaction() as tx:
        if await team.owner_of_view(tx, view_id, desk.agent_id) is None:
            desk.needs("workspace")
        await team.change_saved_view(
            tx, view_id, name=data.name, icon=data.icon, conditions=data.conditions, by=desk.agent_id
        )
        return _shown(await views.saved_view(tx, view_id, desk.agent_id))


@delete("/saved-views/{view_id:uuid}", operation_id="remove_saved_view", right="own", status_code=200)
async def remove_saved_view(desk: Desk, view_id: UUID) -> Nothing:
    async with desk.transaction() as tx:
        if await team.owner_of_view(tx, view_id, desk.agent_id) is None:
            desk.needs("workspace")
        await team.remove_saved_view(tx, view_id, by=desk.agent_id)
    return Nothing()


def _shown(row: Any) -> SavedView:
    if row is None:
        raise not_found()
    return SavedView(
        id=row["id"],
        name=row["name"],
        icon=row["icon"],
        shared=row["is_shared"],
        version=row["version"],
        conditions=views.conditions_of(row),
    )


def _refuse_senseless(conditions: Conditions) -> None:
    if problem := team.conditions_problem(conditions):
        raise Refusal(422, "invalid", fields={problem: "not_with_this_state"})


routes = [list_saved_views, count_saved_views, add_saved_view, change_saved_view, remove_saved_view]
