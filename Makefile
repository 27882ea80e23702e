# Two commands need nothing but git, make and Python 3.11 or newer: `make demo` and `make test`.
# They set up what they need in .venv, with uv when it is there, else with venv and pip.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
DEMO := .venv-demo
PROFILE ?= quick
DELIVERIES := examples/deliveries

.PHONY: demo test test-deep check lint types contracts cover docs wheels test-pythons test-lowest bench mutants schema lock clean

demo: $(DEMO)/run.lock   ## example deliveries as trees, then as the requests that Opik would receive
	@mkdir -p build
	@$(DEMO)/bin/broadcast show $(DELIVERIES)/0[5-9]*.json $(DELIVERIES)/1[0-2]*.json
	@echo; echo "All 26 deliveries, planned for Opik:"
	@$(DEMO)/bin/broadcast plan $(DELIVERIES) --to opik -o workspace=my-team -o project_name=demo --quiet --output build/demo.ndjson
	@cut -c1-150 build/demo.ndjson
	@echo; echo "They are in build/demo.ndjson, one a line. One generation in them, as Opik stores it:"
	@$(DEMO)/bin/python scripts/show-row build/demo.ndjson "Write the reply"
	@echo; echo "More: source $(DEMO)/bin/activate && broadcast --help"

test: $(VENV)/dev.lock   ## every test of the core and the plugins; a worker has whole files, since blocks of a page build on one another
	$(RUN)/python -m pytest -q -n auto --dist loadfile --hypothesis-profile=$(PROFILE)

test-deep: $(VENV)/dev.lock   ## every law of the mapping on 100,000 draws; about an hour and a half of one core
	$(RUN)/python -m pytest -q -n auto -m deep --hypothesis-profile=deep

check: lint types contracts cover wheels test-pythons   ## everything else that CI asks

lint: $(VENV)/dev.lock
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

types: $(VENV)/dev.lock
	$(RUN)/mypy

contracts: $(VENV)/dev.lock
	$(RUN)/lint-imports --no-cache

cover: $(VENV)/dev.lock   ## how much of the code the tests reach
	$(RUN)/python -m pytest -q -n auto --dist loadfile --hypothesis-profile=smoke --cov

wheels: $(VENV)/dev.lock   ## build both wheels and test them in a clean environment without src
	scripts/test-wheels

test-pythons: $(VENV)/dev.lock   ## the tests on every other supported Python that is here
	scripts/test-pythons

test-lowest:   ## the tests with the lowest versions that we promise; needs uv
	scripts/test-lowest

bench: $(VENV)/dev.lock   ## NDJSON to Opik bodies against the floor, and import time
	$(RUN)/python -m bench

mutants:   ## change the code in small ways and list what no test notices; about half an hour, not in CI
	scripts/mutants

schema: $(VENV)/dev.lock   ## write the JSON Schema of the record
	$(RUN)/broadcast schema > docs/generation.schema.json

lock:   ## pin every dependency again; needs uv
	scripts/lock

clean:
	rm -rf .venv* build dist .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/dev.lock: requirements/dev.lock pyproject.toml $(wildcard plugins/*/pyproject.toml)
	@scripts/venv $(VENV) requirements/dev.lock $(PYTHON)

$(DEMO)/run.lock: requirements/run.lock pyproject.toml $(wildcard plugins/*/pyproject.toml)
	@scripts/venv $(DEMO) requirements/run.lock $(PYTHON)
