# `make demo` and `make test` need python3.11 (or later), git and make; they fetch the rest.

.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# uv takes this environment, whatever else is active in the shell.
UV := env -u VIRTUAL_ENV UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv
# Tried with uv's own certificates, then with the system's: a proxy may have signed with one of those.
SYNC = $(UV) sync --quiet --frozen --all-extras --all-groups --no-group fuzz $(UNBUILT)
# mysqlclient is compiled here, or left out.
UNBUILT = $(shell pkg-config --exists libmariadb 2>/dev/null && command -v cc >/dev/null || echo --no-group compiled)
JOBS ?= auto

.PHONY: help setup servers test test-all check lint types imports format demo bench fuzz wheel clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(READY) ## create .venv with everything in it

# Newer than what it was made from, or made again.
$(READY): pyproject.toml uv.lock $(BIN)/uv
	@$(SYNC) 2>/dev/null || $(SYNC) --system-certs
	@touch $@

$(BIN)/uv:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "tocsin needs Python 3.11 or later: neither python3.11 nor python3 is one." >&2; exit 1; }
	@echo "creating $(VENV) with $$($(PYTHON) --version)"
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
		$(PYTHON) -m venv --clear $(VENV) && $(BIN)/python -m pip install --quiet uv; \
	elif $(PYTHON) -c 'import pip, venv' 2>/dev/null; then \
		$(PYTHON) -m venv --clear --without-pip $(VENV) && \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet uv; \
	else \
		echo "$(PYTHON) has neither ensurepip nor pip: install python3-venv (Debian, Ubuntu) or pip." >&2; \
		exit 1; \
	fi

servers: ## MariaDB and Redis for the tests, where they can be installed
	@.ci/servers

test: servers check ## lint, types, imports, and the tests that are not slow
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow"

test-all: servers check ## the slow tests too
	$(BIN)/python -m pytest -n $(JOBS)

check: lint types imports

lint: setup ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

types: setup ## mypy --strict
	$(BIN)/mypy

imports: setup ## the rooms know only the rooms below them
	$(BIN)/lint-imports --verbose >/dev/null || $(BIN)/lint-imports

format: setup ## format, and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

demo: setup ## prove six races in two shops, on a PostgreSQL of its own, and replay them
	$(BIN)/python examples/demo.py

bench: setup ## every pair of the examples judged, rates and ratios
	$(BIN)/python -m benchmarks

fuzz: setup ## feed the guards with bytes, SECONDS (60) for each harness
	@$(UV) sync --quiet --frozen --inexact --group fuzz || $(UV) sync --quiet --frozen --inexact --group fuzz --system-certs
	$(BIN)/python -m fuzz $(or $(SECONDS),60)

wheel: setup ## dist/tocsin-….whl
	@$(UV) build --wheel || $(UV) build --wheel --system-certs

clean: ## forget everything that was made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .tocsin .fuzz
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
