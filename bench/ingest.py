"""Signed webhooks acknowledged durably, beside pgbench inserting the same rows with one commit each.

Ours is `guanxi web`, one process, under wrk with 64 connections: signature checked, row on disk, then the answer.
The reference is C: 64 connections of the same role insert the same bytes into the same table, with nothing to parse.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from bench.rig.figure import PAIRS, Figure, Missed, pairs, ratios, run, spread
from bench.rig.house import Site, open_site, web
from bench.rig.programs import pgbench, wrk
from bench.rig.shops import Shop, headers_of, open_shop, text_body

GOAL = 0.8
CONNECTIONS = 64
BODIES = 2000


async def measure(quick: bool) -> Figure:
    seconds, many = (1.0, 1) if quick else (6.0, PAIRS)
    async with open_site(connections=100) as site:
        shop = await open_shop(site, "ingest")
        hooks, insert, variables = _hooks(site.folder, shop), _insert(site.folder), _row(shop)
        latency: dict[str, list[float]] = {"p50_ms": [], "p99_ms": []}
        async with web(site) as base:
            url = f"{base}/in/{shop.door.address}"
            await wrk(url, hooks, connections=CONNECTIONS, seconds=1)

            async def ours() -> float:
                await _empty(site)
                rate, took = await wrk(url, hooks, connections=CONNECTIONS, seconds=seconds)
                for name, value in took.items():
                    latency[name].append(value)
                kept = await site.owner.fetchval("select count(*) from inbound_event")
                if kept < rate * seconds * 0.98:
                    raise Missed(f"{rate * seconds:.0f} were acknowledged, {kept} are kept")
                return rate

            async def reference() -> float:
                await _empty(site)
                return await pgbench(
                    site.server, "guanxi_accept", [insert], clients=CONNECTIONS, seconds=seconds, variables=variables
                )

            acked, inserted = await pairs(many, ours, reference)
        ratio, about = ratios(acked, inserted)
        figures = spread("acked_per_s", acked) | {
            name: sorted(values)[len(values) // 2] for name, values in latency.items()
        }
        return Figure(
            bench="ingest",
            figures=figures | about | {"goal_ratio": GOAL, "body_bytes": len(text_body(1, 1))},
            reference=spread("commits_per_s", inserted) | await site.durability(),
            ratio=ratio,
        )


async def _empty(site: Site) -> None:
    """Each run begins with an empty table and clean buffers."""
    await site.owner.execute("truncate inbound_event")
    await site.calm()


def _hooks(folder: Path, shop: Shop) -> Path:
    """A wrk script that posts genuine bodies in turn."""
    lines = []
    for n in range(BODIES):
        body = text_body(n % 500, n)
        lines.append(f"{{{_lua(body.decode())}, {_lua(headers_of(body)['x-line-signature'])}}}")
    script = folder / "hooks.lua"
    script.write_text(
        "local hooks = {" + ",\n".join(lines) + "}\n"
        """local n, made = 0, {}
function init(args)
  for i, hook in ipairs(hooks) do
    made[i] = wrk.format("POST", nil, {["content-type"] = "application/json; charset=utf-8",
      ["user-agent"] = "LineBotWebhook/2.0", ["x-line-signature"] = hook[2]}, hook[1])
  end
end
function request()
  n = n % #made + 1
  return made[n]
end
"""
    )
    return script


def _lua(text: str) -> str:
    return "[==[" + text + "]==]"


def _insert(folder: Path) -> Path:
    """The same row, its bytes sent with each insert as they are by us."""
    script = folder / "insert.sql"
    script.write_text(
        "insert into inbound_event (workspace_id, inbox_id, id, method, query, headers, body)"
        " values (:workspace, :inbox, gen_random_uuid(), 'POST', :query, :headers, :body);\n"
    )
    return script


def _row(shop: Shop) -> dict[str, str]:
    body = text_body(1, 1)
    kept = headers_of(body) | {"host": "127.0.0.1:8100", "content-length": str(len(body))}
    return {
        "workspace": str(shop.id),
        "inbox": str(shop.door.inbox_id),
        "query": "{}",
        "headers": msgspec.json.encode(kept).decode(),
        "body": "\\x" + body.hex(),
    }


if __name__ == "__main__":
    run(measure)
