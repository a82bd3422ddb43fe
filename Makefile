# Everything here needs GNU make and Python 3.11 or newer; all else comes from requirements.lock into .venv. What speaks of
# Athena needs JDK 25, Maven and Go as well, and builds its engine once into ~/.cache/ledger-lake. The linters of workflows,
# Dockerfile and Terraform come from requirements-checks.lock into .venv-checks.
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

CHECKS := .venv-checks
CHECKS_READY := $(CHECKS)/.ready
ACTIONLINT_VERSION := 1.7.12
ACTIONLINT := $(HOME)/.cache/ledger-lake/actionlint-$(ACTIONLINT_VERSION)/actionlint
# With LINTERS=all a linter that cannot be had is an error, as in CI; else one line names it.
LINTERS ?= some

CONTAINERS ?= podman
IMAGE ?= ledger-lake
IMAGE_FLAGS ?=
TRY := ledger-lake-try
IN_THE_IMAGE = $(CONTAINERS) run --rm --read-only --cap-drop all --volume $(TRY):/work --volume '$(CURDIR)/build/image:/inbox:ro' \
    --env LEDGER_LAKE_ROOT=/work/lake $(IMAGE)

DEMO := build/demo
DEMO_ROOT := $(DEMO)/lake

UV_VERSION := 0.13.9
UV_FLAGS ?=

MODEL := build/model
BACKUPS ?= backups
# Of the random worlds and of the faults that a loader survives, how many `make test-all` tries.
LONG := LEDGER_LAKE_WORLDS=20 LEDGER_LAKE_FAULT_STEP=1

PYTEST_FLAGS ?= --numprocesses auto --dist loadfile
# A folder with the AWS provider, for a machine that cannot reach Terraform's registry. Without it, or with a configuration of
# Terraform's own (TF_CLI_CONFIG_FILE), Terraform finds the provider by itself.
TERRAFORM_PROVIDER ?= ../shared/tools/terraform-provider
WITH_PROVIDER = [[ -f "$${TF_CLI_CONFIG_FILE:-}" || ! -x '$(TERRAFORM_PROVIDER)/install.sh' ]] || eval "$$('$(TERRAFORM_PROVIDER)/install.sh')";
# Each worker starts an engine of its own, of 2.5 GB, and builds the warehouse that tests share.
ATHENA_WORKERS ?= 1
ENGINE := $(BIN)/python -m local_athena

.PHONY: help
help:  ## this list
	@sed -nE 's/^([a-z-]+):.*  ## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F '\t' '{printf "make %-14s %s\n", $$1, $$2}'

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
test: $(READY)  ## all tests but those of Athena and Terraform, the dbt builds from end to end among them
	$(BIN)/pytest --ignore tests/athena --ignore tests/terraform $(PYTEST_FLAGS)

.PHONY: test-all
test-all: $(READY)  ## all tests of `test`, `test-athena` and `test-terraform`, at length
	$(WITH_PROVIDER) $(LONG) $(BIN)/pytest --run-slow --ignore tests/athena $(PYTEST_FLAGS)
	$(BIN)/pytest --run-slow tests/athena $(PYTEST_FLAGS) --numprocesses $(ATHENA_WORKERS) --no-loadscope-reorder

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

.PHONY: test-terraform
test-terraform: $(READY)  ## all tests of the Terraform modules and the state machine; needs Terraform 1.11 or newer
	$(WITH_PROVIDER) $(BIN)/pytest tests/terraform $(PYTEST_FLAGS)

.PHONY: athena-up
athena-up: $(READY)  ## start a local Athena; needs JDK 25, Maven and Go
	$(ENGINE) up

.PHONY: athena-down
athena-down: $(READY)  ## stop it
	$(ENGINE) down

.PHONY: compare
compare: $(READY)  ## build one small lake with this code and with another, and compare every public table: make compare BASE=main
	@$(BIN)/python -m review builds --base '$(or $(BASE),main)'

.PHONY: check-berka
check-berka: $(READY)  ## a real bank's export against an independent oracle
	$(BIN)/python -m tests.end_to_end.berka_check

.PHONY: lint
lint: lint-python lint-sql lint-workflows lint-image lint-terraform  ## what CI checks besides the tests

.PHONY: lint-python
lint-python: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

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

.PHONY: lint-workflows
lint-workflows: $(CHECKS_READY) $(if $(shell command -v go),$(ACTIONLINT))  ## actionlint, zizmor and shellcheck
	@if [[ -x '$(ACTIONLINT)' ]]; then \
	    '$(ACTIONLINT)' -shellcheck $(CHECKS)/bin/shellcheck -pyflakes ''; \
	else \
	    echo 'actionlint is left out: it needs Go' >&2; \
	    [[ '$(LINTERS)' != all ]]; \
	fi
	$(CHECKS)/bin/shellcheck .ci/run .github/release/*
	$(CHECKS)/bin/zizmor --offline --quiet --no-progress .github/workflows

.PHONY: lint-image
lint-image: $(CHECKS_READY)  ## hadolint
	$(CHECKS)/bin/hadolint Dockerfile

.PHONY: lint-terraform
lint-terraform: $(CHECKS_READY)  ## checkov; a rule that is left out has its reason in .checkov.yaml or beside the resource
	$(CHECKS)/bin/checkov

.PHONY: format
format: lint-warehouse  ## rewrite what ruff and sqlfluff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/sqlfluff fix --disable-progress-bar

.PHONY: docs
docs: $(READY)  ## the models' documentation and lineage: target/static_index.html
	$(BIN)/dbt docs generate --static

COMPILE := build/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-config \
    --no-emit-index-url --custom-compile-command 'make lock' --quiet $(UV_FLAGS)

# What enters the image has the versions that were tested: the big lock holds them.
.PHONY: lock
lock: build/uv/bin/uv  ## every requirements*.lock from pyproject.toml
	$(COMPILE) pyproject.toml --extra dbt --extra athena --group dev --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra dbt --extra athena --constraint requirements.lock --output-file requirements-image.lock
	$(COMPILE) --group build --constraint requirements.lock --output-file requirements-build.lock
	$(COMPILE) --group checks --output-file requirements-checks.lock

# The same try as tests/image/, by a real engine: all but the volume /work is read-only. A release names the base by its digest.
.PHONY: image
image: $(READY)  ## build the image and try a build in it; needs podman, or CONTAINERS=docker
	$(CONTAINERS) build --build-arg COMMIT="$$(git rev-parse HEAD)" --tag $(IMAGE) $(IMAGE_FLAGS) .
	$(BIN)/python -m demo.generate --out build/image --rows 3000
	$(CONTAINERS) volume rm --force $(TRY)
	cd build/image && $(IN_THE_IMAGE) loader land $$(printf '/inbox/%s ' delivery-*/*.csv)
	$(IN_THE_IMAGE) python -m pipeline build
	$(CONTAINERS) volume rm $(TRY)

.PHONY: sbom
sbom: $(CHECKS_READY)  ## the image's locked packages with their hashes, as CycloneDX: build/sbom.json
	mkdir -p build
	$(CHECKS)/bin/cyclonedx-py requirements --output-reproducible --output-format JSON \
	    --outfile build/sbom.json requirements-image.lock

.PHONY: audit-locks
audit-locks: $(CHECKS_READY)  ## known weaknesses of the locked versions; asks a service in the network
	@failed=0; for lock in requirements*.lock; do \
	    echo "$$lock"; \
	    $(CHECKS)/bin/pip-audit --progress-spinner off --disable-pip --require-hashes --requirement "$$lock" || failed=1; \
	done; exit $$failed

.PHONY: clean
clean:  ## remove what was built here; lake, profiles.yml and .venv stay
	rm -rf build target logs dbt_packages .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . \( -path ./$(VENV) -o -path ./$(CHECKS) \) -prune -o -type d -name __pycache__ -exec rm -rf {} +

.PHONY: clean-lake
clean-lake:  ## remove every landed file and the warehouse from ./lake
	find lake -mindepth 1 ! -path lake/.gitkeep -delete

.PHONY: clean-all
clean-all: clean clean-lake  ## both, and .venv and .venv-checks
	rm -rf $(VENV) $(CHECKS)

$(VENV)/.ready: requirements.lock pyproject.toml
	@command -v '$(PYTHON)' > /dev/null || { echo '$(PYTHON) is not on the PATH; name a Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)' >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is $$('$(PYTHON)' --version 2>&1), and 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo 'Setting up $(VENV) from requirements.lock (a minute or so, once)'
	'$(PYTHON)' -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(CHECKS_READY): requirements-checks.lock
	@echo 'Setting up $(CHECKS) from requirements-checks.lock (half a minute, once)'
	'$(PYTHON)' -m venv $(CHECKS)
	$(CHECKS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement $<
	touch $@

$(ACTIONLINT):
	GOBIN='$(@D)' go install github.com/rhysd/actionlint/cmd/actionlint@v$(ACTIONLINT_VERSION)

# Order-only: a profile that somebody has edited is never overwritten.
profiles.yml: | profiles.yml.example
	cp profiles.yml.example profiles.yml

build/uv/bin/uv:
	'$(PYTHON)' -m venv build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
