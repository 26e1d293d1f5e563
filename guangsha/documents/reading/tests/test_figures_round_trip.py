"""What the figures file can hold comes back from it unchanged."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guangsha.documents.reading.figures import load_figures, parse_figures
from guangsha.documents.writing.figures import dump_figures
from guangsha.testing.effort import examples
from guangsha.testing.reports import YEARS, filled_years

EXAMPLES = sorted((Path(__file__).parents[4] / "examples").glob("*/figures.yaml"))
ROUND_TRIPS = settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@given(facts=st.sampled_from(sorted(YEARS)).flatmap(filled_years))
@ROUND_TRIPS
def test_a_year_written_as_yaml_is_read_back_equal(facts):
    assert parse_figures(dump_figures(facts)) == facts


@given(facts=st.sampled_from(sorted(YEARS)).flatmap(filled_years))
@settings(ROUND_TRIPS, max_examples=examples(15))
def test_the_facts_json_of_a_package_is_read_back_equal_with_its_sources(facts):
    facts = parse_figures(dump_figures(facts))
    again = parse_figures(json.dumps(facts.as_json(), ensure_ascii=False), "facts.json")
    assert again == facts
    assert [fact.source for fact in again] == [fact.source for fact in facts]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_shipped_example_is_read_and_written_back_equal(path):
    facts = load_figures(path)
    assert parse_figures(dump_figures(facts)) == facts


def test_json_and_yaml_give_the_same_facts():
    yaml_text = (
        "format: guangsha.figures/1\nunit: 甲中心\nyear: 2023\nprofile: yueyang\nstaff: {employed: 73}\n"
    )
    data = {
        "format": "guangsha.figures/1",
        "unit": "甲中心",
        "year": 2023,
        "profile": "yueyang",
        "staff": {"employed": 73},
    }
    assert parse_figures(json.dumps(data), "figures.json") == parse_figures(yaml_text)
