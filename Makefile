# The verbs of this project. `make review` and `make test` do all set-up themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-done

.PHONY: setup review test check bench docs fix mutants reliability lock

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "compiling the planner's kernels once (about half a minute)"
	$(BIN)/assay plan examples/germany-2024 --on 2024-07-15 --known-at 2024-07-15 --no-prices > $(VENV)/kernels.txt
	touch $(STAMP)

review: setup  ## the main job on the shipped example
	$(BIN)/assay review examples/europe --out out/europe

test: setup
	$(BIN)/python -m pytest

check: setup  ## what a reviewer would ask first: style, types, layers, sizes, packs, derived docs
	$(BIN)/ruff format --check src tests bench tools vectors verifier
	$(BIN)/ruff check src tests bench tools vectors verifier
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_sizes.py
	$(BIN)/assay laws check --strict
	$(BIN)/python tools/make_docs.py --check

fix: setup
	$(BIN)/ruff check --fix src tests bench tools vectors verifier
	$(BIN)/ruff format src tests bench tools vectors verifier

docs: setup  ## rewrites every derived page
	$(BIN)/python tools/make_docs.py

bench: setup
	$(BIN)/python bench/run.py
	$(BIN)/python bench/planning.py
	$(BIN)/python bench/planning_small.py
	$(BIN)/python bench/evidence.py --place /var/tmp

mutants: setup  ## breaks every pack on purpose and counts what its own cases notice
	$(BIN)/assay laws mutants

reliability: setup
	$(BIN)/python tools/reliability.py
	$(BIN)/python tools/planning_reliability.py
	$(BIN)/python tools/mutate_readers.py
	$(BIN)/python tools/large_readers.py
	$(BIN)/python tools/large_gleif.py
	$(BIN)/python tools/suites_readers.py
	$(BIN)/python tools/count_crashes.py --place /var/tmp

lock:  ## needs uv; rewrites the hashed requirements
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra dev --extra plan --extra dask pyproject.toml -o requirements.lock
