"""Signatures and sealed bodies agree with what other implementations of the platforms' protocols compute."""

import hashlib
import hmac
import struct
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from guanxi.channel_kit import Access, Forged, Nudge, Received, Request
from guanxi.channel_kit.weixin.seal import Unsealable, page_signed, signature, unseal
from guanxi.channels import get
from guanxi.content import Text
from guanxi.demo.platforms import wechat_seal as simulated_wechat

TOKEN = "guanxi_token"
AES_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
APP_ID = "wx0123456789abcdef"
TIMESTAMP, NONCE = "1700000000", "n0nce42"
PLAIN = (
    "<xml><ToUserName><![CDATA[gh_guanxi]]></ToUserName><FromUserName><![CDATA[oOPENID1]]></FromUserName>"
    "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好 hello]]></Content>"
    "<MsgId>24000000000000001</MsgId></xml>"
)
SEALED = (
    "4j/AuRx71kQlxVlzbpsMWB3nGLVTVSdRcmmRw1qBbMZ3ZjsTTIGLLw87uPlN1J7pr0eycxja8uqCteQ+F9zngO3m/K90PTI70eew6aJYOTHP"
    "R1MsQ+UAGOv+ryaAWEl5YIWhJFmH9npvxzFDMlwOTR4CNabReM5dA+T2FaGodyGua+v+olDLSfkSBs0Oji8gNEgCyFi+fvuQwbK+YRws+YGw"
    "qQW4RIS/Lu5BBQSDF5LpKmOCbb1TdoIME4BYJs5D1SqS+C/iTiFsW8/t5aOEogw5kdOPYhDmwCyTkrzqC+w6/AhEkqMHiNnsfHShZlMpQc/R"
    "HRUENpFG/3dsyus0lnmyLJflud3iGRvS/ubxd4km2rq5vWpLDmhoNYtgaY6t3jfF5qbl1SRUsZ/ANydTeFrFw9nhS3h/TZoIGsxh0FY="
)
MSG_SIGNATURE = "ce357a37a9c1927095a60338de5107bddcc14733"
WECHAT = Access(settings={"app_id": APP_ID, "mode": "safe"}, secrets={"token": TOKEN, "encoding_aes_key": AES_KEY})
CORP_ID = "ww0123456789abcdef"
WECOM_ECHO = "wrNmYnsdngNwZHPRm4NnSxt0SZt74VETNSls301cFdMeWryYfD8vIhaXtMWonkpBm8OCe0VmgrVEdj4BqlgA8A=="
WECOM_SEALED = (
    "wrNmYnsdngNwZHPRm4NnSxt29858WOeb9u/hYeyR4NVLgk6nO/N/PhugXcEF/zL759J0QLYsfXRFhjM1qgnkeTWCnvQTIo7hUI/x0RWDOA+yptw2"
    "H/QaodaXbSe+Hg0t55/7jRufXyQlsnkFW+m8nHuTPPGGwtO0cjHH4elEDYV2+BWjrh3wW8x8N8HStFagN/Og2MVHnshaln0LJJ+P0oTu2pN7y8lY"
    "KV0iLbrYgq4UXrpnIVJFe1jG1LwQYpQLgpH5HkdF2QD7PrXvpIpkG3fxAlLp1hb77HkXkGxOddaLoAJ24RyRglhXAWp6FKGhZ/k8PeRtubHdBY4N"
    "rvatCC1BObd9AztPMx6OGiOnbj1Q0wGVUXZR8+oXjc6Wocvuow7C9KTLaduSsa1v9ZSHyjYgj9C7cWUVeOUdALZZYWE="
)
WECOM_PLAIN = (
    "<xml><ToUserName><![CDATA[ww0123456789abcdef]]></ToUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[event]]></MsgType>"
    "<Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[ENCTOKEN123]]></Token><OpenKfId><![CDATA[wkGUANXI]]></OpenKfId></xml>"
)
WECOM = Access(settings={"corp_id": CORP_ID, "open_kfid": "wkGUANXI"}, secrets=WECHAT.secrets)
LINE_BODY = (
    '{"destination":"U00000000000000000000000000000000","events":[{"type":"message","mode":"active",'
    '"timestamp":1700000000000,"webhookEventId":"01HF0000000000000000000000","deliveryContext":{"isRedelivery":false},'
    '"replyToken":"rt1","source":{"type":"user","userId":"U11111111111111111111111111111111"},'
    '"message":{"type":"text","id":"444","quoteToken":"q","text":"こんにちは"}}]}'
)


def test_a_page_that_uses_the_platforms_script_is_signed_as_others_sign_it() -> None:
    signed = page_signed("ticket-abc", "noncestr1", 1700000000, "https://example.com/p?a=1")
    assert signed == "6f49e9156531be7ea0e458d356ba33c11493bc82"


def test_the_wechat_console_gets_its_echo_back() -> None:
    greet = get("wechat").greet
    assert greet is not None
    query = {
        "signature": "a8b8f95f6bbbf0811aa9c529b8458429c247085e",
        "timestamp": TIMESTAMP,
        "nonce": NONCE,
        "echostr": "5836258743",
    }
    assert greet(Request(method="GET", query=query), WECHAT).body == b"5836258743"
    with pytest.raises(Forged):
        greet(Request(method="GET", query={**query, "nonce": "n0nce43"}), WECHAT)


def test_a_sealed_wechat_body_opens_to_the_known_message() -> None:
    assert signature(TOKEN, TIMESTAMP, NONCE, SEALED) == MSG_SIGNATURE
    assert unseal(SEALED, AES_KEY, APP_ID).decode() == PLAIN
    query = {"timestamp": TIMESTAMP, "nonce": NONCE, "msg_signature": MSG_SIGNATURE, "encrypt_type": "aes"}
    request = Request(query=query, body=f"<xml><ToUserName/><Encrypt><![CDATA[{SEALED}]]></Encrypt></xml>".encode())
    channel = get("wechat")
    channel.verify(request, WECHAT)
    (received,) = channel.parse(request, WECHAT)
    assert isinstance(received, Received)
    assert (received.external_id, received.content) == ("24000000000000001", Text("你好 hello"))


def test_the_simulated_wechat_seals_as_the_platform_does() -> None:
    assert simulated_wechat.seal(PLAIN, AES_KEY, APP_ID, b"0123456789abcdef") == SEALED


def test_a_body_sealed_for_another_account_does_not_open() -> None:
    with pytest.raises(Unsealable, match="another app id"):
        unseal(SEALED, AES_KEY, "wx0123456789abcdee")


@pytest.mark.parametrize("padding", [0, 33, 200, 255])
def test_padding_beyond_a_block_of_32_does_not_open(padding: int) -> None:
    key = b64decode(AES_KEY + "=")
    inner = b"0123456789abcdef" + struct.pack(">I", 4) + b"text" + APP_ID.encode()
    padded = inner + bytes([padding]) * (-len(inner) % 16 or 16)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    with pytest.raises(Unsealable, match="padding"):
        unseal(b64encode(encryptor.update(padded) + encryptor.finalize()).decode(), AES_KEY, APP_ID)


def test_a_safe_inbox_refuses_what_a_plain_signature_proves() -> None:
    plain = Request(
        query={"timestamp": TIMESTAMP, "nonce": NONCE, "signature": signature(TOKEN, TIMESTAMP, NONCE)},
        body=PLAIN.encode(),
    )
    get("wechat").verify(plain, Access(settings={"app_id": APP_ID, "mode": "plain"}, secrets=WECHAT.secrets))
    for mode in ("safe", "compatible", ""):
        access = Access(settings={"app_id": APP_ID, "mode": mode}, secrets=WECHAT.secrets)
        with pytest.raises(Forged, match="sealed"):
            get("wechat").verify(plain, access)


def test_the_wecom_console_gets_its_sealed_echo_back_in_plain() -> None:
    greet = get("wecom").greet
    assert greet is not None
    known = "5b15674647d6c57653e89db33048cc59cd320109"
    query = {"msg_signature": known, "timestamp": TIMESTAMP, "nonce": NONCE, "echostr": WECOM_ECHO}
    assert greet(Request(method="GET", query=query), WECOM).body == b"1616140317555161061"
    plain = {**query, "signature": signature(TOKEN, TIMESTAMP, NONCE)}
    del plain["msg_signature"]
    for forged in ({**query, "nonce": "n0nce43"}, {**query, "msg_signature": known[:-1] + "0"}, plain):
        with pytest.raises(Forged):
            greet(Request(method="GET", query=forged), WECOM)


def test_a_sealed_wecom_callback_is_a_nudge_for_its_account() -> None:
    known = "3134bb6c525667fcd08dacc52c32eefe042c6c95"
    assert signature(TOKEN, TIMESTAMP, NONCE, WECOM_SEALED) == known
    assert unseal(WECOM_SEALED, AES_KEY, CORP_ID).decode() == WECOM_PLAIN
    query = {"timestamp": TIMESTAMP, "nonce": NONCE, "msg_signature": known}
    body = f"<xml><ToUserName/><Encrypt><![CDATA[{WECOM_SEALED}]]></Encrypt><AgentID/></xml>".encode()
    request = Request(query=query, body=body)
    get("wecom").verify(request, WECOM)
    meant = {"corp_id": CORP_ID, "open_kfid": "wkGUANXI"}
    assert list(get("wecom").parse(request, WECOM)) == [Nudge(token="ENCTOKEN123", settings=meant)]
    for other in ({"corp_id": CORP_ID[:-1] + "e"}, {"corp_id": ""}):
        with pytest.raises(Forged):
            get("wecom").verify(request, Access(settings={**WECOM.settings, **other}, secrets=WECOM.secrets))


def test_the_known_line_signature_is_accepted_and_no_other() -> None:
    access = Access(settings={}, secrets={"channel_secret": "line_channel_secret"})
    known = "CvbsjMmyRPRv4rRLUNe5UOAzQL5Xjqt8LJOw0PheTcw="
    request = Request(headers={"x-line-signature": known}, body=LINE_BODY.encode())
    get("line").verify(request, access)
    (received,) = get("line").parse(request, access)
    assert isinstance(received, Received)
    assert received.content == Text("こんにちは")
    other = b64encode(hmac.digest(b"another", LINE_BODY.encode(), hashlib.sha256)).decode()
    for signed in (other, known.rstrip("="), known.lower(), ""):
        with pytest.raises(Forged):
            get("line").verify(Request(headers={"x-line-signature": signed}, body=LINE_BODY.encode()), access)


def test_weibos_signature_of_an_address_and_of_a_push() -> None:
    channel = get("weibo")
    access = Access(settings={"uid": "1902538057"}, secrets={"app_secret": "weibo_app_secret"})
    query = {"timestamp": TIMESTAMP, "nonce": NONCE, "signature": "4e374a787501dda253623a00bd7b90bf3d5f42e6"}
    assert channel.greet is not None
    assert channel.greet(Request(method="GET", query=query | {"echostr": "abc"}), access).body == b"abc"
    body = b'{"type":"text","receiver_id":1902538057,"sender_id":2489518277}'
    channel.verify(Request(query=query, body=body), access)
    for wrong in (
        Request(query=query | {"signature": query["signature"][:-1] + "7"}, body=body),
        Request(query=query | {"nonce": "n0nce43"}, body=body),
        Request(query={**query, "signature": query["signature"] * 2}, body=body),
        Request(query={"timestamp": TIMESTAMP, "nonce": NONCE}, body=body),
        Request(query=query, body=body.replace(b"1902538057", b"1902538058")),  # another account of the same app
    ):
        with pytest.raises(Forged):
            channel.verify(wrong, access)
    with pytest.raises(Forged):
        channel.verify(Request(query=query, body=body), Access(settings={}, secrets={"app_secret": "another"}))
