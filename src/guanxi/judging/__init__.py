"""How urgent is it, and in what mood is the customer? By words and facts that are named, and that an agent corrects."""

from guanxi.judging.actions import correct, judge, set_alarm_words
from guanxi.judging.model import (
    AlarmWord,
    Facts,
    Found,
    Judgement,
    Meaning,
    Mood,
    OurWord,
    Reason,
    Refused,
    Said,
    Urgency,
)
from guanxi.judging.queries import alarm_words
from guanxi.judging.rules import LONG_WAIT, found_in, judged, our_words

__all__ = [
    "LONG_WAIT",
    "AlarmWord",
    "Facts",
    "Found",
    "Judgement",
    "Meaning",
    "Mood",
    "OurWord",
    "Reason",
    "Refused",
    "Said",
    "Urgency",
    "alarm_words",
    "correct",
    "found_in",
    "judge",
    "judged",
    "our_words",
    "set_alarm_words",
]
