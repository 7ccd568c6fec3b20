# Everything a developer runs. `make help` prints the targets from the comments behind them.

GO       ?= go
PORT     ?= 6379
FUZZTIME ?= 60s
CHAOSTIME ?= 1m
SIMTIME ?= 1m
CRASHES ?= 200
PKGS     ?= ./...
PROFILED := commands,shapes,large,mixed,families,heavy
BINS     := $(notdir $(wildcard cmd/*))

.DEFAULT_GOAL := help
.PHONY: help build run test race invariants chaos crash sim sim-bites fuzz bench bench-cores bench-verdict bench-open profile lint clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the binaries, static ones, into bin/
	@mkdir -p bin
	@for b in $(BINS); do echo "bin/$$b"; CGO_ENABLED=0 $(GO) build -trimpath -o bin/$$b ./cmd/$$b || exit 1; done

run: build ## build and start the server on port 6379 (PORT=n for another one)
	./bin/sigrun-server --port $(PORT)

test: lint ## all tests, in all modes (PKGS=./some/package for fewer)
	$(GO) test $(PKGS)
ifeq ($(PKGS),./...)
	$(GO) test -tags sim ./internal/sim ./node/simulation
endif

race: ## all tests under the race detector
	$(GO) test -race -timeout 25m $(PKGS)

invariants: ## all tests with assertions on and freed memory overwritten
	$(GO) test -tags invariants $(PKGS)

chaos: ## clients of all kinds in chaos mode for CHAOSTIME (1m), GOFLAGS=-tags=invariants with assertions, TEST_SEED=n
	CHAOS_TIME=$(CHAOSTIME) $(GO) test ./node -run TestTurmoil -count=1 -timeout 0 -v

crash: ## kills servers under load, CRASHES=200 times for each policy of the append-only file (CRASH_POLICIES=always for one)
	CRASH_ROUNDS=$(CRASHES) $(GO) test ./cmd/sigrun-server -run TestKilled -count=1 -timeout 0 -v

sim: ## a node by fresh seeds for SIMTIME (1m), every interleaving repeatable; SIM_SEED=n repeats one
	SIM_TIME=$(SIMTIME) $(GO) test -tags sim -count=1 -timeout 0 -v ./internal/sim ./node/simulation -run '$(if $(SIM_SEED),TestSeeds,.)'

sim-bites: ## plants faults in a copy and counts the seeds until each is found (SIM_BITES=n at most, SIM_FAULT=name, SIM_SHRINK=1m writes traces)
	SIM_BITES=$(or $(SIM_BITES),20000) SIM_SHRINK=$(or $(SIM_SHRINK),no) $(GO) test -tags sim -count=1 -timeout 0 -v ./node/simulation -run TestBites

fuzz: ## every fuzz target for FUZZTIME (60s)
	@set -e; grep -rl --include='*_test.go' '^func Fuzz' . | sort | while read -r f; do \
	  for t in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$f); do \
	    echo "$$(dirname $$f) $$t"; $(GO) test $$(dirname $$f) -run '^$$' -fuzz "^$$t\$$" -fuzztime $(FUZZTIME) </dev/null; \
	  done; done

bench: build ## tables side by side with redis-server, then scaling and the cost of tokens without sockets
	./bin/sigrun-bench tables
	$(GO) test -run '^$$' -bench . -benchtime 1x ./bench/driver

bench-cores: ## what each core of a host with many brings, without sockets and over them, printed and drawn in bench-cores.html (PEER=command)
	@test -x bin/sigrun-bench || $(MAKE) build
	./bin/sigrun-bench cores --seed 42 --html bench-cores.html --json bench-cores.json $(if $(PEER),--peer '$(PEER)')

bench-verdict: ## what compare says of a server beside itself, and beside one that is slower by 5 % (VERDICTS=10 times, by slices of SLICE=300ms), on redis-server; needs cc
	VERDICTS=$(or $(VERDICTS),10) SLICE=$(SLICE) $(GO) test -tags verdicts -count=1 -timeout 0 -v -run TestVerdictsOfRealServers ./bench/study

bench-open: ## by how much the times of the open loop are wrong, against a server that delays what it says and one that stops for a second in every ten
	$(GO) test -tags verdicts -count=1 -timeout 0 -v -run 'TestErrorOf' ./bench/client

profile: build ## record anew what builds of the server are tuned by (cmd/sigrun-server/default.pgo)
	$(GO) build -tags profile -pgo=off -o bin/sigrun-profiled ./cmd/sigrun-server
	profiles=$$(mktemp -d) && ours='bin/sigrun-profiled --port {port} --save ""' && \
	CPU_PROFILES=$$profiles ./bin/sigrun-bench tables -seed 42 -rounds 1 -only $(PROFILED) -ours "$$ours" -peer "$$ours" && \
	$(GO) tool pprof -proto $$profiles/*.prof > cmd/sigrun-server/default.pgo; rm -rf $$profiles bin/sigrun-profiled

lint: ## gofmt and go vet
	@bad=$$(gofmt -l .); if [ -n "$$bad" ]; then echo "run gofmt -w on:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags sim ./internal/sim ./node/simulation

clean: ## remove what was built
	rm -rf bin
