# Everyday targets. Each checks its tools first and prints one install line for all that is missing.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
STAMPS := .stamps
CHECK_TOOLS := $(PYTHON) tools/check_tools.py
STEP := $(PYTHON) tools/step.py
NPM := npm --prefix apps
COMETBFT_VERSION := v0.40.0
COMETBFT := .tools/bin/cometbft-$(COMETBFT_VERSION)
NATIVE := native/Cargo.toml native/Cargo.lock $(wildcard native/src/*.rs)

.DEFAULT_GOAL := help
.PHONY: help setup demo apps cometbft test test-network check lint soak soak-port bench regenerate verifier lock clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMPS)/run: requirements/run.txt
	@$(CHECK_TOOLS)
	@mkdir -p $(STAMPS)
	@$(STEP) "create $(VENV)" -- $(PYTHON) -m venv $(VENV)
	@$(STEP) "install what Payport runs on" -- $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	@touch $@

$(STAMPS)/build: $(STAMPS)/run pyproject.toml $(NATIVE)
	@$(STEP) "build the native crate and install payport" -- $(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(STAMPS)/dev: $(STAMPS)/build requirements/dev.txt
	@$(STEP) "install what developers need" -- $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(STAMPS)/build ## Make .venv/bin/payport

demo: setup ## Start a whole network and make the first payments (ARGS="--once" to stop after them)
	@$(BIN)/payport demo $(ARGS)

$(STAMPS)/apps: apps/package.json apps/package-lock.json $(wildcard apps/packages/*/package.json)
	@$(CHECK_TOOLS) --apps
	@mkdir -p $(STAMPS)
	@$(STEP) "install what the apps are made with" -- $(NPM) ci --silent
	@touch $@

apps: $(STAMPS)/apps ## Build and check the TypeScript workspace
	@$(STEP) "build the apps" -- $(NPM) run --silent build
	@$(STEP) "lint the apps" -- $(NPM) run --silent lint

cometbft: $(COMETBFT) ## Build CometBFT, the engine of a consortium; the embedded engine needs none

$(COMETBFT):
	@$(CHECK_TOOLS) --cometbft
	@$(STEP) "build CometBFT $(COMETBFT_VERSION)" -- env GOBIN=$(CURDIR)/.tools/bin CGO_ENABLED=0 \
	  go install github.com/cometbft/cometbft/cmd/cometbft@$(COMETBFT_VERSION)
	@mv .tools/bin/cometbft $@
	@ln -sf $(notdir $@) .tools/bin/cometbft

lint: $(STAMPS)/dev ## Style, types, layers
	@$(STEP) "ruff" -- $(BIN)/ruff check
	@$(STEP) "ruff format" -- $(BIN)/ruff format --check
	@$(STEP) "mypy" -- $(BIN)/mypy src/payport
	@$(STEP) "layers" -- $(BIN)/lint-imports
	@$(STEP) "cargo fmt" --needs "cargo fmt --version" -- cargo fmt --manifest-path native/Cargo.toml --check
	@$(STEP) "clippy" --needs "cargo clippy --version" -- cargo clippy -q --manifest-path native/Cargo.toml --all-targets -- -D warnings

check: lint ## Daily work: lint and the quick tests
	@$(BIN)/pytest -q -n 2 -m "not slow"

test: lint ## Everything
	@$(STEP) "apps" --needs "npm --version" -- $(MAKE) --no-print-directory apps
	@$(STEP) "test the apps" --needs "npm --version" -- $(NPM) test --silent
	@$(STEP) "test the apps in Chromium" --needs "chromium --version" -- $(NPM) run --silent test:browser
	@$(STEP) "CometBFT" --needs "go version" -- $(MAKE) --no-print-directory cometbft
	@$(BIN)/pytest -n 2 --durations=15

test-network: $(STAMPS)/dev cometbft ## A consortium under faults, for longer than the tests have (SECONDS=300 SEED=1)
	@PAYPORT_FAULT_SECONDS=$(or $(SECONDS),300) PAYPORT_FAULT_SEED=$(or $(SEED),1) $(BIN)/pytest -s tests/network \
	  tests/consensus/cometbft tests/gateway/test_fuzz.py

soak: setup ## Simulate many seeds (SEEDS=1000 PAYMENTS=2000 FIRST=1)
	@$(BIN)/payport simulate --seed $(or $(FIRST),1) --seeds $(or $(SEEDS),1000) --payments $(or $(PAYMENTS),2000) --jobs $$(nproc)

soak-port: $(STAMPS)/dev ## Malformed traffic against a port of its own (SECONDS=300 SEED=1)
	@$(BIN)/python -m tests.gateway.soak --seconds $(or $(SECONDS),300) --seed $(or $(SEED),1)

bench: setup ## Figures of the ledger beside the ceiling of this machine
	@$(BIN)/payport bench ledger $(ARGS)

regenerate: $(STAMPS)/dev ## Write what is generated from the code: reference pages, vectors, golden lists
	@$(BIN)/python tools/regenerate.py

verifier: setup ## Make dist/payport-verify.pyz, the stand-alone receipt verifier
	@$(BIN)/python tools/bundle_verifier.py

lock: $(STAMPS)/dev ## Renew the lock files
	@$(BIN)/uv pip compile -q pyproject.toml requirements/build.in --all-extras --universal --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --python-version 3.11 -o requirements/run.txt
	@$(BIN)/uv pip compile -q requirements/dev.in requirements/run.txt -c requirements/run.txt --universal --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --python-version 3.11 -o requirements/dev.txt

clean: ## Remove what was built
	@rm -rf $(STAMPS) $(VENV) native/target dist src/payport/_native*.so apps/node_modules apps/packages/*/{dist,.build}
