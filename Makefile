# Everything goes through the one virtual environment in .venv, which is made on
# first use and made again when a requirements file or Python's version changes.

PYTHON ?= python3
ADDRESS ?= localhost
PORT ?= 8501
BIN := .venv/bin

.PHONY: help run test check lint bench load soak pictures clean
.DEFAULT_GOAL := help

help: ## Say what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 8

run: .venv/run ## Set everything up and serve the app (ADDRESS=0.0.0.0 PORT=8501)
	$(BIN)/streamlit run app.py --server.address $(ADDRESS) --server.port $(PORT)

test: .venv/dev ## Set everything up and run all tests, browser tests included
	@tools/browser
	@tools/tests $(ARGS)

lint: .venv/dev .venv/node ## Style, types and who may import whom, of Python and of JavaScript
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/node node_modules/@biomejs/biome/bin/biome ci
	$(BIN)/node node_modules/typescript/bin/tsc --project .

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
	rm -rf .venv node_modules .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.venv/node: .venv/dev package.json package-lock.json tools/node
	tools/node
	touch $@

.venv/run: requirements.txt tools/venv
	tools/venv $(PYTHON) requirements.txt
	touch $@

.venv/dev: requirements.txt requirements-dev.txt tools/venv
	tools/venv $(PYTHON) requirements-dev.txt
	touch .venv/run $@
