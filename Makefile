# make demo, make test, make check: on a machine with Python 3.11 or newer and make, and nothing else.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DEMO   ?= tunecheck-demo
# Test files run side by side; a file stays on one worker, and so do its fixtures.
WORKERS ?= 2

.PHONY: demo test check bench lock clean

demo: $(VENV)/.ready
	$(BIN)/tunecheck demo --out $(DEMO)

test: $(VENV)/.ready-test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: $(VENV)/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

# The benchmarks compare with other people's tools, so they get an environment of their own.
bench: .venv-bench/.ready
	.venv-bench/bin/python bench/perplexity.py
	.venv-bench/bin/python bench/generation.py
	.venv-bench/bin/python bench/signs.py
	.venv-bench/bin/python bench/leaks.py
	.venv-bench/bin/python bench/rouge.py
	.venv-bench/bin/python bench/ratings.py
	.venv-bench/bin/python bench/rating_load.py
	@if [ -n "$(HUMANEVAL)" ]; then .venv-bench/bin/python bench/sandbox.py --problems "$(HUMANEVAL)"; \
	else echo "bench/sandbox.py needs the problems of openai/human-eval: make bench HUMANEVAL=HumanEval.jsonl.gz"; fi

$(VENV)/.ready: requirements/lock.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("tunecheck needs Python 3.11 or newer: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

$(VENV)/.ready-test: $(VENV)/.ready requirements/test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/test.txt
	$(BIN)/python tests/install_system.py
	touch $@

.venv-bench/.ready: requirements/lock.txt requirements/test.txt requirements/bench.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/lock.txt -r requirements/test.txt -r requirements/bench.txt
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

clean:
	rm -rf $(VENV) .venv-bench $(DEMO)
