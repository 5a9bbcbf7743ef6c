"""All that a channel may know: requests, what was said, what to send, outcomes, and the channel itself."""

from guanxi.channel_kit.access import Access, Answer, Http, MaybeSent, NotSent
from guanxi.channel_kit.approved import Gap, OfferedTemplate
from guanxi.channel_kit.channel import Channel
from guanxi.channel_kit.crossing import Crossing, CrossingWay, code_in, new_code
from guanxi.channel_kit.inbound import (
    Download,
    FileGone,
    Forged,
    Happened,
    Malformed,
    Nudge,
    Opening,
    Parsed,
    Profile,
    Receipt,
    Received,
    Reply,
    Request,
    Sender,
)
from guanxi.channel_kit.introducing import Introduced
from guanxi.channel_kit.limits import LIMIT_PREFIX, Adjustable, adjustable, limits_as_set, limits_said
from guanxi.channel_kit.manifest import Capabilities, Limit, Manifest, ReplyWindow, Setting
from guanxi.channel_kit.outbound import (
    AccessLost,
    Outcome,
    Outgoing,
    Quota,
    Rejected,
    RetryLater,
    Sent,
    TokenRefused,
    WindowClosed,
)
from guanxi.channel_kit.public import PUBLIC, Medium, Post, is_public
from guanxi.channel_kit.pulling import PULLED, Page, Pull
from guanxi.channel_kit.rating import STARS, RatingWay, is_asked, rating_settings, rating_way
from guanxi.channel_kit.showing import Code, CodeLimit, MenuButton, MenuLimit, MenuProblem
from guanxi.channel_kit.side_page import PageSignature, Signed

__all__ = [
    "LIMIT_PREFIX",
    "PUBLIC",
    "PULLED",
    "STARS",
    "Access",
    "AccessLost",
    "Adjustable",
    "Answer",
    "Capabilities",
    "Channel",
    "Code",
    "CodeLimit",
    "Crossing",
    "CrossingWay",
    "Download",
    "FileGone",
    "Forged",
    "Gap",
    "Happened",
    "Http",
    "Introduced",
    "Limit",
    "Malformed",
    "Manifest",
    "MaybeSent",
    "Medium",
    "MenuButton",
    "MenuLimit",
    "MenuProblem",
    "NotSent",
    "Nudge",
    "OfferedTemplate",
    "Opening",
    "Outcome",
    "Outgoing",
    "Page",
    "PageSignature",
    "Parsed",
    "Post",
    "Profile",
    "Pull",
    "Quota",
    "RatingWay",
    "Receipt",
    "Received",
    "Rejected",
    "Reply",
    "ReplyWindow",
    "Request",
    "RetryLater",
    "Sender",
    "Sent",
    "Setting",
    "Signed",
    "TokenRefused",
    "WindowClosed",
    "adjustable",
    "code_in",
    "is_asked",
    "is_public",
    "limits_as_set",
    "limits_said",
    "new_code",
    "rating_settings",
    "rating_way",
]
