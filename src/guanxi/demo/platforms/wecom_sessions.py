"""Sessions of the simulated WeCom: in which state a customer's is, who has it, and which moves there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from guanxi.demo.platforms.asgi import Call, Response, as_json
from guanxi.demo.platforms.wechat_words import refusal
from guanxi.demo.platforms.wecom_words import Customer, Kept

POOL, SERVICER, OVER = 2, 3, 4
MOVES: Mapping[int, tuple[int, ...]] = {0: (1, 2, 3, 4), 1: (2, 3, 4), 2: (3, 4), 3: (3, 4), 4: ()}
CODES: Mapping[int, str] = {
    POOL: "queue",
    SERVICER: "taken",
    OVER: "ended",
}  # what a move into the state gives a code for


def state_of(call: Call, kept: Kept) -> Response:
    """What `service_state/get` says."""
    customer = kept.customers.get(call.json().get("external_userid", ""))
    if customer is None:
        return refusal(40003, "invalid userid")
    told = {"service_state": customer.state, "servicer_userid": customer.servicer}
    return as_json({"errcode": 0, "errmsg": "ok", **told})


def move(call: Call, kept: Kept, code: Callable[[Customer, str], str]) -> Response:
    """What `service_state/trans` does: only as the platform's table has it, and to somebody who serves."""
    asked = call.json()
    customer, state = kept.customers.get(asked.get("external_userid", "")), asked.get("service_state")
    if customer is None or customer.kfid != asked.get("open_kfid"):
        return refusal(40003, "invalid userid")
    if state not in MOVES[customer.state]:
        return refusal(95016, "service state transfer not allowed")
    if state == SERVICER and asked.get("servicer_userid") not in kept.servicers:
        return refusal(95014, "user is not a servicer")
    customer.state = state
    customer.servicer = asked["servicer_userid"] if state == SERVICER else ""
    given = {"msg_code": code(customer, CODES[state])} if state in CODES else {}
    return as_json({"errcode": 0, "errmsg": "ok", **given})


def colleague(call: Call, kept: Kept) -> Response:
    """What `user/get` says of one who serves."""
    person = call.query.get("userid", "")
    if person not in kept.servicers:
        return refusal(60111, "userid not found")
    return as_json({"errcode": 0, "errmsg": "ok", "userid": person, "name": kept.servicers[person]})
