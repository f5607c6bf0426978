# Two commands matter: `make run` measures and says where to look, `make test` checks everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PERF_STORE ?= build/perf.db
TEST_PROCESSES ?= 2

.PHONY: run test lint types imports tests perf dashboard pictures bench clean
.DELETE_ON_ERROR:

run: $(INSTALLED)
	$(BIN)/bench-service run quick
	@echo
	@echo 'The program is $(BIN)/bench-service; `. $(BIN)/activate` lets you leave out the path.'
	@echo 'make dashboard opens the charts.'

dashboard: $(INSTALLED)
	@echo 'The program is $(BIN)/bench-service; `. $(BIN)/activate` lets you leave out the path.'
	$(BIN)/bench-service dashboard

test: lint types imports tests perf

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)
	$(BIN)/mypy

imports: $(INSTALLED)
	$(BIN)/lint-imports

tests: $(INSTALLED)
	$(BIN)/python -m pytest --ignore=tests/perf -n $(TEST_PROCESSES) --dist loadfile

# Speed is recorded, never judged here: a gate on it needs two builds side by side.
perf: $(INSTALLED)
	mkdir -p $(dir $(PERF_STORE))
	$(BIN)/python -m pytest tests/perf --bench-service-db $(PERF_STORE)

# After `make run`, on a quiet machine: the README's pictures show the newest run.
pictures: $(INSTALLED)
	$(BIN)/python docs/images/take.py

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'Installing into $(VENV), some gigabytes and minutes, once.'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
