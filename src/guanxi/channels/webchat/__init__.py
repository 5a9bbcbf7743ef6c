"""Web chat: the shop's own site. Visitors speak through the widget; the visitor door hands their frames in."""

from guanxi.channel_kit import Channel
from guanxi.channels.webchat.appearance import check, sites_of
from guanxi.channels.webchat.inbound import frame_request, parse, verify
from guanxi.channels.webchat.manifest import AS_THE_PAGE, MANIFEST
from guanxi.channels.webchat.outbound import send, typing
from guanxi.channels.webchat.setup import (
    Told,
    WebChatSetup,
    form_in,
    is_email,
    plan,
    problems,
    read_setup,
    said_in,
    told,
)
from guanxi.channels.webchat.tokens import (
    Customer,
    Expired,
    Unsigned,
    Visitor,
    external_ids,
    read_customer,
    read_file,
    read_visitor,
    write_file,
    write_visitor,
)

channel = Channel(manifest=MANIFEST, verify=verify, parse=parse, send=send, typing=typing, check=check)

__all__ = [
    "AS_THE_PAGE",
    "Customer",
    "Expired",
    "Told",
    "Unsigned",
    "Visitor",
    "WebChatSetup",
    "channel",
    "external_ids",
    "form_in",
    "frame_request",
    "is_email",
    "plan",
    "problems",
    "read_customer",
    "read_file",
    "read_setup",
    "read_visitor",
    "said_in",
    "sites_of",
    "told",
    "write_file",
    "write_visitor",
]
