"""Published documents of invented agencies, each built from a small arithmetic model so that all its figures agree."""

from __future__ import annotations

from collections.abc import Callable

from guangsha.testing.wild import (
    county_accounts,
    department_report,
    evaluation_report,
    library_accounts,
    overall_report,
    project_sheets,
    town_accounts,
    workbook_accounts,
)
from guangsha.testing.wild.paper import Paper

#: Builders by the name of what they write.
PAPERS: dict[str, Callable[[], Paper]] = {
    "county-accounts": county_accounts.build,
    "library-accounts": library_accounts.build,
    "town-accounts": town_accounts.build,
    "workbook-accounts": workbook_accounts.build,
    "department-report": department_report.build,
    "overall-report": overall_report.build,
    "evaluation-report": evaluation_report.build,
    "project-sheets": project_sheets.build,
}
