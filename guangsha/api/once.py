"""``Idempotency-Key``: a request that is sent again acts once and is answered alike.

The answer is written in the transaction of the act: after a crash at any point both are there or neither.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from ninja import Schema
from ninja.responses import Status

from guangsha.api.guard import machine_of_request, send_header
from guangsha.api.models import Answered
from guangsha.api.problems import Problem
from guangsha.audit.actions import sm3

_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,80}")
Work = Callable[[], Schema]


def once(
    request: HttpRequest, key: str, work: Work, *, status: int = 201, needed: bool = True
) -> Status[Any]:
    """Do ``work`` unless the same request was answered under this key before; then give that answer again.

    Raises:
        Problem: no key, or one that was used for another request.
    """
    if not key and not needed:
        return Status(status, work())
    if not _KEY.fullmatch(key):
        raise Problem(
            "unreadable", "请在 Idempotency-Key 请求头中写一个唯一的编号（8 至 80 位字母、数字、-_.:）。"
        )
    token_id, fingerprint = machine_of_request(request).token_id, _fingerprint(request)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = Answered.objects.create(
                    token_id=token_id, key=key, fingerprint=fingerprint, body=cast(Any, {})
                )
        except IntegrityError:  # a request under this key is through; one still under way was waited for
            known = Answered.objects.get(token_id=token_id, key=key)
            if known.fingerprint != fingerprint:
                raise Problem("invalid", "这个 Idempotency-Key 已用于另一个请求，请换一个。") from None
            send_header(request, "Idempotency-Replayed", "true")
            return Status(known.status, cast(Any, known.body))
        done = work()
        row.status, row.body = status, cast(Any, json.loads(done.model_dump_json()))
        row.save(update_fields=["status", "body"])
    return Status(status, done)


def _fingerprint(request: HttpRequest) -> str:
    body = request.body.decode("utf-8", "replace")
    return sm3(f"{request.method} {request.get_full_path()}\n{body}")
