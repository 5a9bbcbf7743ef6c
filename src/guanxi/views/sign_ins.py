"""Where somebody is signed in, and who came in or tried to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.views.page import BadCursor
from guanxi.views.shapes import time

MINE = f"""select coalesce(json_agg(json_build_object('id', s.id, 'workspace_name', w.name, 'way', s.way,
    'address', s.address, 'device', s.device, 'created_at', {time("s.created_at")}, 'seen_at', {time("s.seen_at")},
    'is_this', s.hash = $2) order by s.hash = $2 desc, s.seen_at desc, s.id), '[]')::text
  from sign_in s join workspace w on w.id = s.workspace_id where s.person_id = $1 and s.expires_at > $3"""
FACTOR = f"""select json_build_object('has_password', p.password_hash is not null,
    'is_proved', p.password_hash is not null or $2, 'second_factor',
    json_build_object('since', {time("p.totp_since")}, 'recovery_codes_left',
      (select count(*) from recovery_code c where c.person_id = p.id and p.totp_since is not null)))::text
  from person p where p.id = $1"""
RULES = """select json_build_object('password_length', w.password_length, 'needs_second_factor', w.needs_second_factor)::text
  from workspace w where w.id = $1"""
ROW = f"""json_build_object('id', r.id, 'at', {time("r.at")}, 'outcome', r.outcome, 'way', r.way, 'address', r.address,
    'device', r.device, 'name', coalesce(a.name, ''))::text as row, r.id, r.at
  from sign_in_record r left join agent a on a.workspace_id = r.workspace_id and a.person_id = r.person_id
  where r.workspace_id = $1"""
NEWEST = f"select {ROW} order by r.at desc, r.id desc limit $2"
BEFORE = f"select {ROW} and (r.at, r.id) < ($3, $4) order by r.at desc, r.id desc limit $2"


async def my_access(directory: Tx, person_id: UUID, sign_in: bytes, *, is_fresh: bool) -> bytes:
    """How a person comes in and where he is signed in, `sign_in` first. `is_fresh`: he has shown a moment ago who he is.
    By the directory's role."""
    factor = await directory.fetchval(FACTOR, person_id, is_fresh)
    mine = await directory.fetchval(MINE, person_id, sign_in, directory.now)
    return f'{factor[:-1]},"sign_ins":{mine}}}'.encode()


async def rules(tx: Tx) -> bytes:
    """The workspace's rules for coming in."""
    text: str = await tx.fetchval(RULES, tx.workspace_id)
    return text.encode()


async def sign_in_records(tx: Tx, after: str | None, limit: int) -> bytes:
    """One page of who came in or tried to, newest first. Raises BadCursor."""
    if after:
        at, id_ = _read(after)
        rows = await tx.fetch(BEFORE, tx.workspace_id, limit + 1, at, id_)
    else:
        rows = await tx.fetch(NEWEST, tx.workspace_id, limit + 1)
    shown = rows[:limit]
    next_ = f'"{shown[-1]["at"].isoformat()}|{shown[-1]["id"]}"' if len(rows) > limit else "null"
    return f'{{"rows":[{",".join(row["row"] for row in shown)}],"next":{next_}}}'.encode()


def _read(cursor: str) -> tuple[datetime, UUID]:
    at, _, id_ = cursor.replace(" ", "+").partition("|")
    try:
        read = datetime.fromisoformat(at), UUID(id_)
    except ValueError as error:
        raise BadCursor from error
    if read[0].tzinfo is None:
        raise BadCursor
    return read
