# Two commands do everything on a fresh machine: `make demo` and `make test`. `make` alone lists the rest.
# Needs only make, Python 3.11-3.13 and network access to a Python package registry on the first run.

SHELL := /bin/sh
UV := ./tools/uv
RUN := $(UV) run --frozen
export UV_COMPILE_BYTECODE = 1
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test lint types imports docs-check unit unit-postgres wide fmt gen bench cases clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## install everything, with the locked versions
	@$(UV) sync --frozen --quiet

demo: ## build the demo district and the examples, and serve them at http://127.0.0.1:8000
	@$(UV) run --frozen --no-dev --quiet guangsha demo --out out --serve

serve: ## the web alone
	@$(UV) run --frozen --no-dev --quiet guangsha serve

test: setup lint types imports docs-check unit unit-postgres ## everything that CI runs

lint: setup ## style
	@$(RUN) ruff check . && $(RUN) ruff format --check .

types: setup ## types, strict
	@$(RUN) mypy

imports: setup ## a room imports only from the floors below it
	@$(RUN) lint-imports --no-cache

docs-check: setup ## generated pages are current
	@$(RUN) python tools/generate_rule_reference.py --check && $(RUN) python tools/generate_api_reference.py --check && $(RUN) python tools/generate_policy_reference.py --check

unit: setup ## the tests
	@$(RUN) pytest -n auto --dist worksteal -m "not slow"

unit-postgres: setup ## the tests that use a database, on PostgreSQL where one answers
	@$(RUN) python tools/test_postgres.py

wide: setup ## the slow, wide runs as well, with all examples
	@GUANGSHA_WIDE=1 $(RUN) pytest -n auto --dist worksteal
	@GUANGSHA_WIDE=1 $(RUN) python tools/test_postgres.py

cases: setup ## only the cases an official can read
	@$(RUN) pytest -k cases

gen: setup ## regenerate the generated pages
	@$(RUN) python tools/generate_rule_reference.py && $(RUN) python tools/generate_api_reference.py && $(RUN) python tools/generate_policy_reference.py

fmt: setup ## format
	@$(RUN) ruff check --fix . ; $(RUN) ruff format .

bench: setup ## every benchmark: peer, ours, limit
	@for b in scoring documents.docx documents.xlsx reading.docx reading.pdf checker duplicates policy simulate ledger draw selection web; do $(RUN) python -m benchmarks.$$b || exit 1; done

clean: ## remove what was built
	rm -rf out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
