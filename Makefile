# make run    set up what is missing, materialise everything from the snapshots, print the headlines
# make test   set up what is missing, run all tests
# The environment lies in .venv; uv makes it where uv is present, python3 and pip where it is not.

.DEFAULT_GOAL := run
.PHONY: run test lint ui bench figures lock clean
SHELL := /bin/sh
BIN := .venv/bin
# Bytecode is kept in the environment whatever the shell says: without it each start compiles 2,900 modules.
export PYTHONDONTWRITEBYTECODE :=

run: .venv/.run
	@$(BIN)/stackgraph run

ui: .venv/.run
	@$(BIN)/stackgraph ui

test: .venv/.dev
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: .venv/.dev
	@$(BIN)/python -m benchmarks

# The pictures and the example answers of the README, from the published file.
figures: .venv/.dev
	@$(BIN)/stackgraph run > /dev/null
	@$(BIN)/python -m docs.figures
	@$(BIN)/python -m docs.readme
	@$(BIN)/python -m docs.published
	@$(BIN)/python -m docs.backtests
	@$(BIN)/python -m docs.chain

.venv/.run: requirements.lock pyproject.toml .ci/setup
	@.ci/setup requirements.lock $@

.venv/.dev: requirements-dev.lock pyproject.toml .ci/setup
	@.ci/setup requirements-dev.lock $@ && touch .venv/.run

# Renew the locks: every version pinned with its hashes, no registry named.
LOCK := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-strip-extras
lock:
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv var
