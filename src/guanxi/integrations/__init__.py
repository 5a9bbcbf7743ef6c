"""Outside systems are told what happens here: webhooks, signed, in order, with a log."""

from guanxi.integrations.actions import (
    add_webhook,
    change_webhook,
    forget_old_deliveries,
    pause_webhook,
    prepare,
    remove_webhook,
    resend,
    resume_webhook,
    rotate_secret,
    send,
    send_test,
    settle,
    tell,
)
from guanxi.integrations.model import Answered, NotFound, Ready, Refused
from guanxi.integrations.rules import TELLABLE, signature

__all__ = [
    "TELLABLE",
    "Answered",
    "NotFound",
    "Ready",
    "Refused",
    "add_webhook",
    "change_webhook",
    "forget_old_deliveries",
    "pause_webhook",
    "prepare",
    "remove_webhook",
    "resend",
    "resume_webhook",
    "rotate_secret",
    "send",
    "send_test",
    "settle",
    "signature",
    "tell",
]
