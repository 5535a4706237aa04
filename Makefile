# The four commands of the house. A fresh Debian with Python >= 3.11 and pip is enough.
PYTHON ?= python3
VENV := .venv
PORT ?= 8000
HOTLINE_HOME ?= var
export PORT HOTLINE_HOME

.PHONY: run test web-tools check bench soak lock learn transcripts clean
.DEFAULT_GOAL := run

run: $(VENV)/ready
	@exec $(VENV)/bin/hotline serve

# The suite; the browser is installed by it when it can be.
test: $(VENV)/ready-dev
	@$(VENV)/bin/python tests/browser_here.py
	$(VENV)/bin/python tests/side_by_side.py

# Once, for whoever has npm: Lighthouse and html-validate, which the suite then uses. The lock file names every hash.
web-tools:
	npm ci --prefix tests/npm --no-audit --no-fund --ignore-scripts

check: $(VENV)/ready-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check app hotline bots campaigns tests bench
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/hotline check
	$(VENV)/bin/hotline prove

# After a change in content/learning: makes the sentence model anew (two minutes or so).
learn: $(VENV)/ready-dev
	$(VENV)/bin/hotline learn

# After a change of words or scripts: plays every transcript again. Look at what `git diff` shows before you keep it.
transcripts: $(VENV)/ready-dev
	@for talk in tests/transcripts/*.txt; do $(VENV)/bin/hotline talk first_contact en --replay $$talk --save $$talk > /dev/null; done

bench: $(VENV)/ready-dev
	@$(VENV)/bin/python -m bench

soak: $(VENV)/ready-dev
	$(VENV)/bin/python -m bench.fuzz
	$(VENV)/bin/python -m bench.soak
	$(VENV)/bin/python -m bench.offers --texts 1000000
	ATTACK_STRINGS=2000 $(VENV)/bin/python -m pytest -q tests/test_browser_strings.py
	EVERY_CAMPAIGN=1 $(VENV)/bin/python -m pytest -q tests/test_browser_axe.py

$(VENV)/bin/pip:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed.") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/ready: requirements.lock pyproject.toml | $(VENV)/bin/pip
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/ready-dev: requirements-dev.lock $(VENV)/ready
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

# Only for whoever changes dependencies: needs uv.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --quiet pyproject.toml --extra build -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --quiet pyproject.toml --extra build --extra dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) build *.egg-info
