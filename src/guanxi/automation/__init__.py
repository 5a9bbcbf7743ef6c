"""What happens by itself: rules of conditions and actions, heard once for each event, with a log and a dry run."""

from guanxi.automation.actions import (
    add_rule,
    change_rule,
    check_named,
    forget_old_runs,
    remove_rule,
    run,
    want_waits,
    wanted_by,
)
from guanxi.automation.doing import do
from guanxi.automation.model import Action, CallWebhook, Condition, Fired, NotFound, Refused, Rule, Waits
from guanxi.automation.queries import runs_of, try_out
from guanxi.automation.rules import HEARD

__all__ = [
    "HEARD",
    "Action",
    "CallWebhook",
    "Condition",
    "Fired",
    "NotFound",
    "Refused",
    "Rule",
    "Waits",
    "add_rule",
    "change_rule",
    "check_named",
    "do",
    "forget_old_runs",
    "remove_rule",
    "run",
    "runs_of",
    "try_out",
    "want_waits",
    "wanted_by",
]
