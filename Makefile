# The commands a person runs. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo install test check advisories rust-test web-test e2e phone bench soak setup

# Pages that have their own tests; scripts/setup installs and builds each of web/*.
WEB := $(patsubst %/package.json,%,$(wildcard web/*/package.json))
PYTHON := .venv/bin/python
# scripts/setup puts Node here where the system's is missing or too old.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: ## start everything from nothing, place one call with real media, then keep serving the phone page
	@scripts/setup demo
	@[ -x target/debug/callport ] || echo "demo: building callport; the first build takes about five minutes, later ones seconds"
	cargo run --bin callport -- demo $(ARGS)

install: ## put `callport`, with the phone page in it, into ~/.cargo/bin (ARGS are cargo install's)
	@scripts/setup demo
	@echo "install: building callport, optimised; the first time about ten minutes"
	cargo install --path crates/cli --locked $(ARGS)
	@command -v callport >/dev/null || echo "install: add $${CARGO_HOME:-$$HOME/.cargo}/bin to your PATH, then: callport --help"

test: setup check rust-test web-test e2e ## everything that CI runs

setup: ## what `make test` needs on this machine
	@scripts/setup test

check: setup ## format, lints, documentation, dependency policy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	cargo deny --log-level error check bans licenses sources
	@scripts/advisories

advisories: ## known faults of dependencies, where the database can be reached
	@scripts/advisories

rust-test: setup ## rules, machines, adapters and the binary
	cargo nextest run --workspace
	cargo test --workspace --doc --quiet

web-test: setup ## the pages' own tests, and the types of the TypeScript examples
	npm --prefix examples/typescript run --silent check
	for page in $(WEB); do npm --prefix $$page run --silent check && npm --prefix $$page test --silent || exit 1; done

e2e: setup ## the binary with a browser and with a foreign WebRTC stack
	cargo build --bin callport
	$(PYTHON) -m pytest -q tests

phone: ## build the phone page into web/phone/dist
	@scripts/setup demo

bench: ## speed on this machine, as JSON (optimised build; SECONDS_EACH=30)
	@scripts/setup demo
	cargo build --release --bin callport
	target/release/callport bench relay --pin --seconds $(or $(SECONDS_EACH),30)
	target/release/callport bench setup --seconds $(or $(SECONDS_EACH),30)

soak: setup ## for hours what `make test` does briefly: random orders, simulated days, kills, calls without end, fuzzing (MINUTES=10 each)
	PROPTEST_CASES=$(or $(CASES),50000) cargo nextest run --workspace -E 'binary(any_order) | test(any_order) | test(noise) | test(round_trip)'
	cargo run --release -p callport-sim -- --seconds $$(( $(or $(MINUTES),10) * 60 )) --from $$(date +%s)
	cargo build --bin callport
	KILL_ROUNDS=$(or $(KILLS),300) $(PYTHON) -m pytest -q tests/test_kill.py
	CALLPORT_DOCUMENT_EXAMPLES=$(or $(EXAMPLES),300) CALLPORT_DOCUMENT_SEED=$$(date +%s) $(PYTHON) -m pytest -q tests/test_documents.py
	$(PYTHON) tests/soak.py --minutes $(or $(MINUTES),10)
	cargo fuzz --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-fuzz
	for target in $$(RUSTC_BOOTSTRAP=1 cargo fuzz list); do \
		RUSTC_BOOTSTRAP=1 cargo fuzz run $$target -- -max_total_time=$$(( $(or $(MINUTES),10) * 60 )) || exit 1; done
