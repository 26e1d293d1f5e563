"""Relations over facts: one file per family of rules; see ``registry.py`` and docs/reference/rules.md."""

from guangsha.checker.registry import RULES, Case, CheckResult, Rule
from guangsha.checker.run import check_case

__all__ = ["RULES", "Case", "CheckResult", "Rule", "check_case"]
