"""WeChat's signature and the sealed (AES) body. Source: the platform's guide to message encryption; vectors in tests."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import struct
from base64 import b64decode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # PKCS#7 over 32 bytes, although AES has blocks of 16
RANDOM = 16


class Unsealable(Exception):
    """The sealed text was not made with this key for this account."""


def signature(*parts: str) -> str:
    """Hex SHA-1 over the sorted parts: token, timestamp, nonce, and the sealed text when there is one."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def page_signed(key: str, nonce: str, timestamp: int, url: str) -> str:
    """Hex SHA-1 that lets the page at `url` (without its fragment) use the platform's script. Source: the guide to JS-SDK."""
    said = f"jsapi_ticket={key}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(said.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def same(given: str, expected: str) -> bool:
    """Compared without telling by the time it takes where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def unseal(sealed: str, aes_key: str, app_id: str) -> bytes:
    """The message inside: 16 random bytes, its length, the message, the account's app id. Raises Unsealable."""
    try:
        key = b64decode(aes_key + "=")
        cipher = b64decode(sealed.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unsealable("the sealed text or the key is not base64") from error
    if len(key) != 32 or not cipher or len(cipher) % 16:
        raise Unsealable("the sealed text or the key has the wrong length")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    padded = decryptor.update(cipher) + decryptor.finalize()
    padding = padded[-1]
    if not 1 <= padding <= BLOCK or padded[-padding:] != bytes([padding]) * padding:
        raise Unsealable("the padding is wrong, so the key is another one")
    plain = padded[:-padding]
    if len(plain) < RANDOM + 4:
        raise Unsealable("the sealed text is too short")
    (length,) = struct.unpack(">I", plain[RANDOM : RANDOM + 4])
    message, owner = plain[RANDOM + 4 :][:length], plain[RANDOM + 4 + length :]
    if len(message) != length or not hmac.compare_digest(owner, app_id.encode()):
        raise Unsealable("the sealed text is for another app id")
    return message
