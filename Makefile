# The front door. Every target sets up what it needs: npm packages (the right Node among them), the addon, the C programs.
# Nothing here measures or checks: harness/cli.ts does.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

# npm ci replaces node_modules/.bin/node, so it must not run on it.
BOOTSTRAP_PATH := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

CC ?= cc
PACKAGES := node_modules/.package-lock.json
ADDON := harness/native/build/Release/engine.node
CLI := node harness/cli.ts
MUTANTS := node harness/test/faulty/mutants.ts
ATTEMPTS := node harness/test/attempts/prove.ts
# Node need not compile the same files at each start.
export NODE_COMPILE_CACHE ?= $(CURDIR)/build/compile-cache
# An option of the command line for each variable that was given: $(call option,--flag,VARIABLE).
option = $(if $($(2)),$(1) '$(subst ','\'',$($(2)))')
# The same for a switch: VARIABLE=1.
switch = $(if $(filter-out 0,$($(2))),$(1))

# clang-format by version, because versions differ in what they print; without it CI fails and a learner is told.
C_SOURCES = $(shell git ls-files '*.c' '*.h' ':(exclude)exercises')
clang-format = if command -v clang-format-19 >/dev/null; then clang-format-19 $(1) $(C_SOURCES); \
  else echo 'clang-format-19 was not found: the layout of the C files was not checked' >&2; test -z "$$CI"; fi

## For everyone

.PHONY: help
help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^## / { printf "\n%s\n", substr($$0, 4) } /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: learn
learn: addon ## the loop of learners: the next exercise, checked at each save: TRACK=ts|c EX=half-close POLL=1
	@$(CLI) learn $(call option,--track,TRACK) $(call option,--exercise,EX) $(call switch,--poll,POLL)

.PHONY: tour
tour: addon ## see what learning looks like: a session of make learn, played on a terminal of its own
	@node harness/test/learn-tour.ts

.PHONY: bench
bench: servers addon peers clients ## compare TypeScript and C: A= B= ONLY= DUELS= DURATION= QUICK=1 PEERS=1 JSON=FILE BASE=FILE
	@$(CLI) bench $(call option,--a,A) $(call option,--b,B) $(call option,--only,ONLY) $(call option,--duels,DUELS) \
	  $(call option,--duration,DURATION) $(call option,--json,JSON) $(call option,--base,BASE) \
	  $(call switch,--quick,QUICK) $(call switch,--peers,PEERS)

.PHONY: test
test: everything ## run every test
	@vitest run $(ARGS)

.PHONY: check
check: $(if $(EX),,servers) addon ## check behaviour: S=framed TRACK=ts|c CMD='./my-server' EX=half-close SOLUTION=1 ID= LEVEL= TIER=full SEED= HOLD=1 JSON=1 TAP=1 JUNIT=FILE
	@$(CLI) check $(call option,--exercise,EX) $(call switch,--solution,SOLUTION) $(call option,--server,S) $(call option,--track,TRACK) $(call option,--cmd,CMD) $(call option,--id,ID) \
	  $(call option,--level,LEVEL) $(call option,--tier,TIER) $(call option,--seed,SEED) $(call switch,--hold,HOLD) \
	  $(call switch,--json,JSON) $(call switch,--tap,TAP) $(call option,--junit,JUNIT)

.PHONY: compare
compare: servers addon ## after passing: measure your server beside the solution and the reference servers: EX=framed-server TRACK=ts|c QUICK=1 JSON=1
	@$(CLI) compare $(call option,,EX) $(call option,--track,TRACK) $(call switch,--quick,QUICK) $(call switch,--json,JSON)

.PHONY: progress
progress: $(PACKAGES) ## show which exercises are passed, on both tracks
	@$(CLI) progress

.PHONY: reset
reset: $(PACKAGES) ## give the stub of an exercise back, and keep your version in a backup: EX=half-close TRACK=ts|c YES=1
	@$(CLI) reset $(call option,,EX) $(call option,--track,TRACK) $(call switch,--yes,YES)

.PHONY: serve
serve: servers ## run a reference server: S=framed TRACK=ts PORT=9000 ARGS='--log-level debug'
	@$(CLI) serve $(call option,--server,S) $(call option,--track,TRACK) $(call option,--port,PORT) -- $(ARGS)

.PHONY: client
client: $(PACKAGES) ## speak with a server: P=framed ARGS='--port 9000 echo hello'
	@node clients/cli.ts $(P) $(ARGS)

.PHONY: doctor
doctor: servers addon peers ## what this machine can and cannot judge, and why
	@$(CLI) doctor $(call switch,--json,JSON)

.PHONY: explain
explain: $(PACKAGES) ## what a rule is, why it matters, and how it is checked: RULE=tcp.half-close
	@$(CLI) explain $(call option,,RULE)

.PHONY: list
list: $(PACKAGES) ## list the checks: S=framed ID= LEVEL= JSON=1
	@$(CLI) list $(call option,--server,S) $(call option,--id,ID) $(call option,--level,LEVEL) $(call switch,--json,JSON)

.PHONY: mirror
mirror: $(PACKAGES) ## print the TypeScript and the C side of one concept side by side: NAME=framed
	@$(CLI) mirror $(NAME)

## For maintainers

.PHONY: goals
goals: servers addon peers clients ## measure the goals and write their table into docs/measuring.md (about 15 minutes)
	@$(CLI) bench --goals

.PHONY: readme
readme: everything ## run the commands that the README shows and replace their marked blocks: DOC=docs/fuzzing.md
	@$(CLI) readme $(DOC)

.PHONY: mutants
mutants: addon faulty ## prove the checks with wrong servers: FULL=1 FRESH=1 ONLY=strips-newline ID=frame SEED= JSON=FILE UPDATE=1
	@$(MUTANTS) $(call switch,--full,FULL) $(call switch,--fresh,FRESH) $(call option,--only,ONLY) $(call option,--id,ID) \
	  $(call option,--seed,SEED) $(call option,--json,JSON) $(call switch,--update,UPDATE)

.PHONY: flake
flake: servers addon ## repeat the checks, half of the passes beside a busy core: N=200 S= TRACK= CMD= ID= TIER=full SEED= JOBS= FRESH=1 DOCS=1 JSON=1
	@$(CLI) flake $(call option,--passes,N) $(call option,--server,S) $(call option,--track,TRACK) $(call option,--cmd,CMD) \
	  $(call option,--id,ID) $(call option,--tier,TIER) $(call option,--seed,SEED) $(call option,--jobs,JOBS) \
	  $(call switch,--fresh,FRESH) $(call switch,--docs,DOCS) $(call switch,--json,JSON)

.PHONY: fuzz
fuzz: $(PACKAGES) ## search for bytes on which the two codecs disagree: TIME=60 SEED=
	@$(CLI) fuzz $(call option,--time-s,TIME) $(call option,--seed,SEED)

.PHONY: coverage
coverage: $(PACKAGES) ## measure which branches of the two codecs their cases reach
	@$(CLI) coverage

.PHONY: mutate
mutate: addon ## plant mechanical faults in the reference servers and see which no check finds: N=100 SEED= TRACK=ts|c ID= FRESH=1 DOCS=1 JSON=1
	@$(CLI) mutate $(call option,--mutants,N) $(call option,--seed,SEED) $(call option,--track,TRACK) $(call option,--id,ID) \
	  $(call switch,--fresh,FRESH) $(call switch,--docs,DOCS) $(call switch,--json,JSON)

.PHONY: exercises
exercises: $(PACKAGES) ## write the stubs of exercises/ from solutions/; nobody's work is overwritten
	@$(CLI) exercises

.PHONY: attempts
attempts: addon ## prove that wrong attempts at the exercises are told what was kept: ONLY=half-close/c UPDATE=1
	@$(ATTEMPTS) $(call option,--only,ONLY) $(call switch,--update,UPDATE)

.PHONY: lint-exercises
lint-exercises: addon ## prove the exercises: solutions pass, stubs compile and fail, nothing is missing: ONLY=half-close
	@$(CLI) lint-exercises $(call option,--only,ONLY)

.PHONY: catalogue
catalogue: $(PACKAGES) ## write docs/checks.md from the checks themselves
	@$(CLI) catalogue

.PHONY: sanitize
sanitize: addon ## build the C servers with ASan and UBSan, and run the checks against them
	@$(MAKE) -s -C servers-c sanitize
	@$(CLI) check --track c-sanitize $(call option,--server,S) $(call option,--id,ID)

.PHONY: lint
lint: $(PACKAGES) ## lint TypeScript and C, look for dead code
	@biome check .
	@knip
	@$(call clang-format,--dry-run -Werror)

.PHONY: format
format: $(PACKAGES) ## format TypeScript and C
	@biome check --write .
	@$(call clang-format,-i)

.PHONY: types
types: $(PACKAGES) ## type-check TypeScript
	@tsc --noEmit -p .

.PHONY: clean
clean: ## remove what was built (not node_modules, not results)
	rm -rf build .vitest harness/native/build

# What the targets above stand on.

.PHONY: preflight
preflight:
	@command -v node >/dev/null || { echo 'preflight: `node` was not found: install Node 18 or newer (Debian, Ubuntu: apt-get install nodejs npm)' >&2; exit 78; }
	@PATH="$(BOOTSTRAP_PATH)" node harness/preflight.cjs bootstrap

$(PACKAGES): package.json package-lock.json | preflight
	@echo 'Installing npm packages (about half a minute) ...' >&2
	@PATH="$(BOOTSTRAP_PATH)" npm ci --no-audit --no-fund >&2
	@touch $@
	@node harness/preflight.cjs installed

$(ADDON): $(wildcard harness/native/*.c harness/native/*.h) harness/native/binding.gyp $(PACKAGES)
	@echo 'Building the load engine ...' >&2
	@mkdir -p build
	@CXX='$(CC)' LINK='$(CC)' node node_modules/node-gyp/bin/node-gyp.js rebuild --silent --directory harness/native \
	  --nodedir="$$(dirname "$$(dirname "$$(node -p process.execPath)")")" >build/native.log 2>&1 || { cat build/native.log >&2; exit 1; }

.PHONY: addon servers peers clients faulty everything
addon: $(ADDON)

servers: $(PACKAGES)
	@$(MAKE) -s -C servers-c

peers: $(PACKAGES)
	@$(MAKE) -s -C harness/bench/peers

clients: $(PACKAGES)
	@$(MAKE) -s -C clients

faulty: $(PACKAGES)
	@$(MAKE) -s -C harness/test/faulty

everything: servers addon peers clients faulty
	@$(MAKE) -s -C servers-c sanitize
