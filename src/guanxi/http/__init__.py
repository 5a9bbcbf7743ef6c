"""The doors: platforms knock at /in, visitors at /chat, agents at /api, files at /media; all else is the desktop."""

from guanxi.http.app import build

__all__ = ["build"]
