# Every command of the project. All of them work in .venv, which is built from the hash-locked lists in
# requirements/ the first time and again whenever those lists change.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

VENV := .venv
SNMPSIM := .venv-snmpsim
BIN := $(VENV)/bin
PIP := -m pip --disable-pip-version-check --quiet
PYTEST := $(BIN)/python -m pytest

# The first Python that is new enough; `make PYTHON=…` overrides it.
ifndef PYTHON
PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif
# The SNMP simulator gives up root and must still be able to read its Python: take the system's.
SYSTEM_PYTHON := $(firstword $(wildcard /usr/bin/python3) $(PYTHON))

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/.installed ## test this desk, show the result, then stay as the daemon
	$(BIN)/deskready run --first

.PHONY: check
check: lint unit ## style, types and the unit suite: before every commit

.PHONY: lint
lint: $(VENV)/.dev ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: unit
unit: $(VENV)/.dev ## the tests that are quick
	$(PYTEST) -m "not slow"

.PHONY: test
test: $(VENV)/.dev $(SNMPSIM)/.installed tools ticket-servers ## every suite, with the tools they need installed if that is allowed
	DESKREADY_SNMPSIM=$(abspath $(SNMPSIM)) $(PYTEST)

.PHONY: test-slow
test-slow: $(VENV)/.dev $(SNMPSIM)/.installed tools ticket-servers ## the suites of minutes: kill loops, power cuts, soaks
	DESKREADY_SNMPSIM=$(abspath $(SNMPSIM)) $(PYTEST) -m slow

.PHONY: test-tickets
test-tickets: $(VENV)/.dev ticket-servers ## tickets on a real Redmine and Request Tracker (DESKREADY_TICKET_KILLS=1000: all of them)
	$(PYTEST) tests/tickets tests/agent/tickets

.PHONY: ticket-servers
ticket-servers: $(VENV)/.dev
	@$(BIN)/python tests/tickets/servers.py

.PHONY: bench
bench: $(VENV)/.dev $(SNMPSIM)/.installed tools ## measure beside node_exporter and plug-ins (12 min), write docs/bench.md; BENCH=--quick
	DESKREADY_SNMPSIM=$(abspath $(SNMPSIM)) $(BIN)/python bench/run.py $(BENCH)

.PHONY: tools
tools:
	@bash tests/tools.sh

.PHONY: lock
lock: $(VENV)/.dev ## make requirements/*.txt again from pyproject.toml (UPGRADE=1: newest versions)
	$(call lock,run,pyproject.toml --group build)
	$(call lock,dev,pyproject.toml --group dev --constraint requirements/run.txt)
	$(call lock,bench,--group pyproject.toml:bench)
	$(call lock,snmpsim,--group pyproject.toml:snmpsim)

define lock
$(BIN)/uv pip compile --quiet $(2) --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-header --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) -o requirements/$(1).txt
endef

.PHONY: locale
locale: $(VENV)/.dev ## collect the strings to translate, and compile the translations
	$(BIN)/python packaging/translations.py

.PHONY: gallery
gallery: $(VENV)/.dev ## the fault card of every fault, in build/gallery
	PYTHONPATH=.:tests $(BIN)/python tests/gallery.py build/gallery

.PHONY: pictures
pictures: $(VENV)/.dev $(SNMPSIM)/.installed tools ticket-servers ## take the pictures of README and docs again; ONLY=tray: only those
	DESKREADY_SNMPSIM=$(abspath $(SNMPSIM)) $(BIN)/python packaging/pictures.py $(ONLY)

.PHONY: versions
versions: $(VENV)/.dev ## what is installed
	@$(BIN)/python --version
	@$(BIN)/python -m pip --disable-pip-version-check list --format=freeze --exclude-editable

.PHONY: clean
clean: ## remove what these commands made
	rm -rf $(VENV) $(SNMPSIM) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Environments. A stamp is newer than the lists it was made from. Every package is checked against its hash.
$(VENV)/bin/python:
	@bash packaging/make-venv.sh "$(PYTHON)" $(VENV)

$(VENV)/.run: requirements/run.txt | $(VENV)/bin/python
	$(BIN)/python $(PIP) install --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.run
	$(BIN)/python $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.installed
	$(BIN)/python $(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(SNMPSIM)/bin/python:
	@bash packaging/make-venv.sh "$(SYSTEM_PYTHON)" $(SNMPSIM)

$(SNMPSIM)/.installed: requirements/snmpsim.txt | $(SNMPSIM)/bin/python
	$(SNMPSIM)/bin/python $(PIP) install --require-hashes -r requirements/snmpsim.txt
	@touch $@
