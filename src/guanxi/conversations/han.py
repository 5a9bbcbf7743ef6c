"""Which way of writing a Han sign belongs to, where only one has it: read from the standards that each of them encodes.

GB 2312 has the signs of simplified Chinese, Big5 those of traditional Chinese, and the first level of JIS X 0208 those
that Japanese uses daily (its second level keeps old ones, which are the traditional Chinese). A sign of two standards,
会 or 請, tells nothing.
"""

from __future__ import annotations

from functools import lru_cache

SECOND_LEVEL = b"\x98\x9f"  # of JIS X 0208 in Shift JIS begins here
# Big5 knows these as rare variants; who writes them writes simplified.
SIMPLIFIED_TOO = frozenset("个么从没听坏尽广晒档优极构网胜适离确怀划气")
# Signs of spoken Chinese that Japanese hardly writes.
CHINESE = frozenset("你您她它哪呢啦哦吧嘛呀咱俺啥咋怎吃喝很把被跟就都也太找哈嗯噢喔欸唉吵")


@lru_cache(maxsize=4096)
def way_of(sign: str) -> str:
    """simplified, traditional or japanese; '' where several write it.

    >>> way_of("们"), way_of("們"), way_of("売"), way_of("会")
    ('simplified', 'traditional', 'japanese', '')
    """
    if sign in SIMPLIFIED_TOO:
        return "simplified"
    simplified, traditional = _in(sign, "gb2312"), _in(sign, "big5")
    japanese = _in(sign, "shift_jis") and sign.encode("shift_jis") < SECOND_LEVEL
    match simplified, traditional, japanese:
        case True, False, False:
            return "simplified"
        case False, True, False:
            return "traditional"
        case False, False, True:
            return "japanese"
        case _:
            return ""


def _in(sign: str, encoding: str) -> bool:
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
