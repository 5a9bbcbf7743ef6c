"""A simulated provider of translations on loopback: it speaks as LibreTranslate does, and as the many do that speak like OpenAI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from guanxi.demo.platforms import serve
from guanxi.demo.platforms.asgi import Call, Response, Script, application, as_json
from guanxi.translating.rules import MARK

KEY = "key-of-the-interpreter"


@dataclass
class Interpreter:
    """Says `ja[…]` for what it is to say in Japanese. `script.next("ask", …)` lets something go wrong; with `clumsy` it
    loses every mark."""

    url: str = ""
    script: Script = field(default_factory=Script)
    asked: list[Any] = field(default_factory=list)  # every body that came, in order
    texts: list[str] = field(default_factory=list)  # every text of them
    clumsy: bool = False

    async def answer(self, call: Call) -> Response:
        body = call.json()
        self.asked.append(body)
        if call.path == "/translate":
            self.texts += body["q"]
            return self.script.play("ask", lambda: self._libre(body))
        assert call.path == "/v1/chat/completions", call.path
        self.texts.append(body["messages"][1]["content"])
        return self.script.play("ask", lambda: self._chat(call, body))

    def _libre(self, body: Any) -> Response:
        if body.get("api_key") != KEY:
            return as_json({"error": "Invalid API key"}, 403)
        return as_json({"translatedText": [self._said(text, body["target"]) for text in body["q"]]})

    def _chat(self, call: Call, body: Any) -> Response:
        if call.headers.get("authorization") != f"Bearer {KEY}":
            return as_json({"error": {"message": "no"}}, 401)
        told = self._said(body["messages"][1]["content"], body["model"])
        return as_json({"choices": [{"message": {"role": "assistant", "content": told}}]})

    def _said(self, text: str, to: str) -> str:
        return f"{to}[{MARK.sub('', text) if self.clumsy else text}]"

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")


@asynccontextmanager
async def open_interpreter() -> AsyncIterator[Interpreter]:
    interpreter = Interpreter()
    async with serve(application(interpreter.answer)) as url:
        interpreter.url = url
        yield interpreter
