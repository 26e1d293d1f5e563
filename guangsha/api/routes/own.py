"""Who a citizen is: the first step of every question about what is theirs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Schema
from ninja.responses import Status

from guangsha.api.citizens import LIFE_SECONDS, open_session
from guangsha.api.guard import machine_of_request
from guangsha.api.schemas import Given, Proof
from guangsha.api.surface import operation, room
from guangsha.privacy.masks import mask_name

router = room("own")


class Identified(Given):
    """Who asks, and how the calling system made sure of it."""

    name: str = Field(min_length=1, max_length=60, description="姓名")
    identity: str = Field(min_length=6, max_length=30, description="证件号码")
    proof: Proof


class OwnSession(Schema):
    """What the questions of the next half hour carry."""

    session: str = Field(description="放在 X-Citizen-Session 请求头中")
    seconds: int = Field(description="有效秒数")
    name: str = Field(description="姓名（遮盖）")


@operation(
    router, "POST", "/citizen-sessions", scope="own:read", summary="核验本人身份，换取查询凭据", gives={201: OwnSession}
)  # fmt: skip
def open_citizen_session(request: HttpRequest, body: Identified) -> Status[Any]:
    """A person whom the calling system has identified; it opens half an hour of what is theirs within the key's agencies."""
    machine = machine_of_request(request)
    session, _ = open_session(machine, body.name, body.identity, body.proof.model_dump(mode="json"))
    return Status(201, {"session": session, "seconds": LIFE_SECONDS, "name": mask_name(body.name.strip())})
