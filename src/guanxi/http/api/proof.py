"""Proving who one is: e-mail, password and, where it is set up, a code; counted, limited and written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request

from guanxi import access
from guanxi.access import Came, Person, Who
from guanxi.house import House
from guanxi.http.auth import caller
from guanxi.http.errors import Refusal

STAYS_PROVED = timedelta(minutes=10)


def came_of(house: House, request: Request[Any, Any, Any]) -> Came:
    """From where a request comes."""
    return Came(caller(house, request.scope), request.headers.get("user-agent", ""))  # type: ignore[arg-type]


async def prove(house: House, email: str, password: str, code: str, came: Came) -> Person:
    """The person of that e-mail, password and code. The same time and the same words whatever is wrong with the first
    two; only who knows the password is asked for the code."""
    person = await _count(house, email, came)
    if not await access.matches(person.password_hash if person else None, password) or person is None:
        await _write_down(house, person, "wrong_password", came)
        raise Refusal(401, "wrong_credentials")
    if person.has_second_factor:
        await _spend(house, person, code, came)
    async with house.db.directory() as directory:
        await access.forget_attempts(directory, email, came.address)
    return person


async def prove_code(house: House, person_id: UUID, code: str, came: Came) -> None:
    """The second factor alone, of somebody who comes through a link."""
    async with house.db.directory() as directory:
        email = (await access.get_person(directory, person_id)).email
    person = await _count(house, email, came)
    if person is not None and person.has_second_factor:
        await _spend(house, person, code, came)
        async with house.db.directory() as directory:
            await access.forget_attempts(directory, email, came.address)


async def prove_again(house: House, who: Who, password: str, came: Came) -> Person:
    """The password once more, before something that a stranger at an open desk should not do. Who has none has to have
    shown a moment ago who he is: by his company's account, which was made to ask, or by a fresh link. 403 prove_anew."""
    async with house.db.directory() as directory:
        person = await access.get_person(directory, who.person_id)
    if person.password_hash is None:
        if not is_fresh(house, who):
            raise Refusal(403, "prove_anew")
        return person
    await _count(house, person.email, came)
    if not await access.matches(person.password_hash, password):
        raise Refusal(422, "invalid", fields={"password": "wrong"})
    async with house.db.directory() as directory:
        await access.forget_attempts(directory, person.email, came.address)
    return person


def is_fresh(house: House, who: Who) -> bool:
    """Has he shown a moment ago who he is?"""
    return who.proved_at is not None and house.clock() - who.proved_at <= STAYS_PROVED


async def _count(house: House, email: str, came: Came) -> Person | None:
    """Count the attempt, then find who is meant. Raises TooMany."""
    async with house.db.directory() as directory:
        await access.count_attempt(directory, email, came.address)
    async with house.db.directory() as directory:
        person = await access.find_person(directory, access.plain_email(email) or "")
        try:
            await access.refuse_too_many(directory, email, came.address)
        except access.TooMany as refused:
            problem = refused
        else:
            return person
    if problem.is_first:  # one line says it; a thousand refusals more would say no more
        await _write_down(house, person, "too_many", came)
    raise problem


async def _spend(house: House, person: Person, code: str, came: Came) -> None:
    if not code.strip():
        raise Refusal(401, "code_needed")
    async with house.db.directory() as directory:
        is_right = await access.spend_code(directory, person.id, code, house.sealer)
    if not is_right:
        await _write_down(house, person, "wrong_code", came)
        raise Refusal(401, "wrong_code")


async def _write_down(house: House, person: Person | None, outcome: access.Outcome, came: Came) -> None:
    if person is not None:
        async with house.db.directory() as directory:
            await access.record(directory, person.id, outcome, came)
