# Everything a person does with the project. `make help` lists it.

PYTHON ?= python3
COMPANY ?= journey
PORT ?= 8080
ROLE ?= owner
UV_VERSION := 0.13.9

UV := .uv/bin/uv
BIN := .venv/bin
STAMP := .venv/.installed
# What a person types reaches the programs as it was typed, through the environment: no quote or dollar sign is lost to make or a shell.
override export SQL := $(value SQL)
override export COMPANY := $(value COMPANY)
override export ROLE := $(value ROLE)
override export DATE := $(value DATE)
override export FROM := $(value FROM)
override export TO := $(value TO)
override export AS_OF := $(value AS_OF)
override export PORT := $(value PORT)
override export POINTS := $(value POINTS)
override export SEED := $(value SEED)

# The quick ones first; then the longest, so that the two that run at a time end together.
LAYERS := lint typecheck test-dags test-dbt test-integration e2e test-unit test-chaos

.DEFAULT_GOAL := help
.PHONY: help setup run up down status psql backfill rebuild test lint format typecheck test-unit test-dags test-dbt \
	test-integration test-chaos e2e dbt-build docs bench bench-forecast bench-slow-movers bench-product-health chaos clean \
	check-python

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' Makefile
	@echo
	@echo 'Variables (make run COMPANY=adventureworks):'
	@echo '  COMPANY        folder under companies/, default journey'
	@echo '  DATE           business date of run, default the latest in the landing zone'
	@echo '  AS_OF          business date whose marts to build again'
	@echo '  FROM, TO       first and last business date of backfill'
	@echo '  SQL, ROLE      statement and login of psql: owner, loader, transformer, modeler, advisor, analyst; or through whose'
	@echo '                 eyes: purchasing, sales, warehouse, planner, dealer, or the login of a person'
	@echo '  POINTS, SEED   number of faults of chaos, default 300, and where they strike, default 1'
	@echo '  PORT           port of the Airflow UI of up, default 8080'
	@echo '  PYTHON         interpreter to build the environment with, default python3 (3.11 to 3.13)'
	@echo 'Environment:'
	@echo '  WAREHOUSE_URL  another PostgreSQL 15+ for the warehouse'
	@echo '  ORW_STATE_DIR  where data, logs and secrets lie, default .state'
	@echo '  REAL_DATA      folder with third-party data sets, default ../shared/data'

setup: $(STAMP) ## Create the environment in .venv from the lock file

$(STAMP): uv.lock pyproject.toml | $(UV)
	@UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv UV_COMPILE_BYTECODE=1 $(UV) sync --frozen --all-extras \
		--python "$$(command -v '$(PYTHON)')"
	@touch $@

$(UV): | check-python
	@'$(PYTHON)' -m venv .uv || { rm -rf .uv; \
		echo "error: '$(PYTHON)' cannot create environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

check-python:
	@command -v '$(PYTHON)' >/dev/null || { echo "error: '$(PYTHON)' not found; install Python 3.11, 3.12 or 3.13" >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; v = sys.version_info; (3, 11) <= v[:2] < (3, 14) or sys.exit( \
		"error: %s is Python %d.%d, but 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 ..." % (sys.executable, v[0], v[1]))'

run: setup ## Run the whole chain for COMPANY, show the result, stop everything
	@$(BIN)/python -m stack run --company "$$COMPANY" $${DATE:+--date "$$DATE"}

up: setup ## Keep Airflow (http://127.0.0.1:PORT) and the warehouse running
	@$(BIN)/python -m stack up --company "$$COMPANY" --port "$$PORT"

down: setup ## Stop what up started
	@$(BIN)/python -m stack down

status: setup ## Show what runs, and the batches and files of COMPANY
	@$(BIN)/python -m stack status --company "$$COMPANY"

psql: setup ## Open psql, or print the bare tuples of SQL="select ..." (use make -s)
	@if [ -n "$$SQL" ]; then exec $(BIN)/python -m warehouse psql --role "$$ROLE" --sql "$$SQL"; \
		else exec $(BIN)/python -m warehouse psql --role "$$ROLE"; fi

backfill: setup ## Run the chain for every business date FROM= TO=, in order
	@[ -n "$$FROM" ] && [ -n "$$TO" ] || { echo 'error: make backfill FROM=2017-12-20 TO=2017-12-24' >&2; exit 1; }
	@$(BIN)/python -m stack backfill --company "$$COMPANY" --from "$$FROM" --to "$$TO"

rebuild: setup ## Build the marts of a past business date again and compare: make rebuild AS_OF=2017-12-20
	@[ -n "$$AS_OF" ] || { echo 'error: make rebuild AS_OF=2017-12-20' >&2; exit 1; }
	@$(BIN)/python -m warehouse rebuild --company "$$COMPANY" --as-of "$$AS_OF"

dbt-build: setup ## Build and test all dbt models anew from accepted batches, without Airflow
	@$(BIN)/python -m warehouse build --company "$$COMPANY"

docs: setup ## Write dbt's docs, the Data Docs of the gates and a card per model to build/
	@$(BIN)/python -m warehouse dbt --company "$$COMPANY" docs generate --static --target-path "$(CURDIR)/build/dbt_docs"
	@$(BIN)/python -m expectations docs
	@$(BIN)/python -m ml.cards

bench: setup ## Measure ingest, steps and orchestration; writes build/bench.json
	@$(BIN)/python -m benchmarks

bench-forecast: setup ## Measure the forecast engine beside its peers; an hour; writes the figures of docs/forecast.md
	@$(BIN)/python -m benchmarks.forecast $${ONLY:+--only "$$ONLY"}

bench-slow-movers: setup ## Measure the slow-mover models beside rules and peers; writes the figures of docs/slow-movers.md
	@$(BIN)/python -m benchmarks.slow_movers $${ONLY:+--only "$$ONLY"}

bench-product-health: setup ## Measure the product health index beside single indicators; writes the figures of docs/product-health.md
	@$(BIN)/python -m benchmarks.product_health $${ONLY:+--only "$$ONLY"}

chaos: setup ## Strike loads, builds, publications and runs at random; writes build/chaos.json
	@$(BIN)/python -m benchmarks.chaos $${POINTS:+--points "$$POINTS"} $${SEED:+--seed "$$SEED"}

test: setup ## Lint, types and all test layers, two at a time: a layer's output appears when it ends
	@# A thread that waits for a processor which the other layer keeps busy spins: one each.
	@OMP_NUM_THREADS=1 $(MAKE) --jobs 2 --keep-going --output-sync=target $(LAYERS)

lint: setup ## Check style of Python, SQL and YAML
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests
	@$(BIN)/yamllint --strict .

format: setup ## Format Python
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

typecheck: setup ## Check types
	@$(BIN)/mypy

test-unit: setup ## Unit tests, no database
	@$(BIN)/pytest tests/unit

test-dags: setup ## DAG files, their asset graph and conventions
	@$(BIN)/pytest tests/dags

test-dbt: setup ## dbt project: layering, documentation, unit and data tests
	@$(BIN)/pytest tests/dbt

test-integration: setup ## Ingest, gates, models and builds on a PostgreSQL of their own
	@$(BIN)/pytest tests/integration

e2e: setup ## The whole chain through Airflow's scheduler
	@$(BIN)/pytest tests/e2e --ignore=tests/e2e/test_chaos.py

test-chaos: setup ## Ten faults at seeded points, and what is left of them
	@$(BIN)/pytest tests/e2e/test_chaos.py

clean: ## Remove data, logs and caches of this checkout; the environment stays
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m stack clean
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis
