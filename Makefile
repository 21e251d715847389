# make demo: see a whole production cutover. make test: run everything.

.PHONY: release debug demo test test-long campaign mutate bench format lint clean
SHELL := /bin/bash
export SWIFT_BACKTRACE := enable=no

release:
	scripts/install-tools build
	scripts/build-release

debug:
	scripts/install-tools build
	swift build --product moltseal

demo: release
	scripts/install-tools demo
	scripts/demo

test:
	scripts/install-tools test
	scripts/test

# What takes hours: the full figures of the documents.
test-long: test
	scripts/test-long

# Kills and breaks every command at every call, and replays lost power: an hour or so.
campaign: release debug
	scripts/install-tools test
	PATH="$(CURDIR)/.build/python/bin:$$PATH" scripts/campaign
	PATH="$(CURDIR)/.build/python/bin:$$PATH" scripts/power-loss

# Which changes of one token no test sees: two hours or so for 300 of them.
mutate:
	scripts/install-tools test
	PATH="$(CURDIR)/.build/python/bin:$$PATH" scripts/mutate

bench: release
	scripts/install-tools test
	Benchmarks/run

format:
	swift format -i -r -p Package.swift Sources Tests Benchmarks Fuzz

lint:
	swift format lint --strict -r -p Package.swift Sources Tests Benchmarks Fuzz

clean:
	rm -rf .build .build-*
