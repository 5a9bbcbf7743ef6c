"""The API's description, for `python -m guanxi openapi` and /api/openapi.json."""

from __future__ import annotations

from guanxi.http.api.app import document

__all__ = ["document"]
