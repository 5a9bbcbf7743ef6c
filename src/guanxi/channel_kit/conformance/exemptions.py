"""An exemption is a promise too: it says what does not hold on this platform, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from guanxi.channel_kit.conformance import arriving, hostile, pages, promises, sending, words
from guanxi.channel_kit.conformance.fixtures import Broken, Subject

# What cannot hold on some platforms and is no check of its own; it is told to whoever connects an inbox.
TOLD = ("signed_body", "signed", "receipts_of_replies")


def every_exemption_has_a_reason(subject: Subject) -> None:
    exempt, signs = subject.can.exempt, subject.manifest.signs
    known = {promise.__name__ for promise in PROMISES}
    for name, reason in exempt.items():
        if name not in TOLD and name not in known - STANDING:
            raise Broken(f"it exempts itself from {name!r}, and no such promise can be exempted")
        if len(reason.split()) < 4:
            raise Broken(f"it exempts itself from {name} without a reason")
    if signs in ("sealed", "query", "secret") and "signed_body" not in exempt:
        raise Broken("the platform does not sign bodies, and the manifest does not say so in exempt['signed_body']")
    if signs == "none" and "signed" not in exempt:
        raise Broken("the platform signs nothing, and the manifest does not say so in exempt['signed']")


def kept(subject: Subject) -> Iterator[Callable[[Subject], None]]:
    """The promises that this channel does not exempt itself from."""
    for promise in PROMISES:
        if promise.__name__ in STANDING or not subject.can.exempt.get(promise.__name__):
            yield promise


STANDING = frozenset(("every_exemption_has_a_reason", "the_manifest_is_in_order"))
PROMISES: tuple[Callable[[Subject], None], ...] = (
    every_exemption_has_a_reason,
    *promises.PROMISES,
    *words.PROMISES,
    *arriving.PROMISES,
    *hostile.PROMISES,
    *sending.PROMISES,
    *pages.PROMISES,
)
