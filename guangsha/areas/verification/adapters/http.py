"""The documented HTTP exchange: ``POST <base>/v1/<source>`` with a JSON question, answered with a JSON object.

Every call is bounded in time and size. The token is sent in a header and never logged.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import httpx
from django.conf import settings

from guangsha.areas.verification.adapters import Answer, NotAuthorized, Question, SourceFault

ANSWER_BYTES_MAX = 256 * 1024


class HttpExchange:
    """Asks the exchange at ``GUANGSHA_EXCHANGE``."""

    def ask(self, question: Question) -> Answer:
        if not settings.GUANGSHA_EXCHANGE:
            raise SourceFault("没有配置数据共享平台地址")
        body = {
            "request_id": question.number,
            "identity": question.identity,
            "name": question.name,
            "purpose": question.purpose,
            "consent": question.consent,
        }
        if question.phone:
            body["phone"] = question.phone
        token = settings.GUANGSHA_EXCHANGE_TOKEN
        # "Bearer " with nothing behind it is no header that may be sent
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            with (
                httpx.Client(
                    timeout=settings.GUANGSHA_EXCHANGE_SECONDS, follow_redirects=False, trust_env=False
                ) as client,
                client.stream(
                    "POST",
                    f"{settings.GUANGSHA_EXCHANGE.rstrip('/')}/v1/{question.source}",
                    json=body,
                    headers=headers,
                ) as response,
            ):
                if response.status_code in (401, 403):
                    raise NotAuthorized(f"来源拒绝（{response.status_code}）")
                if response.status_code != 200:
                    raise SourceFault(f"来源返回 {response.status_code}")
                return _read(_bounded(response))
        except httpx.TimeoutException as error:
            raise SourceFault("来源超时") from error
        except httpx.HTTPError as error:
            raise SourceFault("来源无法连接") from error


def _bounded(response: httpx.Response) -> bytes:
    received = bytearray()
    for part in response.iter_bytes():
        received += part
        if len(received) > ANSWER_BYTES_MAX:
            raise SourceFault("来源返回的内容过大")
    return bytes(received)


def _read(content: bytes) -> Answer:
    try:
        answer: Any = json.loads(content)
        payload = answer["data"] if answer["found"] else {}
        as_of = date.fromisoformat(answer["data_as_of"]) if answer.get("data_as_of") else None
    except (ValueError, KeyError, TypeError) as error:
        raise SourceFault("来源返回的内容无法识别") from error
    if not isinstance(payload, dict):
        raise SourceFault("来源返回的内容无法识别")
    return Answer(payload, as_of)
