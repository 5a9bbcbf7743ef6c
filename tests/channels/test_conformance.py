"""Every installed channel keeps every promise of the conformance kit."""

import pytest

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
