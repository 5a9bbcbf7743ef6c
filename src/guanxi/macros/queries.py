"""The macros that an agent may use."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx
from guanxi.macros.model import Macro, NotFound


async def of_agent(tx: Tx, me: UUID) -> list[Macro]:
    """Those of agent `me`, then the company's, by name."""
    rows = await tx.fetch(
        """select id, name, key, agent_id is not null as personal, actions from macro
           where workspace_id = $1 and (agent_id is null or agent_id = $2) order by agent_id is null, lower(name), id""",
        tx.workspace_id,
        me,
    )
    return [_read(row) for row in rows]


async def get(tx: Tx, macro_id: UUID, me: UUID) -> Macro:
    """Raises NotFound; a colleague's own is not there."""
    row = await tx.fetchrow(
        """select id, name, key, agent_id is not null as personal, actions from macro
           where workspace_id = $1 and id = $2 and (agent_id is null or agent_id = $3)""",
        tx.workspace_id,
        macro_id,
        me,
    )
    if row is None:
        raise NotFound(macro_id)
    return _read(row)


def _read(row: Any) -> Macro:
    return msgspec.convert(dict(row), Macro)
