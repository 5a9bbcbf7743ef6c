"""The built desktop: hashed files for ever, its one page for every other path, and what a browser may do there."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

from guanxi.http.plain import TEXT, App, Header, Receive, Scope, Send, header, respond

NOT_BUILT = (
    b"<!doctype html><meta charset=utf-8><title>Guanxi</title><p>The desk has not been built yet: "
    b"run <code>bin/guanxi up</code>, which builds it.</p>"
)
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


def built(name: str) -> Path:
    """Where the build of a front end lies, `desktop` or `widget`: in the package when installed, else in the checkout."""
    package = Path(__file__).parents[1]
    packaged = package / f"{name}_dist"
    return packaged if packaged.is_dir() else package.parents[1] / "frontend" / "dist" / name


def policy(public_url: str, scripts: str = "", framed_by: str = "'none'") -> str:
    """The desktop's content security policy. Nothing inline, no script but from here and `scripts`, in nobody's frame but
    `framed_by`."""
    parts = urlsplit(public_url)
    from_elsewhere = f"script-src 'self' {scripts}; " if scripts else ""
    socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    return (
        f"default-src 'self'; {from_elsewhere}img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' {socket}; "
        f"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {framed_by}"
    )


# In the side bar of WeCom the page asks WeCom's own script whom one writes with; no other page lets it in.
SIDE_PAGE, SIDE_PAGE_SCRIPTS = "/sidebar", "https://wwcdn.weixin.qq.com https://res.wx.qq.com"
# A second conversation beside the first is a page of ours in a frame of ours.
SECOND = "/beside/"
# The frame that draws PDFs: no origin, no cookies, nothing but its own code and the bytes that the desk hands it.
PDF_FRAME = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src data: blob:; font-src data: blob:; connect-src 'self'; base-uri 'none'; frame-ancestors 'self'"
)
# The worker that decodes recordings. One of its decoders (SILK) compiles itself, so this one script may, away from every
# page; it never makes code of what it is given.
DECODER = "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'self'"


def desktop(folder: Path, public_url: str) -> App:
    """Serve the build in `folder`. It may appear or change while we run."""
    own, side, second = (
        policy(public_url),
        policy(public_url, SIDE_PAGE_SCRIPTS),
        policy(public_url, framed_by="'self'"),
    )
    shared: list[Header] = [
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(self)"),
    ]

    def _policy_of(path: str) -> str:
        return side if path == SIDE_PAGE else second if path.startswith(SECOND) else own

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await respond(send, 405, b"Only for reading.", [TEXT, (b"allow", b"GET, HEAD")])
            return
        only_head = scope["method"] == "HEAD"
        file = _find(folder, scope["path"])
        if file is None and ("." in scope["path"].rsplit("/", 1)[-1]):
            await respond(send, 404, b"There is nothing here.", [TEXT], only_head=only_head)
            return
        hashed = file is not None and file.is_relative_to(folder.resolve() / "assets")
        file = file or folder / "index.html"
        type_ = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if type_.startswith("text/") or type_.endswith(("json", "svg+xml")):
            type_ += "; charset=utf-8"
        cache = b"public, max-age=31536000, immutable" if hashed else b"no-cache"
        headers = [
            *shared,
            *_walls(file, hashed, _policy_of(scope["path"])),
            (b"content-type", type_.encode()),
            (b"cache-control", cache),
            (b"vary", b"accept-encoding"),
        ]
        if not file.is_file():
            await respond(send, 503, NOT_BUILT, headers, only_head=only_head)
            return
        accepted = header(scope, b"accept-encoding")
        for name, suffix in ENCODINGS:
            packed = file.with_name(file.name + suffix)
            if name in accepted and packed.is_file():
                file, headers = packed, [*headers, (b"content-encoding", name.encode())]
                break
        await respond(send, 200, file.read_bytes(), headers, only_head=only_head)

    return door


def _walls(file: Path, hashed: bool, own: str) -> list[Header]:
    """What this file may do. Our public code may also be read by the frame that has no origin."""
    if file.name == "pdf.html":
        return [(b"content-security-policy", PDF_FRAME.encode()), (b"x-frame-options", b"SAMEORIGIN")]
    allowed = DECODER if file.name.startswith("voice.worker-") else own
    framing = b"SAMEORIGIN" if "frame-ancestors 'self'" in allowed else b"DENY"
    walls = [(b"content-security-policy", allowed.encode()), (b"x-frame-options", framing)]
    return [*walls, (b"access-control-allow-origin", b"*")] if hashed else walls


def _find(folder: Path, path: str) -> Path | None:
    """The file of that path inside `folder`, or None."""
    if path.endswith("/") or "\0" in path or "\\" in path:
        return None
    found = (folder / path.lstrip("/")).resolve()
    return found if found.is_relative_to(folder.resolve()) and found.is_file() else None
