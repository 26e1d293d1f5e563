"""Whether the site works: for whoever watches it. Says nothing else."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest
from ninja import Field, Schema

from guangsha.api import limits
from guangsha.api.problems import Problem
from guangsha.api.surface import operation, room
from guangsha.web.sign_in.pending import client_address

router = room("health")


class Health(Schema):
    """It works."""

    status: str = Field(description="ok：可以服务")


@operation(router, "GET", "/health", scope="", summary="健康检查", gives=Health, refuses=(429, 503))
def show_health(request: HttpRequest) -> Any:
    """One question to the database."""
    limits.take_for_stranger(client_address(request))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        raise Problem("unavailable", "数据库没有应答。", headers={"Retry-After": "30"}) from None
    return {"status": "ok"}
