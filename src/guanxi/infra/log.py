"""Logs: one JSON object a line on the error stream, with only those fields that are known to carry no secret."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

# What may stand in a log. Anything else is dropped: a field is added here after somebody has thought about it.
ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "exception", "problem", "loop", "channel", "inbox", "workspace", "conversation",
        "seq", "size", "kind", "follower", "first", "lane", "pool", "attempts", "state", "count", "seconds", "path",
        "method", "status", "port", "pid", "name", "step", "route", "code",
    }
)  # fmt: skip


def _allow(logger: Any, method: str, fields: Any) -> Any:
    return {name: value for name, value in fields.items() if name in ALLOWED}


def set_up_log(level: str) -> None:
    """Configure once per process. `level` is debug, info, warning or error."""
    number = getattr(logging, level.upper(), logging.INFO)
    logging.basicConfig(
        level=max(number, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            _allow,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
