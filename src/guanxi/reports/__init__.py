"""What numbers say: day rows, made from events and from nothing else, and the pages read from them."""

from guanxi.reports.actions import count, forgotten, rebuild
from guanxi.reports.model import Duration, Now, Report
from guanxi.reports.parity import Parity
from guanxi.reports.parity import table as parity_table
from guanxi.reports.queries import MOST_DAYS, equal_channels, report, today
from guanxi.reports.rules import as_csv
from guanxi.reports.wall import now

__all__ = [
    "MOST_DAYS",
    "Duration",
    "Now",
    "Parity",
    "Report",
    "as_csv",
    "count",
    "equal_channels",
    "forgotten",
    "now",
    "parity_table",
    "rebuild",
    "report",
    "today",
]
