"""A backup of a house, and a house made of a backup: its database, its files, and, if asked for, its master key."""

from guanxi.backup.keep import back_up
from guanxi.backup.portable import PORTABLE
from guanxi.backup.queries import write_down
from guanxi.backup.restore import look_at, restore

__all__ = ["PORTABLE", "back_up", "look_at", "restore", "write_down"]
