"""What open desks hear, and what passes by without being kept: typing, viewing."""

from guanxi.live.frames import HIDDEN, Frame
from guanxi.live.hub import Hub, Subscription, TooSlow

__all__ = ["HIDDEN", "Frame", "Hub", "Subscription", "TooSlow"]
