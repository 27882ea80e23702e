# Two commands need nothing but git, make and Python 3.11 or newer: `make demo` and `make test`.
# They set up what they need in .venv, with uv when it is there, else with venv and pip.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
DEMO := .venv-demo
PROFILE ?= quick
DELIVERIES := examples/deliveries
DRAWS ?= 1000

.DEFAULT_GOAL := help
.PHONY: help demo test test-deep test-faults check quick lint types contracts fragments cover wheels test-pythons \
  test-lowest fragment changelog bench bench-relay bench-capture budgets mutants schema schema-check lock clean

help:   ## this list
	@awk -F ':.*## *' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(DEMO)/run.lock   ## example deliveries as trees, then sent to a model of Opik, through a kill
	@$(DEMO)/bin/broadcast show $(DELIVERIES)/0[5-9]*.json $(DELIVERIES)/1[0-2]*.json
	@echo; echo "All 26 deliveries, sent to a model of Opik's server on this machine:"
	@$(DEMO)/bin/python scripts/demo $(DELIVERIES)
	@echo; echo "More: source $(DEMO)/bin/activate && broadcast --help"

# A worker has whole files, since blocks of a page build on one another.
test: $(VENV)/dev.lock   ## every test of the core and the plugins
	$(RUN)/python -m pytest -q -n auto --dist loadfile --hypothesis-profile=$(PROFILE)

test-deep: $(VENV)/dev.lock   ## every law of the mapping on 100,000 draws; about an hour and a half of one core
	$(RUN)/python -m pytest -q -n auto -m deep --hypothesis-profile=deep

test-faults: $(VENV)/dev.lock   ## kill senders and relays hundreds of times, and plant the bugs that this must find
	$(RUN)/python -m pytest -q -n auto --dist loadfile -m faults --hypothesis-profile=smoke

check: quick cover wheels test-pythons   ## everything that CI asks beside the tests

quick: lint types contracts fragments   ## the checks of a commit and a push; pre-commit runs them

lint: $(VENV)/dev.lock   ## style, the ban on clocks and dice, and formatting
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

types: $(VENV)/dev.lock   ## strict types
	$(RUN)/mypy

contracts: $(VENV)/dev.lock   ## which package may import which
	$(RUN)/lint-imports --no-cache

fragments: $(VENV)/dev.lock   ## every fragment is well-formed, and a branch that changes a wheel has one
	$(RUN)/python scripts/fragments

cover: $(VENV)/dev.lock   ## the tests on the newest Python that is here, and how much of the code they reach
	scripts/cover

wheels: $(VENV)/dev.lock   ## build the wheels and test them in a clean environment without src
	scripts/test-wheels

test-pythons: $(VENV)/dev.lock   ## the tests on every other supported Python that is here, but the newest
	scripts/test-pythons

test-lowest:   ## the tests with the lowest versions that we promise; needs uv
	scripts/test-lowest

fragment: $(VENV)/dev.lock   ## begin a fragment: make fragment NAME=short-name WHEEL=core
	$(RUN)/python scripts/fragments new "$(NAME)" "$(WHEEL)"

changelog: $(VENV)/dev.lock   ## what the changelog of the next release says so far
	$(RUN)/towncrier build --draft --version Unreleased

bench: $(VENV)/dev.lock   ## NDJSON to Opik bodies against the floor, and import time
	$(RUN)/python -m bench --save

bench-relay: $(VENV)/dev.lock   ## accepting against an echo that syncs, a steady minute, and the whole way
	$(RUN)/python -m bench.relay

bench-capture: $(VENV)/dev.lock   ## what a recorder adds to the first and the last byte of a client
	$(RUN)/python -m bench.capture

budgets: $(VENV)/dev.lock   ## count what each stage of a plan costs, and make that its budget, which a test keeps
	$(RUN)/python scripts/speed-budgets

mutants:   ## change the code in small ways and list what no test notices; takes hours, not in CI
	scripts/mutants

schema: $(VENV)/dev.lock   ## write the JSON Schema of the record
	$(RUN)/broadcast schema > docs/generation.schema.json

schema-check: $(VENV)/dev.lock   ## read exchanges drawn from an API's own schema: make schema-check SCHEMA=openapi.json
	$(RUN)/python scripts/schema-check "$(SCHEMA)" --draws $(DRAWS)

lock:   ## pin every dependency again; needs uv
	scripts/lock

clean:   ## remove what the other targets made
	rm -rf .venv* build dist .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/dev.lock: requirements/dev.lock pyproject.toml $(wildcard plugins/*/pyproject.toml apps/*/pyproject.toml)
	@scripts/venv $(VENV) requirements/dev.lock $(PYTHON)

$(DEMO)/run.lock: requirements/run.lock pyproject.toml $(wildcard plugins/*/pyproject.toml apps/*/pyproject.toml)
	@scripts/venv $(DEMO) requirements/run.lock $(PYTHON)
