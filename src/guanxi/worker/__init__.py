"""The hands: loops that read what arrived, send what waits, follow what happened, and keep time."""

from guanxi.worker.run import run

__all__ = ["run"]
