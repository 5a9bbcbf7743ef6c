"""Every installed channel keeps every promise of the conformance kit."""

import json
import re

import pytest

from guanxi import channels
from guanxi.channel_kit.conformance import Check, checks
from guanxi.channels import all_channels, folder

TRIALS = [
    pytest.param(check, id=f"{key}-{check.name}")
    for key, channel in sorted(all_channels().items())
    for check in checks(channel, folder(key))
]


@pytest.mark.parametrize("check", TRIALS)
def test_a_channel_keeps_its_promise(check: Check) -> None:
    check.run()


def test_what_is_built_in_speaks_each_language_of_the_desk() -> None:
    for place in (channels.KIT, *(channels.folder(key) for key in channels.all_channels())):
        words = {
            language: json.loads((place / "words" / f"{language}.json").read_text("utf-8"))
            for language in ("en", "zh-CN", "zh-TW", "ja", "ko")
        }
        gaps = {key: sorted(re.findall(r"\{\w+\}", said)) for key, said in words["en"].items()}
        for language, said in words.items():
            assert set(gaps) <= set(said), (place.name, language, sorted(set(gaps) - set(said)))
            wrong = [key for key in gaps if sorted(re.findall(r"\{\w+\}", said[key])) != gaps[key]]
            assert wrong == [], (place.name, language)
            assert all(one.strip() for one in said.values()), (place.name, language)
