"""The widget's own files: the loader for shops' pages, and the chat as one page allowed by its hashes."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from guanxi.http.static import built

BUILT = built("widget")
TYPES = {".js": "text/javascript; charset=utf-8", ".html": "text/html; charset=utf-8"}


class NotBuilt(Exception):
    """The front end has not been built yet."""


class Manifest(msgspec.Struct, frozen=True):
    """What the build says of its pages: languages, and the hashes of the one script and of the two styles, the page's
    and that of the extras, which are fetched when they are needed."""

    languages: list[str]
    script: str
    style: str
    extras_style: str


@dataclass(frozen=True, slots=True)
class Pages:
    """The built widget, read once: file name → content encoding ('' for plain) → bytes."""

    manifest: Manifest
    files: Mapping[str, Mapping[str, bytes]]

    def language(self, wanted: str) -> str:
        """The language of ours that comes next to one of the wanted (`ja`, or a browser's `fr-FR,fr;q=0.9,ja;q=0.8`),
        the first of them that we have; English when there is none."""
        tags = [part.partition(";")[0].strip().replace("_", "-").lower() for part in wanted.split(",")]
        return next((ours for tag in tags for ours in self.manifest.languages if ours == _nearest(tag)), "en")

    def file(self, name: str, accepts: str) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """A file in the best encoding that the browser accepts, with the headers that say so."""
        body, encoding = _packed(self.files[name], accepts)
        headers = [(b"content-type", TYPES[Path(name).suffix].encode()), (b"vary", b"accept-encoding")]
        if encoding:
            headers.append((b"content-encoding", encoding.encode()))
        return body, headers

    def launcher(self, planned: bool, accepts: str) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """The launcher for one inbox's pages: where there is a plan, the one that fetches its scout later."""
        return self.file("loader.plan.js" if planned else "loader.js", accepts)

    def scout(self, plan: Mapping[str, Any], accepts: str) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """What follows an inbox's plan on the shop's pages, with the plan before it."""
        whole = b"const __PLAN__=" + msgspec.json.encode(plan) + b";" + self.files["scout.js"][""]
        body, encoding = _packed({"": whole, "gzip": gzip.compress(whole, 6)}, accepts)
        headers = [(b"content-type", TYPES[".js"].encode()), (b"vary", b"accept-encoding")]
        return body, [*headers, (b"content-encoding", encoding.encode())] if encoding else headers


def _nearest(tag: str) -> str:
    first, *rest = tag.split("-")
    if first == "zh":
        return "zh-TW" if {"hant", "tw", "hk", "mo"} & set(rest) else "zh-CN"
    return first


def _packed(kinds: Mapping[str, bytes], accepts: str) -> tuple[bytes, str]:
    accepted = {part.split(";")[0].strip() for part in accepts.split(",")}
    encoding = next((one for one in ("br", "gzip") if one in accepted and one in kinds), "")
    return kinds[encoding], encoding


def load(folder: Path = BUILT) -> Pages:
    """Read the built widget. Raises NotBuilt."""
    if not (folder / "manifest.json").is_file():
        raise NotBuilt("the widget is not built: run `npm run build:widget` in frontend/")
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    files = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in TYPES:
            packed = {"br": path.with_name(path.name + ".br"), "gzip": path.with_name(path.name + ".gz")}
            files[path.name] = {"": path.read_bytes()} | {
                encoding: other.read_bytes() for encoding, other in packed.items() if other.is_file()
            }
    return Pages(manifest, files)


def frame_policy(manifest: Manifest, sites: Sequence[str], host: str, language: str, *, secure: bool) -> str:
    """The chat's Content-Security-Policy: its own script and style by hash, the extras of its language by their one
    address, its own origin, the shop's pages around it.

    `sites` are the origins that may show it; none named: any page may.
    """
    here = host if host and not set(host) & set(" ;,\"'") else ""
    socket = f"{'wss' if secure else 'ws'}://{here}" if here else ""
    extras = f"{'https' if secure else 'http'}://{here}/chat/extras.{language}.js" if here else ""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {manifest.script} {extras}".rstrip(),
            f"style-src {manifest.style} {manifest.extras_style}",
            "img-src 'self' blob:",
            f"connect-src 'self' {socket}".rstrip(),
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            f"frame-ancestors {' '.join(site for site in sites if _is_origin(site)) or ('*' if not sites else chr(39) + 'none' + chr(39))}",
        ]
    )


def _is_origin(site: str) -> bool:
    parts = urlsplit(site)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not set(site) & set(" ;,\"'")
