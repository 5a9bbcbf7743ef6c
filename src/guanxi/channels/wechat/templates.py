"""WeChat's template messages and subscription notices: what the account has, and how a filled one is sent.

Facts: the platform's pages on template messages and on subscription notices of service accounts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from guanxi.channel_kit import Access, Gap, MaybeSent, OfferedTemplate, Outcome, RetryLater
from guanxi.channel_kit.fields import identifier, items, text
from guanxi.channel_kit.weixin.account import ask
from guanxi.channel_kit.weixin.calling import Refused
from guanxi.channel_kit.weixin.codes import outcome_of
from guanxi.content import Template

TEMPLATE, NOTICE = "template", "notice"
SENT_TO: Mapping[str, str] = {
    TEMPLATE: "/cgi-bin/message/template/send",
    NOTICE: "/cgi-bin/message/subscribe/bizsend",
}
GAP = re.compile(r"\{\{(\w{1,40})\.DATA\}\}")
LISTS = (
    (TEMPLATE, "/cgi-bin/template/get_all_private_template", "template_list", "template_id"),
    (NOTICE, "/wxaapi/newtmpl/gettemplate", "data", "priTmplId"),
)


async def templates(access: Access) -> Sequence[OfferedTemplate] | Outcome:
    """Everything the account may send: most accounts have one of both kinds, so only a refusal of both is one."""
    found: list[OfferedTemplate] = []
    refusals: list[Refused] = []
    for form, path, member, id_ in LISTS:
        try:
            answer = await ask(access, "GET", path, code_required=False)
        except Refused as refusal:
            refusals.append(refusal)
            continue
        except MaybeSent:
            return RetryLater(reason="busy")
        found += [_offered(one, form, id_) for one in items(answer.json(), member) if identifier(one, id_)]
    if len(refusals) == len(LISTS):
        return outcome_of(refusals[0].code, refusals[0].message)
    return found


def _offered(one: Any, form: str, id_: str) -> OfferedTemplate:
    written = text(one, "content").strip()
    gaps = {}
    for line in written.splitlines():
        for match in GAP.finditer(line):
            before = line[: match.start()].rpartition("}}")[2].strip().rstrip(":：").strip()
            gaps[match[1]] = Gap(key=match[1], label=before or match[1])
    return OfferedTemplate(
        id=identifier(one, id_),
        title=text(one, "title"),
        text=GAP.sub(r"{{\1}}", written),
        gaps=tuple(gaps.values()),
        form=form,
        example=text(one, "example").strip(),
    )


def path_of(content: Template) -> str:
    """Where this kind of template is sent."""
    return SENT_TO.get(content.form or TEMPLATE, SENT_TO[TEMPLATE])


def filled(content: Template, key: str) -> dict[str, Any]:
    """The message's body without its addressee. `client_msg_id` lets the platform see a repeat for ten minutes."""
    data = {one.key: {"value": one.value} for one in content.fields}
    said: dict[str, Any] = {"template_id": content.id, "data": data}
    if content.form == NOTICE:
        return said | ({"page": content.url} if content.url else {})
    return said | {"client_msg_id": key.replace("-", "")[:32]} | ({"url": content.url} if content.url else {})
