# One line per chore. Every target sets up what it needs: `make run` on a fresh machine is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEV := $(VENV)/.dev
RUN := $(VENV)/.run

.DEFAULT_GOAL := help
.PHONY: help run demo test quick check format lock migration up clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Khronika needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(RUN): requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(DEV): requirements-dev.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@ $(RUN)

run: $(RUN) ## the service on http://127.0.0.1:8400/ with SQLite, data in ./data
	KHRONIKA_DATA_DIR=$${KHRONIKA_DATA_DIR:-data} $(BIN)/khronika run

demo: $(RUN) ## the service with bundled sample sites, no network needed
	$(BIN)/khronika demo

test: $(DEV) ## every test: both databases, crashes, browser, feed readers
	$(BIN)/python -m pytest -n 2 --dist loadgroup

quick: $(DEV) ## the tests of the inner loop
	$(BIN)/python -m pytest -q -n 2 -m "not slow" --ignore tests/e2e

check: $(DEV) ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV) ## rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## make the lock files again from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock

migration: $(DEV) ## a new migration from the models: make migration M="what changes"
	$(BIN)/alembic revision --autogenerate -m "$(M)"

up: ## PostgreSQL, web, scheduler and workers in containers
	docker compose up --build

clean: ## remove what the targets above made (never the data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
