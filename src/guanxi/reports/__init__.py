"""What numbers say: day rows, made from events and from nothing else."""

from guanxi.reports.actions import count

__all__ = ["count"]
