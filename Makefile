# Needs only python3 >= 3.11 with venv, and make. `make plan` plans the sample estate, `make test` and `make lint` check the code.
PYTHON ?= python3
SCENARIO ?= scenarios/base.yaml
RUN ?= runs/base
BIN := .venv/bin

.PHONY: plan test lint clean

plan: .venv/installed
	$(BIN)/cloudplan plan $(SCENARIO) -o $(RUN)
	$(BIN)/cloudplan report $(RUN)

test: .venv/installed
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf .venv build dist runs cloudplan.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# Bytecode is written now, whatever the shell's setting: without it every start would compile pandas and Pyomo anew.
.venv/installed: export PYTHONDONTWRITEBYTECODE =
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cloudplan needs Python 3.11 or later; say which with make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q cloudplan "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" || true
	$(BIN)/python -m cloudplan.packing.fleet.warm
	touch $@
