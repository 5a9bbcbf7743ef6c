"""Files lie in a folder or in a bucket, and both keep the same promises. The bucket speaks S3 over HTTP and checks
each signature by the rules of Signature Version 4, written down a second time here."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

import pytest

from guanxi.demo import platforms
from guanxi.infra.files import Bucket, Files, Folder, StoreAway, files_at
from guanxi.infra.media import MediaStore
from guanxi.infra.secrets import load_sealer
from guanxi.settings import SettingsRefused, read_settings

KEY_ID, SECRET, REGION = "guanxi-test", "the-secret-of-the-bucket", "eu-central-1"
WORKSPACE = UUID(int=7)


def signature(method: str, path: str, query: str, headers: dict[str, str], authorization: dict[str, str]) -> str:
    """AWS Signature Version 4 (docs: "Create a signed AWS API request")."""
    names = authorization["SignedHeaders"].split(";")
    canonical = "\n".join(
        [
            method,
            quote(unquote(path), safe="/-_.~"),
            query,
            *(f"{name}:{' '.join(headers[name].split())}" for name in names),
            "",
            ";".join(names),
            headers["x-amz-content-sha256"],
        ]
    )
    scope = authorization["Credential"].split("/", 1)[1]
    day, region, service, kind = scope.split("/")
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4" + SECRET.encode()
    for part in (day, region, service, kind):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


class Store:
    """A store of one bucket that keeps what is signed rightly, and can be told to be out of order."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.is_broken = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, said, headers = self._answer(scope, body)
        if scope["method"] == "HEAD":
            said = b""
        head = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": said})

    def _answer(self, scope: Any, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        method, path = scope["method"], scope["raw_path"].decode()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        said = headers.get("authorization", "")
        authorization = dict(part.strip().split("=", 1) for part in said.partition(" ")[2].split(","))
        if authorization.get("Signature") != signature(
            method, path, scope["query_string"].decode(), headers, authorization
        ):
            return 403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", {}
        if self.is_broken:
            return 500, b"<Error><Code>InternalError</Code></Error>", {}
        if method == "PUT":
            claimed = headers["x-amz-content-sha256"]
            assert claimed in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest())
            self.kept[path] = body
            return 200, b"", {"etag": '"1"'}
        if path not in self.kept:
            return 404, b"<Error><Code>NoSuchKey</Code></Error>", {}
        found, status = self.kept[path], 200
        headers_out = {"etag": '"1"', "last-modified": "Sat, 21 Nov 2026 00:00:00 GMT"}
        if (wanted := headers.get("range", "")).startswith("bytes="):
            first, last = (int(part) for part in wanted[6:].split("-"))
            headers_out["content-range"] = f"bytes {first}-{min(last, len(found) - 1)}/{len(found)}"
            found, status = found[first : last + 1], 206
        return status, found, headers_out | {"content-length": str(len(found))}


@asynccontextmanager
async def bucket(secret: str = SECRET) -> AsyncIterator[tuple[Store, Bucket]]:
    store = Store()
    async with platforms.serve(store) as base:
        environ = {
            "AWS_ENDPOINT_URL": base,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": REGION,
        }
        yield store, Bucket("s3://shop-files/guanxi", environ)


async def keeps_its_promises(files: Files, folder: Path) -> None:
    """Put and read, whole and in part; what is not there is said to be not there."""
    media = MediaStore(files, load_sealer(folder / "master.key", create=True), "http://127.0.0.1:1")
    body = bytes(range(256)) * 4096
    stored = await media.put(WORKSPACE, body, "报价.bin")
    assert (stored.name, stored.size) == ("报价.bin", len(body))
    assert await media.read(WORKSPACE, stored.key) == body
    assert await media.size(WORKSPACE, stored.key) == len(body)
    assert b"".join([piece async for piece in media.pieces(WORKSPACE, stored.key, 300_000, 300_009)]) == bytes(
        n % 256 for n in range(300_000, 300_010)
    )
    with pytest.raises(FileNotFoundError):
        await media.read(UUID(int=8), stored.key)
    with pytest.raises(FileNotFoundError):
        await media.size(WORKSPACE, "../../../../etc/passwd")


async def test_a_folder_keeps_files(tmp_path: Path) -> None:
    await keeps_its_promises(Folder(tmp_path / "media"), tmp_path)


async def test_a_bucket_keeps_files(tmp_path: Path) -> None:
    async with bucket() as (store, files):
        await keeps_its_promises(files, tmp_path)
        (path,) = store.kept
        assert path.startswith(f"/shop-files/guanxi/{WORKSPACE}/")


async def test_a_bucket_that_refuses_us_says_so_without_our_secret() -> None:
    async with bucket(secret="another-secret") as (_, files):
        with pytest.raises(StoreAway) as refused:
            await files.put("a", b"b")
        assert "another-secret" not in str(refused.value)


async def test_a_bucket_out_of_order_is_away_and_loses_nothing() -> None:
    async with bucket() as (store, files):
        await files.put("a", b"kept")
        store.is_broken = True
        with pytest.raises(StoreAway):
            await files.size("a")
        store.is_broken = False
        assert await files.size("a") == 4


def test_a_store_that_is_no_store_is_refused_with_a_sentence(tmp_path: Path) -> None:
    assert isinstance(files_at("", tmp_path), Folder)
    with pytest.raises(SettingsRefused, match="media_store must look like s3://"):
        read_settings({"GUANXI_MEDIA_STORE": "ftp://files"}, data=tmp_path)
