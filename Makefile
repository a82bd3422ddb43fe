# Everything here needs GNU make and Python 3.11 or newer; all else comes from requirements.lock into .venv. What speaks of
# Athena needs JDK 25, Maven and Go as well, and builds its engine once into ~/.cache/ledger-lake.
#   make PYTHON=/usr/bin/python3.12 demo    another Python
#   make UV_FLAGS=--upgrade lock            newer versions of the dependencies

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready profiles.yml

DEMO := build/demo
DEMO_ROOT := $(DEMO)/lake

UV_VERSION := 0.13.9
UV_FLAGS ?=

MODEL := build/model
BACKUPS ?= backups
# Of the random worlds and of the faults that a loader survives, how many `make test-all` tries.
LONG := LEDGER_LAKE_WORLDS=20 LEDGER_LAKE_FAULT_STEP=1

PYTEST_FLAGS ?= --numprocesses auto --dist loadfile
# Each worker starts an engine of its own, of 2.5 GB, and builds the warehouse that tests share.
ATHENA_WORKERS ?= 1
ENGINE := $(BIN)/python -m local_athena

.PHONY: help
help:  ## this list
	@sed -nE 's/^([a-z-]+):.*  ## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F '\t' '{printf "make %-12s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(READY)  ## .venv from requirements.lock, profiles.yml from the example

.PHONY: demo
demo: export LEDGER_LAKE_ROOT := $(DEMO_ROOT)
demo: $(READY)  ## sample feeds in two deliveries, a build after each, the month-end table
	rm -rf $(DEMO)
	$(BIN)/python -m demo.generate --out $(DEMO)
	$(BIN)/loader land $(DEMO)/delivery-1/*
	$(BIN)/dbt build --exclude-resource-type unit_test
	$(BIN)/loader land $(DEMO)/delivery-2/*
	$(BIN)/dbt build --exclude-resource-type unit_test
	$(BIN)/dbt --quiet docs generate --static
	$(BIN)/python -m demo.report

.PHONY: demo-athena
demo-athena: $(READY)  ## the same on a local Athena, and what each build reads
	$(BIN)/python -m demo.on_athena --out build/demo-athena

.PHONY: test
test: $(READY)  ## all tests but those of the local Athena, the dbt builds from end to end among them
	$(BIN)/pytest --ignore tests/athena $(PYTEST_FLAGS)

.PHONY: test-all
test-all: $(READY)  ## everything that `make test` runs, at length: random histories, fuzzing and soaks
	$(LONG) $(BIN)/pytest --run-slow --ignore tests/athena $(PYTEST_FLAGS)

.PHONY: fast
fast: $(READY)  ## the quick tests of loader, pipeline and upkeep: no dbt, no soak, no fuzzing, no servers
	$(BIN)/pytest tests/loader tests/upkeep tests/pipeline -m 'not (dbt or long or slow)' $(PYTEST_FLAGS)

.PHONY: unit
unit: $(READY)  ## all unit tests of the models; those of one model: make unit M=fct_ledger_entries
	$(BIN)/python -m tests.unit_tests build/unit $(M)

# Built in a lake of its own, by a profile of its own: nothing that it makes reaches the lake or the warehouse.
.PHONY: model
model: $(READY)  ## build one model with its tests in a copy of the warehouse: make model M=fct_ledger_entries
	@[[ -n '$(M)' ]] || { echo 'name a model: make model M=fct_ledger_entries' >&2; exit 1; }
	$(BIN)/python -m upkeep scratch $(MODEL)
	DBT_PROFILES_DIR=$(MODEL) DBT_TARGET_PATH=$(MODEL)/target LEDGER_LAKE_ROOT=$(MODEL)/lake \
	    $(BIN)/dbt build --target duckdb --select '$(M)' --indirect-selection buildable

.PHONY: sql
sql: $(READY)  ## ask the warehouse in SQL, read only, also during a build; one question: make sql Q='from publications'
	@$(BIN)/python -m upkeep sql $(if $(Q),--command "$(Q)")

.PHONY: audit
audit: $(READY)  ## run every data test over everything that was published
	$(BIN)/dbt test --exclude-resource-type unit_test --vars 'audit_scope: everything'

.PHONY: backup
backup: $(READY)  ## copy the warehouse to ./backups with its checksum; elsewhere: make backup BACKUPS=/srv/backups
	$(BIN)/python -m upkeep backup --to '$(BACKUPS)'

.PHONY: restore
restore: $(READY)  ## put the newest backup in the warehouse's place; another: FROM=file; what was published since is lost: FORCE=1
	$(BIN)/python -m upkeep restore --folder '$(BACKUPS)' $(if $(FROM),--from '$(FROM)') $(if $(FORCE),--force)

.PHONY: upkeep
upkeep: $(READY)  ## remove from an Athena schema what builds have left that cannot publish any more
	$(BIN)/dbt run-operation upkeep --target athena

.PHONY: test-athena
test-athena: $(READY)  ## all tests of and on the local Athena; needs JDK 25, Maven and Go
	$(BIN)/pytest tests/athena $(PYTEST_FLAGS) --numprocesses $(ATHENA_WORKERS) --no-loadscope-reorder

.PHONY: athena-up
athena-up: $(READY)  ## start a local Athena; needs JDK 25, Maven and Go
	$(ENGINE) up

.PHONY: athena-down
athena-down: $(READY)  ## stop it
	$(ENGINE) down

.PHONY: check-berka
check-berka: $(READY)  ## a real bank's export against an independent oracle
	$(BIN)/python -m tests.end_to_end.berka_check

.PHONY: lint
lint: lint-python lint-sql  ## what CI checks besides the tests

.PHONY: lint-python
lint-python: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

.PHONY: lint-sql
lint-sql: lint-warehouse
	$(BIN)/dbt --quiet compile
	$(BIN)/sqlfluff lint --disable-progress-bar

# The models over an empty lake: with their tables in place the incremental halves of the models render, so that they
# are linted too, and `dbt compile` fails where sqlfluff would only skip a model that does not render. With nothing
# parsed before, every warning is seen, deprecations among them, and each is an error.
.PHONY: lint-warehouse
lint-sql format lint-warehouse: export LEDGER_LAKE_ROOT := build/lint
lint-sql format lint-warehouse: export DBT_TARGET_PATH := build/lint/target
lint-warehouse: $(READY)
	rm -rf build/lint
	mkdir -p build/lint
	$(BIN)/dbt --quiet --warn-error build --exclude-resource-type unit_test

.PHONY: format
format: lint-warehouse  ## rewrite what ruff and sqlfluff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/sqlfluff fix --disable-progress-bar

.PHONY: docs
docs: $(READY)  ## the models' documentation and lineage: target/static_index.html
	$(BIN)/dbt docs generate --static

.PHONY: lock
lock: build/uv/bin/uv  ## requirements.lock from pyproject.toml
	build/uv/bin/uv pip compile pyproject.toml --extra dbt --extra athena --group dev \
	    --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-config --no-emit-index-url \
	    --custom-compile-command 'make lock' --quiet --output-file requirements.lock $(UV_FLAGS)

.PHONY: clean
clean:  ## remove what was built here; lake, profiles.yml and .venv stay
	rm -rf build target logs dbt_packages .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +

.PHONY: clean-lake
clean-lake:  ## remove every landed file and the warehouse from ./lake
	find lake -mindepth 1 ! -path lake/.gitkeep -delete

.PHONY: clean-all
clean-all: clean clean-lake  ## both, and .venv
	rm -rf $(VENV)

$(VENV)/.ready: requirements.lock pyproject.toml
	@command -v '$(PYTHON)' > /dev/null || { echo '$(PYTHON) is not on the PATH; name a Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)' >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is $$('$(PYTHON)' --version 2>&1), and 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo 'Setting up $(VENV) from requirements.lock (a minute or so, once)'
	'$(PYTHON)' -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# Order-only: a profile that somebody has edited is never overwritten.
profiles.yml: | profiles.yml.example
	cp profiles.yml.example profiles.yml

build/uv/bin/uv:
	'$(PYTHON)' -m venv build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
