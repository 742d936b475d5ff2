# Everything goes through the one virtual environment in .venv, which is made on
# first use and made again when a requirements file or Python's version changes.

PYTHON ?= python3
ADDRESS ?= localhost
PORT ?= 8501
BIN := .venv/bin
FAULTS := tests/faults tests/test_life_of_a_run.py
# What two targets say, one after the other; macOS' own make, a 3.81, cannot.
WHOLE := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# Python keeps what it has compiled, whatever the environment says: otherwise each of the suite's
# processes, and each start of the app, compiles PyTorch and Streamlit anew, which takes seconds.
unexport PYTHONDONTWRITEBYTECODE

# What was installed for a Python that is gone, or has become another one, counts as not there.
ifneq ($(shell $(BIN)/python -c 'import pip; print("usable")' 2>/dev/null),usable)
.PHONY: .venv/run .venv/dev
endif

.PHONY: help run check test lint coverage mutants faults cluster test-cluster bench load soak pictures clean
.DEFAULT_GOAL := help

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run ## Set everything up and serve the app (ADDRESS=0.0.0.0 PORT=8501)
	$(BIN)/streamlit run app.py --server.address $(ADDRESS) --server.port $(PORT)

check: ## While you work: all linters and types, JavaScript's units, the core (a minute)
	@$(MAKE) --no-print-directory --jobs 2 $(WHOLE) lint core

test: .venv/dev ## Before you commit: set everything up and run all tests (ARGS="tests/test_maths.py")
	@tools/browser
	@tools/tests $(ARGS)

lint: .venv/dev .venv/node ## Style, types and who may import whom, of Python and of JavaScript
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/node node_modules/@biomejs/biome/bin/biome ci --log-level=warn
	$(BIN)/node node_modules/typescript/bin/tsc --project .
	$(BIN)/lint-imports
	$(BIN)/mypy

.PHONY: core
core: .venv/dev
	@$(BIN)/python -m pytest --core $(addprefix --ignore=,tests/browser $(FAULTS)) \
		-q -r fE -n 2 --dist loadfile --no-loadscope-reorder

coverage: .venv/dev ## Which branches of playground the tests run, child processes included
	@tools/browser
	@tools/tests --coverage

mutants: coverage ## Coverage, then small faults put in one by one: which do the tests notice?
	$(BIN)/python -m tools.mutants $(ARGS)

faults: .venv/dev ## All faults of tests/faults, of which make test has a tenth: kills, freezes, damage, strangers
	$(BIN)/python -m pytest -q $(FAULTS) --faults \
		--hypothesis-profile=faults -n 2 --dist loadfile

cluster: .venv/cluster ## Try a Ray cluster on this machine: head, two that train, two servers behind a proxy
	$(BIN)/python -m tools.cluster $(ARGS)

test-cluster: .venv/cluster ## Runs on real processes of Ray that are killed and frozen (ARGS=-s: seconds of each)
	$(BIN)/python -m pytest -q tests/cluster --cluster $(ARGS)

bench: .venv/dev ## Measure what the README claims (ARGS="trainer stream")
	@tools/browser
	$(BIN)/python -m benchmarks $(ARGS)

load: .venv/dev ## A class of 45 on one server for five minutes (ARGS=MINUTES)
	$(BIN)/python -m benchmarks.load $(ARGS)

soak: .venv/dev ## 2,000 visits and 200 abandoned runs, and what is left of them (ARGS="VISITS RUNS")
	$(BIN)/python -m benchmarks.soak $(ARGS)

pictures: .venv/dev ## The README's pictures from the running app (ARGS="--all FOLDER": every page)
	@tools/browser
	$(BIN)/python -m tools.pictures $(ARGS)

clean: ## Delete the virtual environment and what tools have cached
	rm -rf .venv node_modules build *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.venv/node: .venv/dev package.json package-lock.json tools/node
	tools/node
	touch $@

.venv/run: requirements.txt tools/venv tools/install.py
	tools/venv $(PYTHON) requirements.txt
	touch $@

.venv/cluster: .venv/dev requirements-cluster.txt
	$(BIN)/python -m pip install --quiet -r requirements-cluster.txt
	touch $@

.venv/dev: requirements.txt requirements-dev.txt tools/venv tools/install.py
	tools/venv $(PYTHON) requirements-dev.txt
	touch .venv/run $@
