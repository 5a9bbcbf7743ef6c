"""How the simulated WeChat signs and seals what it pushes.

Written from the platform's documentation and not from our channel, so that one error is not made twice.
"""

from __future__ import annotations

import hashlib
import struct
from base64 import b64decode, b64encode
from typing import Any
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def seal(message: str, aes_key: str, app_id: str, random: bytes) -> str:
    """The message as the platform encrypts it: AES-256-CBC, PKCS#7 over 32 bytes."""
    key = b64decode(aes_key + "=")
    raw = message.encode()
    plain = random + struct.pack(">I", len(raw)) + raw + app_id.encode()
    missing = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return b64encode(encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()).decode()


def as_xml(fields: dict[str, Any]) -> str:
    def written(value: Any) -> str:
        if isinstance(value, int | float):
            return str(value)
        return f"<![CDATA[{value}]]>" if "]]>" not in value else escape(value)

    return "<xml>" + "".join(f"<{tag}>{written(value)}</{tag}>" for tag, value in fields.items()) + "</xml>"
