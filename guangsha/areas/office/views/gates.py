"""Which roles open which pages of the office."""

from __future__ import annotations

from guangsha.people.roles import BUSINESS

#: Whoever works on cases, and the auditor, who only reads.
CASES = tuple(sorted(BUSINESS | {"auditor"}))
WORKS = tuple(sorted(BUSINESS))
NOTICES = ("publicity_editor", "supervisor", "district_reviewer", "legal_officer", "auditor")
OBJECTIONS = ("district_reviewer", "legal_officer", "supervisor", "auditor")
REMEDIES = ("legal_officer", "supervisor", "city_approver", "auditor")
RATINGS = ("supervisor", "hotline_agent", "auditor")
SPOT_CHECKS = ("supervisor", "auditor", "legal_officer", "district_reviewer")
WINDOW = ("street_clerk", "district_reviewer", "allocation_officer", "rent_clerk", "fund_officer", "field_inspector", "hotline_agent")  # fmt: skip
FIGURES = ("supervisor", "auditor", "city_approver")
MESSAGES = ("supervisor", "hotline_agent", "street_clerk", "system_admin")
JOBS = ("system_admin",)
ACTS = ("auditor", "audit_admin")
REVEALS = ("audit_admin", "auditor", "supervisor")
