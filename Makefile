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
# What builds and installs leave in the apps is no source of theirs.
APP_SOURCES := $(shell find apps \( -name node_modules -o -name dist -o -name .build -o -path '*/client/src/generated' \) \
  -prune -o -type f -not -name '*.tsbuildinfo' -print) docs/reference/openapi.json
NATIVE := native/Cargo.toml native/Cargo.lock $(wildcard native/src/*.rs)

.DEFAULT_GOAL := help
.PHONY: help setup demo wallet wheel apps cometbft test test-network check lint soak soak-port bench regenerate verifier screenshots lock clean

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

demo: setup ## Start a whole network and its wallet (LAN=1: for phones too; ARGS="--once": make the payments and stop)
	@{ $(CHECK_TOOLS) --apps && $(MAKE) --no-print-directory wallet; } || echo "-> the demo goes on without the wallet app" >&2
	@$(BIN)/payport demo $(if $(LAN),--lan) $(ARGS)

$(STAMPS)/apps: apps/package.json apps/package-lock.json $(wildcard apps/packages/*/package.json) apps/wallet/package.json
	@$(CHECK_TOOLS) --apps
	@mkdir -p $(STAMPS)
	@$(STEP) "install what the apps are made with" -- $(NPM) ci --silent
	@touch $@

apps: $(STAMPS)/apps ## Build and check the TypeScript workspace
	@$(STEP) "build the apps" -- $(NPM) run --silent build
	@$(STEP) "lint the apps" -- $(NPM) run --silent lint

$(STAMPS)/wallet: $(STAMPS)/apps $(APP_SOURCES) tools/compress_app.mjs
	@$(STEP) "build the wallet" -- $(NPM) run --silent build
	@$(STEP) "compress it" -- node tools/compress_app.mjs apps/wallet/dist
	@rm -rf src/payport/_apps && mkdir -p src/payport/_apps && cp -R apps/wallet/dist src/payport/_apps/wallet
	@touch $@

wallet: $(STAMPS)/wallet ## Build the wallet app, which the port serves

wheel: $(STAMPS)/dev $(STAMPS)/wallet ## Make dist/payport-*.whl with the wallet in it
	@$(STEP) "build the wheel" -- $(BIN)/maturin build --release -o dist

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
	@$(BIN)/pytest -n 3 --durations=25

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

screenshots: $(STAMPS)/dev $(STAMPS)/wallet ## Pictures of every page of the wallet (OUT=folder; ARGS=--tutorial for those of the tutorial)
	@$(STEP) "make pictures" --needs "chromium --version" -- $(BIN)/python -m tests.browser.screenshots $(ARGS) $(or $(OUT),screenshots)

lock: $(STAMPS)/dev ## Renew the lock files
	@$(BIN)/uv pip compile -q pyproject.toml requirements/build.in --all-extras --universal --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --python-version 3.11 -o requirements/run.txt
	@$(BIN)/uv pip compile -q requirements/dev.in requirements/run.txt -c requirements/run.txt --universal --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --python-version 3.11 -o requirements/dev.txt

clean: ## Remove what was built
	@rm -rf $(STAMPS) $(VENV) native/target dist src/payport/_native*.so src/payport/_apps apps/node_modules \
	  apps/packages/*/{dist,.build} apps/wallet/{dist,.build}
