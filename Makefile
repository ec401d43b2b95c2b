# `make run` tries Watchpost, `make test` proves it. Both install what they need and say so.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/watchpost
CARGO_DENY := $(CACHE)/tools/bin/cargo-deny
export PREFIX ?= /usr/local
# The program that `make install` installs.
export BINARY ?= $(TARGET_DIR)/release/watchpost

.PHONY: help
help: ## lists these targets
	@echo 'make …'
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

.PHONY: setup
setup: ## installs the system packages that the program is built with
	@scripts/require-cargo
	@scripts/packages build

.PHONY: build
build: setup ## builds target/release/watchpost
	@cargo build --release --locked

.PHONY: run
run: build ## builds and starts it here; settings: watchpost.toml, if there is one
	@exec $(TARGET_DIR)/release/watchpost run $(if $(wildcard watchpost.toml),--config watchpost.toml)

.PHONY: setup-test
setup-test: setup ## installs what the checks and tests need on top
	@scripts/packages test
	@scripts/tools

.PHONY: test
test: setup-test ## runs every test; the last line counts them
	@scripts/test

.PHONY: firmware
firmware: setup-test ## builds what runs on the boards: .hex files in target/firmware
	@$(MAKE) --no-print-directory -C firmware BUILD=$(abspath $(TARGET_DIR))/firmware

.PHONY: fuzz
fuzz: setup-test ## millions of broken lines and messages for what boards and brokers say; `make test` tries some
	cargo test --package watchpost-device --test fuzz_serial --test fuzz_mqtt --release --locked -- --ignored --nocapture

.PHONY: test-vm
test-vm: setup-test ## records a webcam of a real kernel, in a virtual machine; minutes
	@scripts/packages vm
	@tests/vm/run

.PHONY: check
check: setup-test ## format, lints, documentation, layers, licences, links, pages
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --locked --quiet
	cargo test --workspace --test layers --test ui_dist --locked --quiet
	$(CARGO_DENY) --locked --log-level error check licenses bans sources
	scripts/links
	npm --prefix ui --silent run check
	scripts/pages-fresh
	@echo 'make check: all good'

.PHONY: ui
ui: ## builds ui/dist from ui/src (needs Node 18); commit both
	@scripts/tools
	node ui/build.mjs

.PHONY: bench
bench: build setup-test ## measures against motion and ffmpeg, all in one run
	@bench/run

.PHONY: soak
soak: build setup-test ## a day of pictures in a quarter of an hour: memory must stay flat
	@bench/soak

.PHONY: scenes
scenes: setup-test ## looks for motion in ten hours of drawn scenes; `make test` does two
	cargo test --package watchpost-vision --test scenes --locked -- --ignored --nocapture in_ten_hours

.PHONY: power-cuts
power-cuts: setup-test ## kills the recorder a hundred times; `make test` does it eight times
	WATCHPOST_KILLS=100 cargo test --package watchpost --test stories --locked -- kill_9

.PHONY: install
install: ## installs the program as a service: DESTDIR, PREFIX=/usr/local
	@packaging/install

.PHONY: uninstall
uninstall: ## takes the service away again; settings and recordings stay
	@packaging/uninstall

.PHONY: clean
clean: ## removes what was built
	cargo clean
	rm -rf ui/node_modules
