"""What strangers may send: the readers of XML and JSON, and channels under generated input."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanxi.channel_kit import Access, Happened, Malformed, Received, Request
from guanxi.channel_kit.fields import identifier, moment, number, stable_id, text, web_address, whole
from guanxi.channel_kit.json import clean, read_json, read_object
from guanxi.channel_kit.xml import read_xml
from guanxi.channels import get
from guanxi.channels.parse_file import parse_file

# A busy machine is no bug, and what was found stays out of the checkout.
CALM = settings(deadline=None, database=None)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("type", "message", "source", "userId", "groupId", "timestamp", "id", "text", "mode", "replyToken", "members")
LIKE_LINE = st.dictionaries(
    st.sampled_from(KEYS),
    ANYTHING | st.sampled_from(["message", "text", "image", "U1", "follow"]) | st.integers(1, 2**43),
)
TAGS = ("FromUserName", "CreateTime", "MsgType", "Event", "Content", "MsgId", "MediaId", "Location_X", "Location_Y")
LIKE_WECHAT = st.dictionaries(
    st.sampled_from(TAGS),
    st.sampled_from(["event", "text", "location", "file", "SCAN", "1795255200", "99999999999999", ""]) | st.text(),
)


def test_a_document_reads_as_its_tags() -> None:
    read = read_xml(b"<xml><A><![CDATA[a]]></A><B><C>1</C><C>2</C></B><D/>rest</xml>")
    assert read == {"A": "a", "B": {"C": ["1", "2"]}, "D": ""}


def test_an_encoding_that_the_document_claims_is_not_believed() -> None:
    assert read_xml('<?xml version="1.0" encoding="GBK"?><xml><A>茶</A></xml>'.encode()) == {"A": "茶"}


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("a doctype", b"<!DOCTYPE xml><xml/>"),
        ("an entity", b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>'),
        ("an outer entity", b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><xml/>'),
        ("a parameter entity", b'<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><xml/>'),
        ("an unknown entity", b"<xml><A>&a;</A></xml>"),
        ("a surrogate by number", b"<xml><A>&#xD800;</A></xml>"),
        ("depth", b"<a>" * 17 + b"</a>" * 17),
        ("size", b"<xml><A>" + b"a" * 65536 + b"</A></xml>"),
        ("half a document", b"<xml><A>"),
        ("two documents", b"<xml/><xml/>"),
        ("nothing", b""),
    ],
)
def test_xml_is_refused_for(what: str, body: bytes) -> None:
    with pytest.raises(Malformed):
        read_xml(body)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b"[1e999]", b'{"a":1,"a":2}', b"[" * 40 + b"]" * 40, b"[" * 200_000, b"9" * 5000, b'"\x01"'],
)
def test_json_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_json(body)


def test_json_beyond_the_cap_is_refused_unread() -> None:
    with pytest.raises(Malformed, match="larger"):
        read_json(b'"' + b"a" * 1024 * 1024 + b'"')


def test_a_list_is_no_object() -> None:
    with pytest.raises(Malformed):
        read_object(b"[]")


def test_strings_are_made_fit_to_be_kept() -> None:
    assert read_json(b'{"a\\u0000": ["\\ud83c", "\\ud83c\\udf75", "\xff"]}') == {"a\ufffd": ["\ufffd", "🍵", "\ufffd"]}
    assert clean("a\x00b\udc80") == "a\ufffdb\ufffd"


@settings(CALM)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(body: bytes) -> None:
    for read in (read_xml, read_json):
        try:
            read(body)
        except Malformed:
            continue


def test_a_field_that_is_not_right_reads_as_empty() -> None:
    document = {"a": {"b": True}, "n": "12.5", "big": 10**400, "id": " x\n", "url": "javascript:alert(1)"}
    assert (text(document, "a"), text(document, "a", "b"), text(document, "a", "b", "c")) == ("", "", "")
    assert (number(document, "n"), number(document, "big"), whole(document, "big")) == (12.5, None, 0)
    assert (identifier(document, "id"), identifier({"id": "x\ny"}, "id"), identifier({"id": "x" * 201}, "id")) == (
        "x",
        "",
        "",
    )
    assert (web_address(document, "url"), web_address({"url": "http://[x"}, "url")) == ("", "")


@pytest.mark.parametrize("value", [None, "", "soon", 0, -1, 10**15, True, [], float("nan")])
def test_a_senseless_time_is_malformed(value: Any) -> None:
    with pytest.raises(Malformed):
        moment({"at": value}, "at")


def test_long_ids_are_folded_and_stay_different() -> None:
    one, other = stable_id("a", "x" * 300), stable_id("a", "x" * 299 + "y")
    assert stable_id("a", "", "b") == "a:b"
    assert one != other
    assert len(one) < 200


@settings(CALM, max_examples=300)
@given(st.lists(LIKE_LINE | ANYTHING, max_size=3))
def test_line_reads_any_events_or_says_malformed(events: list[Any]) -> None:
    try:
        body = json.dumps({"events": events}).encode()
    except ValueError:
        return
    _survives("line", body)


@settings(CALM, max_examples=300)
@given(LIKE_WECHAT)
def test_wechat_reads_any_fields_or_says_malformed(fields: dict[str, str]) -> None:
    xml = "".join(f"<{tag}><![CDATA[{value}]]></{tag}>" for tag, value in fields.items())
    _survives("wechat", f"<xml>{xml}</xml>".encode("utf-8", "surrogatepass"))


def test_a_file_is_read_as_its_channel_reads_it() -> None:
    body = (
        b"<xml><FromUserName>o1</FromUserName><CreateTime>1795255200</CreateTime>"
        b"<MsgType>text</MsgType><Content>Hi</Content><MsgId>7</MsgId></xml>"
    )
    assert list(parse_file("wechat", body)) == [
        {
            "kind": "received",
            "external_id": "7",
            "sender": "o1",
            "thread": "",
            "sent_at": "2026-11-21T10:00:00Z",
            "content": {"kind": "text", "text": "Hi"},
            "opens": [{"by": "message"}],
        }
    ]


def _survives(key: str, body: bytes) -> None:
    try:
        told = get(key).parse(Request(body=body), Access(settings={"mode": "plain"}, secrets={}))
    except Malformed:
        return
    kept = msgspec.json.encode(list(told)).decode()
    assert "\\u0000" not in kept
    assert all(one.sender.external_id for one in told if isinstance(one, Received | Happened))
