"""What happens by itself: rules of conditions and actions, heard once for each event, with a log and a dry run."""

from guanxi.automation.actions.answering import forget_old_runs, run, want_waits, wanted_by
from guanxi.automation.actions.keeping import add_rule, change_rule, check_named, put_in_order, remove_rule
from guanxi.automation.doing import do
from guanxi.automation.model import (
    Action,
    CallWebhook,
    Condition,
    Fired,
    Gone,
    NotFound,
    Refused,
    Rule,
    Waits,
)
from guanxi.automation.queries.kept import gone_of, runs_of
from guanxi.automation.queries.past import AMONG, conversations_here, conversations_since, try_out, why
from guanxi.automation.queries.values import values_in
from guanxi.automation.rules import HEARD
from guanxi.automation.saying import filled
from guanxi.automation.trying import Noticed, Trial, Tried

__all__ = [
    "AMONG",
    "HEARD",
    "Action",
    "CallWebhook",
    "Condition",
    "Fired",
    "Gone",
    "NotFound",
    "Noticed",
    "Refused",
    "Rule",
    "Trial",
    "Tried",
    "Waits",
    "add_rule",
    "change_rule",
    "check_named",
    "conversations_here",
    "conversations_since",
    "do",
    "filled",
    "forget_old_runs",
    "gone_of",
    "put_in_order",
    "remove_rule",
    "run",
    "runs_of",
    "try_out",
    "values_in",
    "want_waits",
    "wanted_by",
    "why",
]
