# Doorstep. Everything a bare machine lacks besides Python ≥ 3.11 and make comes from PyPI and npm.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
DATA_DIR ?= var
export DATA_DIR
SIZE ?= small

.PHONY: run setup build migrate test check bench seed soak e2e messages docs clean

run: build ## Set up, build, migrate, seed a demo office on first start, serve
	@exec $(BIN)/doorstep serve --demo

setup: .venv/ready node_modules/ready

.venv/ready: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing Python packages"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/ready: package.json package-lock.json .venv/ready
	@echo "installing npm packages"
	@npm ci --silent
	@touch $@

build: setup ## Build the phone's half, if a source changed
	@$(BIN)/python -m portal.frontend

migrate: setup
	@$(BIN)/doorstep migrate

seed: build migrate ## SIZE=small|large
	@$(BIN)/doorstep seed --size $(SIZE)

test: build ## The whole suite: unit, property, both databases, Chromium
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

e2e: build ## Only the tests in a real browser
	$(BIN)/python -m pytest -q tests/e2e

check: build ## Format, lint, types, import rules, template parity, words
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	node_modules/.bin/prettier --check --log-level warn "portal/static/js/**/*.js" "portal/static/css/**/*.css" "tests/**/*.js"
	node_modules/.bin/tsc --project jsconfig.json
	$(BIN)/python -m portal.translations
	$(BIN)/python -m portal.phone.parity
	$(BIN)/python -m portal.schemas --check docs/records.md

bench: build ## Speed and size, with the machine they were measured on
	$(BIN)/python -m tests.bench

soak: build ## Random histories for HOURS (default 1)
	$(BIN)/python -m tests.soak

docs: build ## Write the generated documents anew
	$(BIN)/python -m portal.schemas --markdown docs/records.md

clean:
	rm -rf portal/static/dist portal/static/js/generated
