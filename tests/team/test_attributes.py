"""Attributes: one form of text for each kind, and what cannot stand is refused by its key."""

from __future__ import annotations

from uuid import uuid4

import pytest

from guanxi import team
from guanxi.infra.postgres import Server
from guanxi.team.model import Attribute, Kind
from guanxi.team.rules import key_for, read_value
from tests.databases import open_folder
from tests.world import open_world


def attribute(kind: Kind) -> Attribute:
    choices = ["S", "大号"] if kind == "choice" else []
    return Attribute(id=uuid4(), subject="contact", key="k", name="K", kind=kind, choices=choices, position=1)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  a b ", "a b"),
        ("text", "x" * 2001, None),
        ("number", "012.50", "12.5"),
        ("number", "+3", "3"),
        ("number", "-0.0", "0"),
        ("number", "1e9", None),
        ("number", "NaN", None),
        ("number", "١٢", None),
        ("date", "2026-02-28", "2026-02-28"),
        ("date", "2026-02-30", None),
        ("date", "20260228", None),
        ("choice", "大号", "大号"),
        ("choice", "s", None),
        ("yes_no", "yes", "yes"),
        ("yes_no", "true", None),
        ("number", "  ", ""),
    ],
)
def test_a_value_has_one_form_or_cannot_stand(kind: Kind, text: str, value: str | None) -> None:
    assert read_value(attribute(kind), text) == value


def test_a_key_holds_nothing_that_a_variable_cannot() -> None:
    assert [key_for(name) for name in ("Shoe size", "鞋 码", "a.b{c}|d", " ", "…")] == [
        "shoe_size", "鞋_码", "a_b_c_d", "", "…",
    ]  # fmt: skip


async def test_values_change_by_themselves_and_old_ones_are_not_judged(server: Server) -> None:
    with open_folder() as folder:
        async with open_world(server, folder) as world:
            shop = await world.shop("Attributes")
            by = shop.agents["林薇"]
            async with world.house.db.transaction(shop.id) as tx:
                for name, kind in (("Size", "number"), ("Since", "date")):
                    await team.add_attribute(tx, subject="contact", name=name, kind=kind, by=by)  # type: ignore[arg-type]
                before = {"size": "large", "page": "/cups"}  # somebody wrote so before there was the attribute
                changed = {"size": "large", "since": "2026-01-31", "page": ""}
                assert await team.settled(tx, "contact", before, changed) == {"size": "large", "since": "2026-01-31"}
                with pytest.raises(team.WrongValues) as wrong:
                    await team.settled(tx, "contact", before, {"size": "x", "since": "soon"})
                assert sorted(wrong.value.keys) == ["since", "size"]
                assert await team.settled(tx, "conversation", {}, {"size": "x"}) == {"size": "x"}
            for refused in ({"name": "SIZE", "kind": "text"}, {"name": "Pick", "kind": "choice", "choices": [" "]}):
                with pytest.raises(team.Refused) as error:
                    async with world.house.db.transaction(shop.id) as tx:
                        await team.add_attribute(tx, subject="contact", by=by, **refused)  # type: ignore[arg-type]
                assert error.value.code in ("key_taken", "choices_needed")
