"""A channel from outside is one folder and one entry point; the kit passes it whole and finds each planted fault."""

import itertools
import json
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from guanxi.channel_kit.conformance import Broken, checks
from guanxi.channels import all_channels, find
from tests.channels import fourth

NUMBERS = itertools.count()
Files = dict[str, str]
Spoil = Callable[[Files], None]


@pytest.fixture
def broken_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Files], dict[str, str]]:
    """Write the folder down, find it through its entry point, and tell which checks fail: name → sentence."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def broken(written: Files) -> dict[str, str]:
        package = f"pager_from_outside_{next(NUMBERS)}"
        fourth.write_down(tmp_path / package, written)
        channel, folder = find([EntryPoint("pager", f"{package}:channel", "guanxi.channels")])["pager"]
        assert folder == tmp_path / package
        failed: dict[str, str] = {}
        for check in checks(channel, folder):
            try:
                check.run()
            except Broken as sentence:
                failed[check.name] = str(sentence)
        return failed

    return broken


def source(old: str, new: str) -> Spoil:
    def spoil(written: Files) -> None:
        assert written["__init__.py"].count(old) == 1, old
        written["__init__.py"] = written["__init__.py"].replace(old, new)

    return spoil


def both(*spoils: Spoil) -> Spoil:
    def spoil(written: Files) -> None:
        for one in spoils:
            one(written)

    return spoil


def without_words(name: str, language: str) -> Spoil:
    def spoil(written: Files) -> None:
        words = json.loads(written[f"words/{language}.json"])
        del words[name]
        written[f"words/{language}.json"] = json.dumps(words)

    return spoil


def without(name: str) -> Spoil:
    def spoil(written: Files) -> None:
        del written[name]

    return spoil


def icon(drawing: str) -> Spoil:
    def spoil(written: Files) -> None:
        written["icon.svg"] = drawing

    return spoil


SENT_AT = 'moment(page, "at")'
FAULTS: list[tuple[str, Spoil, str]] = [
    ("it verifies anything", source('raise Forged("the signature is wrong")', "return"), "a_changed_byte_of_what_is_signed_is_refused"),
    ("it takes a part of the signature", source("hmac.compare_digest(given.encode(\"utf-8\", \"replace\"), expected.encode())", "expected.startswith(given)"), "a_missing_or_doubled_signature_is_refused"),
    ("it takes the signature among others", source("hmac.compare_digest(given.encode(\"utf-8\", \"replace\"), expected.encode())", "expected in given"), "a_missing_or_doubled_signature_is_refused"),
    ("it signs with a secret of its own", source('access.secrets.get("key", "").encode()', f'b"{fourth.SECRET}"'), "the_secret_of_another_inbox_is_refused"),
    ("it stumbles over an odd signature", source('given.encode("utf-8", "replace")', "given.encode()"), "a_missing_or_doubled_signature_is_refused"),
    ("its ids come from the clock", source("external_id=external_id,", "external_id=str(__import__('time').time_ns()),"), "it_is_read_the_same_twice"),
    ("its ids come from a dice", source("external_id=external_id,", "external_id=str(__import__('uuid').uuid4()),"), "every_fixture_says_what_it_expects"),
    ("its times have no zone", source(SENT_AT, f"{SENT_AT}.replace(tzinfo=None)"), "everything_has_an_id_and_a_zoned_time"),
    ("it receives what it does not declare", source("content=Text(said)", "content=__import__('guanxi.content').content.Unsupported('page')"), "only_what_is_declared_is_told"),
    ("it opens a window that nobody knows", source('opens=(Opening(by="message"),)', 'opens=(Opening(by="whim"),)'), "only_what_is_declared_is_told"),
    ("it opens a window without its token", source("replies=2, seconds=3600", "replies=2, seconds=3600, token=True"), "only_what_is_declared_is_told"),
    ("it exempts itself silently", source("exempt={}", 'exempt={"it_is_read_the_same_twice": "because"}'), "every_exemption_has_a_reason"),
    ("it exempts itself from what nobody promised", source("exempt={}", 'exempt={"being_nice": "It was never asked to be nice."}'), "every_exemption_has_a_reason"),
    ("it exempts itself from giving reasons", source("exempt={}", 'exempt={"every_exemption_has_a_reason": "It would rather not say why."}'), "every_exemption_has_a_reason"),
    ("it keeps to itself that no body is signed", source('signs="body"', 'signs="query"'), "every_exemption_has_a_reason"),
    ("it claims a kind without a fixture", source('receives=("text",)', 'receives=("text", "image")'), "every_claim_has_a_fixture"),
    ("it claims to send what it cannot", source('sends={"text": Limit(characters=80)}', 'sends={"text": Limit(), "link": Limit()}'), "every_claim_has_a_fixture"),
    ("it invents a kind", source('receives=("text",)', 'receives=("text", "smell")'), "the_manifest_is_in_order"),
    ("a flag has no function", source("exempt={}", "typing=True, exempt={}"), "every_flag_has_its_function"),
    ("a function has no fixture", source("send=send)", "send=send, check=send)"), "every_function_has_a_fixture"),
    ("an answer is not mapped", source("except (KeyError, TypeError)", "except KeyError"), "a_strange_answer_is_mapped"),
    ("a breakdown is called a refusal", source("if answer.status >= 500:", "if answer.status >= 999:"), "a_strange_answer_is_mapped"),
    ("every answer is called sent", source("if answer.status != 200:", "if answer.status == 999:"), "every_try_ends_as_the_fixture_says"),
    ("doubt is repeated without a key", source('raise MaybeSent(f"status {answer.status}")', 'return RetryLater(reason="too_fast")'), "a_strange_answer_is_mapped"),
    ("a broken connection is called a refusal", source("    answer = await access.http(", "    answer = await quietly(access.http)("), "a_broken_connection_is_doubt"),
    ("a repeatable send has no key", source("exempt={}", "idempotent_send=True, exempt={}"), "a_repeated_send_carries_its_key"),
    ("another kind is sent as it stands", source("if not isinstance(outgoing.content, Text):", "if str(outgoing.content) == 'nothing':"), "a_kind_that_it_does_not_send_is_rejected"),
    ("an unreadable body raises anything", source("read_object(request.body)", "msgspec.json.decode(request.body)"), "any_other_body_is_read_or_malformed"),
    ("a NUL is handed on", source('text(page, "said")', 'str(__import__("json").loads(request.body).get("said"))'), "a_field_of_the_wrong_type_is_read_or_malformed"),
    ("a field of another type raises anything", source('text(page, "said")', 'page.get("said", "").strip()'), "a_field_of_the_wrong_type_is_read_or_malformed"),
    ("nobody is heard", source("if not number or not external_id:", "if not external_id:"), "a_field_of_the_wrong_type_is_read_or_malformed"),
    ("a request without headers raises anything", source('request.headers.get("x-pager-signature", "")', 'request.headers["x-pager-signature"]'), "a_request_without_anything_is_refused_quietly"),
    ("it thanks with an error", source("send=send)", "send=send, acknowledge=lambda request, access: __import__('guanxi.channel_kit').channel_kit.Reply(status=500))"), "it_is_read_the_same_twice"),
    ("words are missing", without_words("setting.key", "en"), "every_word_is_there_in_both_languages"),
    ("words are missing in one language", without_words("reason.refused", "zh-CN"), "every_word_is_there_in_both_languages"),
    ("a reason has no words", both(without_words("reason.refused", "en"), without_words("reason.refused", "zh-CN")), "every_reason_has_words_and_a_fixture"),
    ("a reason is never shown", source('return Rejected(reason="refused"', 'return Rejected(reason="odd") if answer.status == 999 else Rejected(reason="refused"'), "every_reason_has_words_and_a_fixture"),
    ("a language is missing", without("words/zh-CN.json"), "every_word_is_there_in_both_languages"),
    ("there is no drawing", without("icon.svg"), "it_has_a_drawing_of_its_own"),
    ("the drawing does more", icon('<svg xmlns="http://www.w3.org/2000/svg" onload="x()" fill="currentColor"/>'), "it_has_a_drawing_of_its_own"),
    ("nothing says how to connect", without("README.md"), "it_says_how_to_connect"),
    ("there are no fixtures", both(without("fixtures/page.in.json"), without("fixtures/page.out.json")), "every_claim_has_a_fixture"),
]  # fmt: skip

QUIETLY = """
def quietly(http):
    from guanxi.channel_kit import Answer

    async def call(*given, **named):
        try:
            return await http(*given, **named)
        except MaybeSent:
            return Answer(status=403, headers={}, body=b"")

    return call
"""


def test_a_channel_from_outside_is_one_folder(broken_checks: Callable[[Files], dict[str, str]]) -> None:
    assert broken_checks(fourth.files()) == {}
    assert "pager" not in all_channels()


@pytest.mark.parametrize(("spoil", "found_by"), [pytest.param(*rest, id=what) for what, *rest in FAULTS])
def test_the_kit_notices_that(spoil: Spoil, found_by: str, broken_checks: Callable[[Files], dict[str, str]]) -> None:
    written = fourth.files()
    spoil(written)
    written["__init__.py"] += QUIETLY
    assert found_by in broken_checks(written)


def test_a_reasoned_exemption_takes_the_check_away(broken_checks: Callable[[Files], dict[str, str]]) -> None:
    written = fourth.files()
    source("external_id=external_id,", "external_id=str(__import__('time').time_ns()),")(written)
    without_exemption = broken_checks(written)
    source("exempt={}", 'exempt={"it_is_read_the_same_twice": "The network numbers its pages anew."}')(written)
    assert set(without_exemption) - set(broken_checks(written)) == {"it_is_read_the_same_twice"}


def test_two_channels_of_one_key_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    written = fourth.files()
    source('key="pager"', 'key="line"')(written)
    fourth.write_down(tmp_path / "pager_called_line", written)
    with pytest.raises(ValueError, match="two channels are called line"):
        find([EntryPoint("line", "pager_called_line:channel", "guanxi.channels")])
