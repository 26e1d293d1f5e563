"""Requests that nobody thought of, made from the document: no 500, no answer that the document does not name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from guangsha.api import limits
from guangsha.api.document import document
from guangsha.api.tests.calls import Caller, key_for
from guangsha.areas.intake.tests.builders import reviewed
from guangsha.config.wsgi import application
from guangsha.testing.cast import build_cast
from guangsha.testing.databases import connected, standing
from guangsha.testing.effort import WIDE

schema = schemathesis.openapi.from_dict(dict(document()))
# forty requests for each operation, one for every bound in it: they are made when tests are gathered, in every process
schema.config.phases.coverage.enabled = WIDE


def closing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The site as a server runs it: an answer is closed when it was sent, and with it what came with the request."""
    response = application(environ, start_response)
    try:
        return [b"".join(response)]
    finally:
        response.close()


schema.app = closing


#: Of each operation; fifty operations within a minute on every change, all that there is time for under ``make wide``.
EXAMPLES = 200 if WIDE else 6
CHECKED = [
    getattr(checks, name)
    for name in (
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
        "response_headers_conformance", "unsupported_method",
    )
]  # fmt: skip


def program() -> Caller:
    """A program with every scope, before a district in which something happens."""
    cast = build_cast()
    reviewed(cast)
    return Caller(key_for(cast))


@pytest.fixture(scope="module")
def known(django_db_setup: None, django_db_blocker: Any) -> Iterator[Caller]:
    """What every request finds; what a request changes goes after its test."""
    with standing(django_db_blocker, program) as caller:
        yield caller


@pytest.fixture
def caller(known: Caller, db: None) -> Iterator[Caller]:
    with connected():  # the whole test is one transaction
        yield known


@pytest.mark.django_db
@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, phases=[Phase.generate, Phase.explicit],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_every_answer_is_one_that_the_document_names(case: Any, caller: Caller) -> None:
    limits.WINDOW.clear()
    response = case.call(headers={"Authorization": f"Bearer {caller.key}"}, base_url="http://127.0.0.1/")
    case.validate_response(
        response,
        checks=CHECKED,
    )
