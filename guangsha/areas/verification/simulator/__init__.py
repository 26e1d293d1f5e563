"""A simulated data exchange as a separate HTTP service, with slow, failing and wrong answers: development and tests only.

    guangsha exchange --port 8090 --people data/exchange.json --slow 10 --failing 5 --wrong 2

It speaks the protocol of ``docs/operations/exchange.md``. It knows the people of its file and nobody else; the same seed
gives the same faults for the same questions.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from guangsha.areas.verification.models import SOURCES

QUESTION_BYTES_MAX = 16 * 1024


@dataclass
class Behaviour:
    """How the exchange misbehaves, in per cent of the questions; decided by the seed and the request number.

    Attributes:
        slow: answered only after ``slow_seconds``.
        failing: answered with 503.
        wrong: answered with the data of somebody else.
        garbage: answered with something that is no JSON.
        down: sources that answer nothing at all.
        refusing: sources that answer 403.
        stale: sources whose data are two years old.
    """

    seed: int = 1
    slow: int = 0
    failing: int = 0
    wrong: int = 0
    garbage: int = 0
    slow_seconds: int = 8
    down: frozenset[str] = frozenset()
    refusing: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()


@dataclass
class Exchange:
    """The service: who is known (identity → source → data), how it behaves, and what it was asked."""

    people: Mapping[str, Mapping[str, Mapping[str, Any]]]
    behaviour: Behaviour = field(default_factory=Behaviour)
    token: str = ""
    asked: Counter[str] = field(default_factory=Counter)

    def answer(self, source: str, question: Mapping[str, Any]) -> tuple[int, bytes]:
        """HTTP status and body for one question."""
        self.asked[source] += 1
        rules = self.behaviour
        if source not in dict(SOURCES):
            return 404, b'{"error": "unknown source"}'
        if source in rules.refusing:
            return 403, b'{"error": "not authorized"}'
        if source in rules.down or self._unlucky("failing", rules.failing, source, question):
            return 503, b'{"error": "unavailable"}'
        if self._unlucky("slow", rules.slow, source, question):
            time.sleep(rules.slow_seconds)
        if self._unlucky("garbage", rules.garbage, source, question):
            return 200, b"<html>maintenance</html>"
        identity = str(question.get("identity", ""))
        data = self.people.get(identity, {}).get(source)
        if self._unlucky("wrong", rules.wrong, source, question):
            data = next(
                (
                    person[source]
                    for key, person in self.people.items()
                    if key != identity and source in person
                ),
                data,
            )
        if source == "population" and data is not None:
            # like the real one it says whether a number is the person's, and never which number that is
            held = {key: value for key, value in data.items() if key != "phone"}
            data = (
                {**held, "phone_match": data.get("phone") == question["phone"]}
                if question.get("phone")
                else held
            )
        today = date.today()  # noqa: DTZ011 - a simulated source lives in the day of its machine
        as_of = today.replace(year=today.year - 2, day=1) if source in rules.stale else today
        body = {"found": data is not None, "data": data or {}, "data_as_of": as_of.isoformat()}
        return 200, json.dumps(body, ensure_ascii=False).encode()

    def _unlucky(self, what: str, percent: int, source: str, question: Mapping[str, Any]) -> bool:
        if percent <= 0:
            return False
        text = f"{self.behaviour.seed}|{what}|{source}|{question.get('request_id', '')}|{self.asked[source]}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % 100 < percent


def serve(exchange: Exchange, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """A server that is ready to run (``serve_forever``); port 0 picks a free one."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if exchange.token and self.headers.get("Authorization") != f"Bearer {exchange.token}":
                self._reply(401, b'{"error": "token"}')
                return
            if length > QUESTION_BYTES_MAX or not self.path.startswith("/v1/"):
                self._reply(404, b'{"error": "not here"}')
                return
            try:
                question = json.loads(self.rfile.read(length))
                status, body = exchange.answer(self.path.removeprefix("/v1/"), question)
            except (ValueError, AttributeError):
                status, body = 400, b'{"error": "question"}'
            self._reply(status, body)

        def _reply(self, status: int, body: bytes) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # the asker gave up waiting
                return

        def log_message(self, format: str, *args: Any) -> None:
            """Questions name people: nothing is logged."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server


class Running:
    """A server in a thread, for tests and the demo: ``with Running(exchange) as base: …``."""

    def __init__(self, exchange: Exchange) -> None:
        self._server = serve(exchange)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
