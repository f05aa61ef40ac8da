# The two commands of a newcomer: `make cluster` and `make test`. `make help` lists the others.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# A module may import only what Package.swift names for its target. Colours are switched off, because SwiftPM asks the
# compiler for them when its output is a terminal: the same build in a pipe would then have other arguments, and compile
# every file again.
SWIFT_FLAGS ?= --explicit-target-dependency-import-check error --no-color-diagnostics
# The toolchain's own linker. The other one warns of a function in Swift's static Foundation that nothing here calls.
LINKER_FLAGS ?= -Xswiftc -use-ld=lld
# A release leaves out the run-time checks of exclusive access, a few per cent of a node's work. Debug builds have them,
# and with these every test runs.
RELEASE_FLAGS ?= -Xswiftc -enforce-exclusivity=unchecked
IMAGE ?= skiff:latest

# Swift files that are formatted; folders that do not exist yet are left out.
SWIFT_SOURCES = Package.swift $(wildcard Sources Tests Benchmarks)

# A build needs these next to the Swift toolchain. Debian and Ubuntu: installed if missing. Elsewhere: named.
PACKAGES = librocksdb-dev pkg-config

.PHONY: help cluster free-ports test build release allocations image format lint clean-data packages

help:
	@echo 'make cluster     build a release, run three nodes on ports 2221 to 2223, print curl lines; Ctrl-C stops'
	@echo 'make test        build everything, run all tests, print the failures and one total'
	@echo 'make release     build a release: .build/release/skiffd and .build/release/skiff'
	@echo 'make allocations count the allocations per request of a release; fail if there are more than before'
	@echo 'make image       build the container image $(IMAGE)'
	@echo 'make format      format the Swift files'
	@echo 'make lint        check the format, change nothing'
	@echo 'make clean-data  delete the data of make cluster'

# First the ports: whoever has another cluster running should not wait for a build to hear of it.
cluster: PACKAGES += curl
cluster: free-ports release
	@Docs/Deployment/local-cluster.sh .build/release/skiffd

free-ports:
	@Docs/Deployment/local-cluster.sh --check-ports

test: PACKAGES += curl
test: build
	@.ci/tests $(SWIFT_FLAGS)

build: packages
	swift build --build-tests $(SWIFT_FLAGS)

release: packages
	swift build --configuration release --static-swift-stdlib $(SWIFT_FLAGS) $(LINKER_FLAGS) $(RELEASE_FLAGS)

# Against the thresholds in Benchmarks/Allocations.
allocations: PACKAGES += python3 gcc
allocations: release
	Benchmarks/Allocations/check --skiffd .build/release/skiffd

image:
	docker build --tag $(IMAGE) .

format:
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

lint:
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)

clean-data:
	rm -rf .cluster

# Runs apt-get only for what is missing, with sudo unless root. A probe by use and not by package name lets a RocksDB
# that was built from source pass as well.
packages:
	@missing=(); \
	for package in $(PACKAGES); do \
	  case $$package in \
	    librocksdb-dev) { command -v pkg-config && pkg-config --exists rocksdb; } >/dev/null 2>&1 \
	      || [ -e /usr/include/rocksdb/c.h ] || missing+=($$package) ;; \
	    *) command -v $$package >/dev/null || missing+=($$package) ;; \
	  esac; \
	done; \
	[ $${#missing[@]} -gt 0 ] || exit 0; \
	if ! command -v apt-get >/dev/null; then \
	  echo "please install: $${missing[*]} (names of the Debian packages)" >&2; exit 1; \
	fi; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	echo "installing $${missing[*]}"; \
	$$sudo apt-get update -qq; \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${missing[@]}"
