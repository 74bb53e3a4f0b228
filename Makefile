# Everything is one command; `make help` lists them.

CARGO ?= cargo
LAB := ./target/release/trpo-lab

.PHONY: help build reproduce reproduce-all reproduce-papers reproduce-mujoco reproduce-papers-mujoco \
	reproduce-textbook-mujoco reproduce-gymnasium mujoco films \
	cost figures verify test test-mujoco \
	check-all determinism faults bench bench-gate bench-gate-accept bench-peers clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-24s %s\n", $$1, $$2}'

build: ## Build the program
	$(CARGO) build --release --locked

reproduce: build ## Run the main experiment: records, tables, figures, report
	$(LAB) reproduce classic

reproduce-all: build ## Run every experiment of the report but those that need MuJoCo
	$(LAB) reproduce classic classic-matched classic-retuned bound \
		monotonic monotonic-equal-kl line-search step-size value-steps ablation tricks robust

cost: build ## Measure what updates cost; refused on a busy machine
	$(LAB) run cost --again && $(LAB) plot cost && $(LAB) report

reproduce-papers: build ## Run the figures and tables of both papers that need no MuJoCo
	$(LAB) reproduce trpo-figure-4 vine-noise ppo-figure-2 ppo-table-1 ppo-figure-3
	@echo "docs/papers.md says what each stands in for. With MuJoCo there are Swimmer, Hopper and Walker2d of"
	@echo "figure 4, figure 2 on Hopper and table 1 on three of its tasks: make reproduce-papers-mujoco"

mujoco: ## Fetch MuJoCo and its models into .mujoco (needs python3 with pip; seconds)
	@src/env/mujoco/fetch.sh

reproduce-mujoco: mujoco ## Run the MuJoCo experiment; goes on where it was interrupted
	$(CARGO) build --release --locked --features mujoco
	$(LAB) reproduce mujoco

reproduce-papers-mujoco: mujoco ## Run the figures and tables of both papers on MuJoCo's tasks (hours); goes on likewise
	$(CARGO) build --release --locked --features mujoco
	$(LAB) reproduce trpo-figure-4-mujoco ppo-figure-2-mujoco ppo-table-1-mujoco

reproduce-textbook-mujoco: mujoco ## Run what textbooks say that wants MuJoCo's tasks (two hours); goes on likewise
	$(CARGO) build --release --locked --features mujoco
	$(LAB) reproduce value-steps-mujoco ablation-mujoco

reproduce-gymnasium: build ## Run the comparison on LunarLander (needs a Python with gymnasium[box2d]; minutes)
	$(LAB) reproduce lunarlander

films: build ## Make the films of the README again
	docs/films/make.sh

figures: build ## Redraw every committed figure, the report and the tables of the manual, without a run
	$(LAB) plot
	$(LAB) report --docs

verify: build ## Re-run a sample of the committed runs, compare digests, derive what searches chose
	$(LAB) verify classic --sample 40
	$(LAB) verify classic-matched --sample 10
	$(LAB) verify classic-retuned --sample 10
	$(LAB) verify trpo-figure-4 --sample 10
	$(LAB) verify vine-noise --sample 5
	$(LAB) verify ppo-table-1 --sample 5
	$(LAB) verify ppo-figure-3 --sample 5
	$(LAB) verify monotonic monotonic-equal-kl line-search step-size value-steps ablation tricks robust bound --sample 4
	$(LAB) search --check

test: ## Check format and lints, build the documentation, run all tests
	$(CARGO) fmt --check
	$(CARGO) clippy --release --locked --all-targets -- -D warnings
	$(CARGO) check --release --locked --no-default-features
	$(CARGO) check --release --locked --no-default-features --features act
	$(CARGO) check --release --locked --no-default-features --features train
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --locked --no-deps
	$(CARGO) test --release --locked

test-mujoco: mujoco ## Check lints and run the tests of MuJoCo's tasks
	$(CARGO) clippy --release --locked --features mujoco --all-targets -- -D warnings
	$(CARGO) test --release --locked --features mujoco --lib --test mujoco --test env

check-all: build ## Run the long forms of what continuous integration runs in short
	$(CARGO) test --release --locked --test score_fuzz -- --include-ignored
	$(CARGO) test --release --locked --test verdict_rule -- --include-ignored
	$(MAKE) faults
	tests/determinism.sh
	tests/slurm.sh --whole
	tests/sanitizer.sh
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
		$(CARGO) deny --locked check licenses bans sources; \
	else echo "SKIPPED: licences and sources of the dependencies, for lack of cargo-deny" >&2; fi
	$(LAB) verify classic --sample 40

determinism: build ## Compare bits over kernels, jobs, interruptions, emulated CPUs, optimisation
	tests/determinism.sh

faults: build ## Injure runs: signals, full disks, failing calls, wrong clocks, damaged files; count what is lost
	tests/faults.sh

bench: ## Measure with criterion
	$(CARGO) bench --locked

# An incremental build is optimised otherwise, so its counts would differ.
bench-gate: ## Count instructions of small runs; fail on 3% more than benches/gate.json (needs valgrind)
	CARGO_INCREMENTAL=0 $(CARGO) bench --locked --bench gate -- compare

bench-gate-accept: ## Write these counts to benches/gate.json; the commit says why they changed
	CARGO_INCREMENTAL=0 $(CARGO) bench --locked --bench gate -- accept

bench-peers: ## Measure against seven other laboratories (needs python3, and g++ for one)
	benches/peers/run.sh

clean: ## Remove what was built and the records of runs; keep what is committed
	$(CARGO) clean
	rm -rf results/*/runs results/*/checkpoints results/*/policies results/*/diagnostics results/*/updates.csv results/train
