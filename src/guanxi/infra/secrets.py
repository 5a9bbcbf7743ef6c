"""Secrets at rest: AES-256-GCM under a master key, bound to the row they belong to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class CannotOpen(Exception):
    """The sealed value was moved, changed, or sealed under another key."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals and opens small values; also derives keys for signing. Holds the 32-byte master key."""

    master: bytes

    def __repr__(self) -> str:
        return "Sealer(…)"

    def seal(self, plain: bytes, about: str) -> bytes:
        """A fresh data key per value, itself sealed under the master key; `about` names the row, and is checked."""
        data_key, nonce, key_nonce = os.urandom(32), os.urandom(12), os.urandom(12)
        wrapped = AESGCM(self.master).encrypt(key_nonce, data_key, about.encode())
        return b"\x01" + key_nonce + wrapped + nonce + AESGCM(data_key).encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """The plain value. Raises CannotOpen for another row, another key, or a changed byte."""
        if len(sealed) < 89 or sealed[0] != 1:
            raise CannotOpen("not a sealed value")
        key_nonce, wrapped, nonce, rest = sealed[1:13], sealed[13:61], sealed[61:73], sealed[73:]
        try:
            data_key = AESGCM(self.master).decrypt(key_nonce, wrapped, about.encode())
            return AESGCM(data_key).decrypt(nonce, rest, about.encode())
        except InvalidTag as error:
            raise CannotOpen("sealed for another row or under another master key") from error

    def key_for(self, purpose: str) -> bytes:
        """A 32-byte key derived for one purpose (signed addresses, cookies)."""
        return hmac.digest(self.master, purpose.encode(), hashlib.sha256)

    def sign(self, purpose: str, text: str) -> str:
        """A URL-safe signature of `text`, 22 characters (128 bits)."""
        digest = hmac.digest(self.key_for(purpose), text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")

    def verify(self, purpose: str, text: str, signature: str) -> bool:
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode("utf-8", "replace"))


def load_sealer(path: Path, *, create: bool = False) -> Sealer:
    """Read the master key (64 hexadecimal digits) from a file or, if `create`, make one that only we can read.

    The environment variable GUANXI_MASTER_KEY stands before the file. Raises SystemExit with a sentence.
    """
    text = os.environ.get("GUANXI_MASTER_KEY", "")
    if not text and not path.exists():
        if not create:
            raise SystemExit(
                f"The master key {path} is missing. Restore it from your backup: without it no inbox opens."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(os.urandom(32).hex() + "\n")
    text = text or path.read_text().strip()
    try:
        master = bytes.fromhex(text)
    except ValueError:
        master = b""
    if len(master) != 32:
        raise SystemExit(f"The master key in {path} is not 64 hexadecimal digits. Restore it from your backup.")
    return Sealer(master)
