"""Reads the small XML documents that platforms push: no DOCTYPE, no entities, no depth, no surprises."""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from guanxi.channel_kit.inbound import Malformed

LARGEST = 64 * 1024
DEEPEST = 16

# XML 1.0 refuses these; a customer's stray control character must not cost the message.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def read_xml(body: bytes, *, largest: int = LARGEST) -> dict[str, Any]:
    """The root's children as {tag: text}; a child with children is a dict, a repeated tag a list. Attributes are left out.

    The bytes are UTF-8 whatever the declaration says; what is not becomes U+FFFD. Raises Malformed.
    """
    if len(body) > largest:
        raise Malformed(f"the XML is larger than {largest} bytes")
    document = _ILLEGAL.sub("\ufffd", body.decode("utf-8-sig", "replace"))
    tree = _Tree()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.characters
    try:
        parser.Parse(document.encode(), True)
    except expat.ExpatError as error:
        raise Malformed(f"the XML cannot be read: {error}") from error
    return tree.root


def _refuse_doctype(*_: object) -> None:
    raise Malformed("XML with a DOCTYPE or an entity is refused")


class _Tree:
    """What expat tells, put together."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[tuple[dict[str, Any], list[str]]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEEPEST:
            raise Malformed(f"the XML is deeper than {DEEPEST} levels")
        self._open.append(({}, []))

    def characters(self, text: str) -> None:
        self._open[-1][1].append(text)

    def end(self, tag: str) -> None:
        children, text = self._open.pop()
        if not self._open:
            self.root = children
            return
        value: Any = children or "".join(text)
        siblings = self._open[-1][0]
        if tag not in siblings:
            siblings[tag] = value
        elif isinstance(siblings[tag], list):
            siblings[tag].append(value)
        else:
            siblings[tag] = [siblings[tag], value]
