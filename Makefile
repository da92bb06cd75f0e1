# `make help` lists what there is. Installs missing Debian packages itself when it may (.ci/packages).

SHELL := /bin/bash
JOBS ?= $(shell nproc)
export CMAKE_CXX_COMPILER_LAUNCHER := ccache
# ccache shares work between checkouts, and between the fresh clones of CI.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

.DEFAULT_GOAL := help
.PHONY: help run demo build test test-unit test-long asan tsan fuzz coverage lint format bench clean
.PHONY: release-build dev-build asan-build tsan-build fuzz-build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  make demo QUEUE=remote   the same with a second bridge as the remote queue"

run: release-build ## build, start bridge and practice desk, three sample requests, for a person; Ctrl-C stops
	@build/release/countersign demo --stay $(if $(filter remote,$(QUEUE)),--remote)

demo: release-build ## the same, scripted: 20 requests, half approved, half denied; exit 0 only if all are right
	@build/release/countersign demo $(if $(filter remote,$(QUEUE)),--remote)

build: release-build ## the program: build/release/countersign

release-build:
	@.ci/packages build
	@.ci/swagger-ui
	@cmake --preset release --log-level=WARNING >/dev/null
	@cmake --build build/release --target countersign -j $(JOBS) -- --quiet

dev-build:
	@.ci/packages build
	@cmake --preset dev --log-level=WARNING >/dev/null
	@cmake --build build/dev --target unit_tests -j $(JOBS) -- --quiet

test: release-build dev-build ## unit tests, shipped files, the demo, a real Request Tracker 5, crash tests
	@.ci/packages test
	@cmake --build build/release --target acceptance_tests -j $(JOBS) -- --quiet
	@.ci/test quick

test-unit: dev-build ## unit tests only
	@.ci/test unit

test-long: release-build asan-build tsan-build fuzz-build ## long suites: crashes at every point and under load, sanitizers, fuzzing
	@.ci/packages test
	@cmake --build build/release --target acceptance_tests -j $(JOBS) -- --quiet
	@.ci/test long

asan-build tsan-build: %-build:
	@.ci/packages build
	@cmake --preset $* --log-level=WARNING >/dev/null
	@cmake --build build/$* --target unit_tests -j $(JOBS) -- --quiet

fuzz-build:
	@.ci/packages build long
	@cmake --preset fuzz --log-level=WARNING >/dev/null
	@cmake --build build/fuzz --target http_parser_fuzz api_fuzz -j $(JOBS) -- --quiet

asan: asan-build ## unit tests under the address and undefined-behaviour sanitizers
	@.ci/test asan

tsan: tsan-build ## unit tests under the thread sanitizer
	@.ci/test tsan

fuzz: fuzz-build ## a minute of arbitrary bytes for the HTTP parser, and one for the whole API
	@.ci/test fuzz

coverage: ## which lines the unit tests reach: build/coverage/index.html
	@.ci/packages build coverage
	@cmake --preset coverage --log-level=WARNING >/dev/null
	@cmake --build build/coverage --target unit_tests -j $(JOBS) -- --quiet
	@find build/coverage -name '*.gcda' -delete
	@.ci/test coverage
	@gcovr --root . --exclude build --exclude tests --exclude-throw-branches --html-details build/coverage/index.html --print-summary -j $(JOBS) build/coverage

lint: ## format, layers, clang build, clang-tidy, scripts, compose file, shipped files
	@.ci/packages build lint
	@.ci/lint

format: ## puts the sources into the project's format
	@.ci/packages lint
	@git ls-files '*.h' '*.cpp' | xargs clang-format -i

bench: release-build ## round trips beside a reference program, pages read beside nginx
	@.ci/packages bench
	@cmake --build build/release --target bench -j $(JOBS) -- --quiet
	@build/release/tests/bench

clean: ## removes build/ and var/
	@rm -rf build var
