# Everything sets itself up: a virtual environment in .venv, made with PYTHON (3.11 to 3.14).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
VERSION_CODE := import sys; print("%d.%d" % sys.version_info[:2])
PYTHON_VERSION := $(shell $(PYTHON) -c '$(VERSION_CODE)')
STAMP := $(VENV)/.python-$(PYTHON_VERSION)

.DEFAULT_GOAL := help
.PHONY: help run demo test test-long lint format messages scenarios clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.with-nothing ## Start a demonstration server with a simulated bridge
	@$(BIN)/tmsba quickstart

demo: $(VENV)/.with-demo ## Tell the story of one conference, with a third-party SOAP client
	@$(BIN)/python docs/examples/first_conference.py

test: $(VENV)/.with-test ## Run all tests but those that take minutes
	@tests/clients/install.sh
	$(BIN)/python -m pytest -m "not long" --numprocesses auto --maxprocesses 4 --dist loadfile

test-long: $(VENV)/.with-test ## Run the tests that take minutes
	@tests/clients/install.sh --long
	$(BIN)/python -m pytest -m long

lint: $(VENV)/.with-lint ## Check format, style, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.with-lint ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: $(VENV)/.with-lint ## Bring the catalogues of fault messages up to date; then translate what is empty
	@mkdir -p build
	$(BIN)/pybabel extract -F tmsba/i18n/babel.cfg --add-location=file --sort-output --project=tmsba --version=1 \
		-w 100 -o build/tmsba.pot tmsba
	$(BIN)/pybabel update -D tmsba -i build/tmsba.pot -d tmsba/i18n/locale --no-fuzzy-matching --ignore-obsolete \
		--ignore-pot-creation-date -w 100

scenarios: $(VENV)/.with-test ## Write the table of docs/routing.md anew
	PYTHONPATH=tests $(BIN)/python tests/unit/routing_scenarios.py

clean: ## Remove the virtual environment and everything that was built
	rm -rf tests/clients/node/node_modules $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
	find tmsba tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment of another Python version is replaced, one of the same version is kept.
$(STAMP):
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info[:2] < (3, 15) or sys.exit("Python 3.11 to 3.14 is needed, $(PYTHON) is " + sys.version.split()[0])'
	@if [ "$$($(BIN)/python -c '$(VERSION_CODE)' 2>/dev/null)" != "$(PYTHON_VERSION)" ]; then \
		echo "Creating $(VENV) with Python $(PYTHON_VERSION)."; $(PYTHON) -m venv --clear $(VENV); fi
	@rm -f $(VENV)/.python-* && touch $@

$(VENV)/.with-nothing: $(STAMP) pyproject.toml
	@echo "Installing tmsba."
	@$(PIP) install --editable . && touch $@

$(VENV)/.with-%: $(STAMP) pyproject.toml
	@echo "Installing tmsba with what 'make $*' needs."
	@$(PIP) install --editable ".[$*]" && touch $@
