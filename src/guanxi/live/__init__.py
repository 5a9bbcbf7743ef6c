"""What open desks hear, and what passes by without being kept: typing, viewing."""

from guanxi.live.frames import Frame
from guanxi.live.hub import Hub, Subscription, TooSlow

__all__ = ["Frame", "Hub", "Subscription", "TooSlow"]
