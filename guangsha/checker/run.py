"""Runs every rule of the catalogue over one case."""

from __future__ import annotations

import importlib
import pkgutil

import guangsha.checker.rules as rules_package
from guangsha.checker.registry import RULES, Case, CheckResult


def load_rules() -> None:
    """Import every module of ``checker/rules``: importing a family registers its rules."""
    for module in pkgutil.iter_modules(rules_package.__path__):
        if module.name != "tests":
            importlib.import_module(f"{rules_package.__name__}.{module.name}")


def check_case(case: Case) -> CheckResult:
    """Every relation of every rule, in the order of rule ids."""
    load_rules()
    return CheckResult(
        tuple(relation for rule_id in sorted(RULES) for relation in RULES[rule_id].check(case))
    )
