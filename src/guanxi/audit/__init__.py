"""Who did what to what, when, from where and by which means: written once, changed by nobody."""

from guanxi.audit.actions import add, changed, forget_old, of_person, record
from guanxi.audit.queries import standing
from guanxi.audit.rules import AREAS, MASK, differences

__all__ = ["AREAS", "MASK", "add", "changed", "differences", "forget_old", "of_person", "record", "standing"]
