"""The document is valid, complete, current and in Chinese; an operation costs a bounded number of queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from guangsha.api import limits
from guangsha.api.document import document, written
from guangsha.api.surface import TAGS
from guangsha.api.tests.calls import Caller, key_for
from guangsha.areas.intake.tests.builders import decided, repair
from guangsha.people.tokens import SCOPES
from guangsha.testing.cast import Cast

ROOT = Path(__file__).resolve().parents[3]
ROUTES = sorted((ROOT / "guangsha" / "api" / "routes").glob("*.py"))
OPERATIONS = [
    (method, path, told) for path, methods in document()["paths"].items() for method, told in methods.items()
]


def test_it_is_valid_openapi_3_1() -> None:
    assert document()["openapi"].startswith("3.1")
    assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(dict(document()))] == []


def test_the_file_in_the_manual_is_current() -> None:
    kept = (ROOT / "docs" / "reference" / "openapi.json").read_text(encoding="utf-8")
    assert kept == written(), "run make gen"


@pytest.mark.parametrize(
    ("method", "path", "told"), OPERATIONS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_every_operation_says_what_it_is_who_may_and_how_it_refuses(
    method: str, path: str, told: dict[str, Any]
) -> None:
    chinese = re.compile("[一-鿿]")
    assert chinese.search(told["summary"]) and told["tags"][0] in TAGS.values()
    assert told["operationId"] and told["security"] == (
        [{"Bearer": [told["x-scope"]]}] if told["x-scope"] else []
    )
    assert all(chinese.search(one.get("description", "")) for one in told["parameters"]), path
    refusals = {int(status) for status in told["responses"] if int(status) >= 400}
    assert {400} <= refusals and (not told["x-scope"] or {401, 403, 429} <= refusals)
    assert ("{" not in path) or {404, 422} <= refusals
    assert method == "get" or {413, 415} <= refusals
    for status in refusals:
        content = told["responses"][str(status)]["content"]
        assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}


def test_money_is_whole_fen_and_no_number_of_a_document_is_a_fraction_of_two() -> None:
    schemas: dict[str, Any] = document()["components"]["schemas"]
    fields = [
        (f"{of}.{name}", told)
        for of, one in schemas.items()
        for name, told in one.get("properties", {}).items()
    ]
    kinds = {
        name: {part.get("type") for part in told.get("anyOf", [told])} - {"null"} for name, told in fields
    }
    money = {name: found for name, found in kinds.items() if name.endswith("_fen")}
    assert len(money) > 20 and set(map(frozenset, money.values())) == {frozenset({"integer"})}
    assert not [name for name in kinds if re.search("(yuan|amount|price)$", name)], "money is named in fen"


def test_names_of_operations_and_of_shapes_are_unique() -> None:
    # two rooms with a shape of one name would be given the same shape in the document
    shapes = re.findall(r"^class (\w+)", "\n".join(path.read_text(encoding="utf-8") for path in ROUTES), re.M)
    assert len(shapes) == len(set(shapes))
    names = [told["operationId"] for _, _, told in OPERATIONS]
    assert len(names) == len(set(names))


def test_the_manual_names_every_scope() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z]+:[a-z]+)` \|", page, re.M)) == set(SCOPES)


#: What an operation may ask the database, its key (2 queries) included; more rows ask no more.
QUERIES = {
    "/services": 3, "/agencies": 4, "/roles": 3, "/cases": 4, "/cases/{number}": 16, "/drafts": 4, "/notices": 4,
    "/households": 5, "/duplicates": 4, "/figures": 16, "/audit/anchors": 4, "/health": 1, "/housing": 5, "/plans": 4, "/draws": 4,
    "/estates": 5, "/dwellings": 4, "/leases": 4, "/rent/months/202611": 3, "/repairs": 4, "/agreements": 4, "/batches": 4,
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("path", QUERIES)
def test_an_operation_costs_a_bounded_number_of_queries(
    cast: Cast, path: str, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    limits.WINDOW.clear()
    case = decided(cast)
    for _ in range(3):
        repair(cast)
    caller = Caller(key_for(cast))
    caller("GET", "/roles")  # the account of the key is made when it is first used
    with django_assert_max_num_queries(QUERIES[path]):
        assert caller("GET", path.format(number=case.number)).status_code == 200
