PYTHON ?= python3.11
ARGS ?=
BIN := .venv/bin
READY := .venv/ready

.DEFAULT_GOAL := help
.PHONY: help setup demo sql test test-fast check bench bench-peers docs jar clean cluster-test

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-10s %s\n' "$$name" "$$text"; done

setup: $(READY) ## make .venv with the project and its tools (the other targets call it)
	@tools/setup.sh --check

$(READY): pyproject.toml tools/setup.sh
	@PYTHON="$(PYTHON)" tools/setup.sh

demo: setup ## train, evaluate and score the bundled shops (ARGS=--no-delta: on Parquet)
	@$(BIN)/python tools/submit.py jobs/train.py $(ARGS)
	@$(BIN)/python tools/submit.py jobs/evaluate.py $(ARGS)
	@$(BIN)/python tools/submit.py jobs/score.py $(ARGS)
	@echo "        (a shell to type it in: make sql$(if $(ARGS), ARGS='$(ARGS)'))"

sql: setup ## the spark-sql shell over the demo's tables and models
	@$(BIN)/python tools/submit.py --sql $(ARGS)

test: setup ## every test, doctests included, by two processes
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --doctest-modules sparkfl tests $(ARGS)

test-fast: setup ## the tests that need no Spark
	@$(BIN)/python -m pytest -m "not slow" tests/unit $(ARGS)

cluster-test: setup ## a Spark cluster, an MLflow server, the wheel shipped, workers killed
	@$(BIN)/python -m pytest -m cluster tests/cluster $(ARGS)

check: setup ## ruff, format, mypy strict, import layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup ## measure against the targets (ARGS='prediction --quick': one question, small)
	@$(BIN)/python -m benchmarks $(ARGS)

bench-peers: setup ## measure against Flower, DuckDB and joblib; installs them into .venv-peers
	@$(BIN)/python -m benchmarks.peers $(ARGS)

docs: setup ## write what follows from the rows, and a site of docs/ in site/
	@$(BIN)/python tools/sql_pages.py
	@$(BIN)/python tools/quality_page.py
	@$(BIN)/python -m mkdocs build --quiet --strict
	@echo "site/index.html"

jar: setup ## build the SQL extension's jar and print the words Spark needs for it
	@$(BIN)/python -m sparkfl.sqlext

clean: ## remove what the demo, the tests and the tools wrote (not .venv)
	rm -rf demo-output build dist site sparkfl/sqlext/jars .pytest_cache .mypy_cache .ruff_cache
	rm -rf .import_linter_cache .hypothesis spark-warehouse metastore_db derby.log
