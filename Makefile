PYTHON ?= python3.11
ARGS ?=
BIN := .venv/bin
READY := .venv/ready
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --doctest-modules sparkfl tests
ELSEWHERE := cluster or compat or connect or dbt or doors or examples or sources or wheel

.DEFAULT_GOAL := help
.PHONY: help setup attacks demo demo-federation sql test test-all test-fast test-slow check bench bench-peers docs jar clean cluster-test \
	compat compat-models compat-test connect-test doors-test wheel-test dbt-test \
	examples-test sources-test

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-12s %s\n' "$$name" "$$text"; done

setup: $(READY) ## make .venv with the project and its tools (the other targets call it)
	@tools/setup.sh --check

$(READY): pyproject.toml tools/setup.sh
	@PYTHON="$(PYTHON)" tools/setup.sh

demo: setup ## train, evaluate and score the bundled shops (ARGS=--no-delta: on Parquet)
	@$(BIN)/sparkfl demo $(ARGS)

demo-federation: setup ## three stores and an aggregator, each a process of its own, in demo-output/federation
	@$(BIN)/sparkfl demo-federation $(ARGS)

sql: setup ## the spark-sql shell over the demo's tables and models
	@$(BIN)/sparkfl sql $(ARGS)

test: setup ## what every change has to pass, doctests included, by two processes
	@$(PYTEST) -m "not slow and not ($(ELSEWHERE))" $(ARGS)

test-slow: setup ## the tests that take longer (tests/slow.txt)
	@$(PYTEST) -m "slow and not ($(ELSEWHERE))" $(ARGS)

test-all: setup ## both
	@$(PYTEST) -m "not ($(ELSEWHERE))" $(ARGS)

test-fast: setup ## the tests that need no Spark
	@$(BIN)/python -m pytest -m "not slow" tests/unit $(ARGS)

wheel-test: setup ## the wheel in an environment and a folder of its own: all the README says
	@$(BIN)/python -m pytest -m wheel tests/outside $(ARGS)

dbt-test: setup ## dbt-spark in an environment of its own, on a Thrift server
	@$(BIN)/python -m pytest -m dbt tests/outside $(ARGS)

sources-test: setup ## external sources: a PostgreSQL, and a broker of Kafka's, with jars from Maven
	@$(BIN)/python -m pytest -m sources tests/outside $(ARGS)

examples-test: setup ## the DAG loaded by Airflow, the bundle's job by Databricks' own types
	@$(BIN)/python -m pytest -m examples tests/outside $(ARGS)

cluster-test: setup ## a Spark cluster, an MLflow server, the wheel shipped, workers killed
	@$(BIN)/python -m pytest -m cluster tests/cluster $(ARGS)

connect-test: setup ## Spark Connect servers, and a client with pyspark-client alone in .venv-connect
	@$(BIN)/python -m pytest -m connect tests/connect $(ARGS)

compat: setup ## the journey on every Spark, Python and Java, in .venv-compat (ARGS='spark-4.0': one lane)
	@$(BIN)/python tests/compat/run_lanes.py $(ARGS)

compat-models: setup ## models of every kind saved on the oldest and the newest Spark, loaded on the other
	@$(BIN)/python tests/compat/run_lanes.py --models oldest newest $(ARGS)

compat-test: setup ## the same on the oldest and the newest
	@$(BIN)/python tests/compat/run_lanes.py --strict oldest newest

doors-test: setup ## six hundred statements by the extension, Spark's shell, sparkfl.sql and a client: the same is said
	@$(BIN)/python -m pytest -m doors tests/doors $(ARGS)

check: setup ## ruff, format, mypy strict, import layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

attacks: setup ## attack what stores release, behind each protection; build/attacks.md, .json (twelve minutes)
	@$(BIN)/sparkfl audit --output build $(ARGS)

bench: setup ## measure against the targets (ARGS='prediction --quick': one question, small)
	@$(BIN)/python -m benchmarks $(ARGS)

bench-peers: setup ## measure against Flower, DuckDB and joblib; installs them into .venv-peers
	@$(BIN)/python -m benchmarks.peers $(ARGS)

docs: setup ## write what follows from the rows, and a site of docs/ in site/
	@$(BIN)/python tools/sql_pages.py
	@$(BIN)/python tools/quality_page.py
	@$(BIN)/python tools/feature_page.py
	@$(BIN)/python -m mkdocs build --quiet --strict
	@echo "site/index.html"

jar: setup ## build the SQL extension's jar and print the words Spark needs for it
	@$(BIN)/sparkfl spark-options

clean: ## remove what the demo, the tests and the tools wrote (not .venv)
	rm -rf demo-output build dist site sparkfl/sqlext/jars .pytest_cache .mypy_cache .ruff_cache
	rm -rf .import_linter_cache .hypothesis spark-warehouse metastore_db derby.log
