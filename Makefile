.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000

.PHONY: help run test lint bench soak lock clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.venv/runtime: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/development: requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/runtime

run: .venv/runtime ## Start the dashboard with a practice Stripe (PORT=8000)
	@$(BIN)/flask --app wsgi demo --port $(PORT)

test: .venv/development ## Run every test
	@./.ci/browser
	$(BIN)/pytest

lint: .venv/development ## Check format, types, imports and templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet

bench: .venv/development ## Measure speed, side by side in one run (BENCH="--json" for JSON)
	$(BIN)/flask --app wsgi bench $(BENCH)

soak: .venv/development ## Put faults into the running product, in full counts (SOAK="--only lost")
	$(BIN)/python -m tests.soak $(SOAK)

lock: .venv/development ## Compile the hashed locks from pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 pyproject.toml --group dev -o requirements-dev.txt

clean: ## Remove the virtual environment and the practice data
	rm -rf .venv instance
