# make demo: see a whole production cutover. make quick: after an edit. make test: before a commit.

.PHONY: release debug demo quick test test-long figures campaign mutate bench format lint clean
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

# An incremental build, the unit tests, every script: about three minutes.
quick:
	scripts/install-tools test
	scripts/quick

# Everything, with samples of what takes long: about twelve minutes from a fresh clone.
test:
	scripts/install-tools test
	scripts/test

# The sanitizers, the fuzzers, and the samples whole: about an hour.
test-long: test
	scripts/test-long

# What takes hours: the full figures of the documents.
figures: test
	scripts/figures

# Kills and breaks every command at every call, and replays lost power: an hour or so.
campaign: release debug
	scripts/install-tools test
	PATH="$(CURDIR)/.build/python/bin:$$PATH" scripts/campaign
	PATH="$(CURDIR)/.build/python/bin:$$PATH" scripts/power-loss

# Which changes of one token no test sees: half an hour or so for 300 of them.
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
