# Purser. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

SOURCES := Package.swift Sources Tests $(wildcard examples Benchmarks)
DEBIAN_PACKAGES := libsqlite3-dev libssl-dev pkg-config python3

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: deps
deps: ## Install the Debian packages that the build needs, if they are missing
	@command -v swift >/dev/null || { echo "make: no 'swift' found: install a Swift 6.2 or newer toolchain (https://www.swift.org/install/linux/)" >&2; exit 1; }
	@missing=""; for package in $(DEBIAN_PACKAGES); do \
	  dpkg-query -W -f '$${Status}' "$$package" 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; done; \
	if [ -n "$$missing" ]; then \
	  echo "Installing Debian packages:$$missing"; \
	  sudo=""; if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
	  $$sudo apt-get update -q && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	fi

.PHONY: build
build: deps ## Build everything, debug
	swift build --build-tests

.PHONY: demo
demo: deps ## Build and run the main job end to end, with a simulated wallet
	swift build
	.build/debug/demo

.PHONY: test
test: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 16
test: deps ## Run every test, not all of them at once
	swift test

.PHONY: reference
reference: deps ## Write the API's reference page and examples anew, from a run of the daemon
	PURSER_WRITE_REFERENCE=1 swift test --filter ReferenceTests

SEEDS ?= 250
STEPS ?= 4000

.PHONY: sim
sim: deps ## Run the ledger's simulator in release: SEEDS=250 STEPS=4000, FIRST=N for the first seed
	swift build -c release --product simulate
	.build/release/simulate $(SEEDS) $(STEPS) $(FIRST)

.PHONY: integration
integration: build ## Run against LNbits, pylsat and other people's libraries (installs them)
	Tests/Integration/run.sh

# Parts to measure, separated by commas (ledger, peers, macaroons, memory, flood, growth): their report is
# only printed. All of them, into BENCHMARKS.md, when empty.
ONLY ?=
BENCH := Benchmarks/.build/release/purser-bench --programs .build/release --peers Benchmarks/peers \
  --builds Benchmarks/.build/peers

.PHONY: bench
bench: deps ## Measure beside Redis, PostgreSQL and other macaroon libraries, into BENCHMARKS.md
	swift build -c release --product purser
	swift build -c release --product purserd
	swift build -c release --package-path Benchmarks --scratch-path Benchmarks/.build
	$(BENCH) $(if $(ONLY),--only "$(ONLY)",--output BENCHMARKS.md)

.PHONY: bench-fetch
bench-fetch: deps ## Measure `purser fetch` beside l402-requests, over an LNbits of its own
	swift build -c release --product purser
	swift build -c release --product purserd
	swift build -c release --product paywall
	Tests/Integration/fetch/bench.sh

.PHONY: lint
lint: ## Check the format and the documentation rules
	swift format lint --strict --parallel --recursive $(SOURCES)

.PHONY: format
format: ## Format the sources in place
	swift format --in-place --parallel --recursive $(SOURCES)

PREFIX ?= /usr/local

.PHONY: install
install: deps ## Build for release and install purser and purserd below PREFIX
	swift build -c release --static-swift-stdlib --product purser
	swift build -c release --static-swift-stdlib --product purserd
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install .build/release/purser .build/release/purserd "$(DESTDIR)$(PREFIX)/bin/"

.PHONY: clean
clean: ## Remove what was built
	rm -rf .build Benchmarks/.build
