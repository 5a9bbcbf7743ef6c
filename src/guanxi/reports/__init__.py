"""What numbers say: day rows, made from events and from nothing else, and the pages read from them."""

from guanxi.reports.actions import count, forgotten, rebuild
from guanxi.reports.model import Now, Report
from guanxi.reports.queries import MOST_DAYS, now, report, today
from guanxi.reports.rules import as_csv

__all__ = ["MOST_DAYS", "Now", "Report", "as_csv", "count", "forgotten", "now", "rebuild", "report", "today"]
