# The front door. Two commands do everything on a fresh Debian 12 machine: make demo, make test.
SHELL := /bin/bash
BUILD ?= build
JOBS ?= $(shell nproc)
TOOL_SOURCES = $(shell git ls-files '*.cpp' '*.hpp')

.PHONY: all deps configure build demo test test-faults test-peers bench fuzz format lint tidy docs new-tool dist clean

all: build

deps: ## install what is missing
	@.ci/deps

$(BUILD)/build.ninja: | deps
	@cmake -S . -B $(BUILD) -G Ninja >/dev/null

build: deps $(BUILD)/build.ninja ## compile; the executables are in build/bin
	@cmake --build $(BUILD) -j $(JOBS) --target all_tools

demo: build ## a whole deployment on a private server; FAIL=migration shows one that breaks
	@FAIL=$(FAIL) tests/support/demo.sh

test: deps $(BUILD)/build.ninja ## build and run all tests, faults in their short form
	@cmake --build $(BUILD) -j $(JOBS) && tests/support/run_tests.sh $(BUILD) -LE 'full|bench'

test-faults: deps $(BUILD)/build.ninja ## the full fault counts
	@cmake --build $(BUILD) -j $(JOBS) && SLIPWAY_FAULTS=full tests/support/run_tests.sh $(BUILD) -L faults

test-peers: build ## interoperation with the real other programs
	@.ci/deps peers && tests/peers/run.sh

bench: build ## benchmarks; BENCH=name picks one
	@tests/bench/run.sh $(BENCH)

fuzz: deps ## parsers of foreign input under libFuzzer, FUZZ_SECONDS each
	@tests/fuzz/run.sh

format: ## clang-format in place
	@clang-format -i $(TOOL_SOURCES)

lint: build ## format, rooms, shell, documents, links
	@tests/lint/run.sh $(BUILD)

tidy: deps ## clang-tidy over all rooms and tools (ten minutes on two cores; then only what changed)
	@tests/lint/clang_tidy.sh $(BUILD) $(shell git ls-files 'common/*.cpp' 'tools/*.cpp')

docs: build ## option tables, man pages, actions, completion from the option declarations
	@node docs/generate.mjs $(BUILD)/bin

new-tool: ## make new-tool NAME=vacuum-report
	@tests/support/new_tool.sh "$(NAME)"

dist: build ## the release, one static executable, and a trial of it
	@.ci/release/dist $(BUILD) && tests/dist/run.sh $(BUILD)

clean:
	@rm -rf $(BUILD) slipway-out
