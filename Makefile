# LeadCRM: everything from a bare machine with Python 3.11 or newer and git.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

# The first Python that is new enough; PYTHON=/path/to/python takes another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v "$$python"; break; }; done)
PORT ?=
BENCH ?=
VENV := .venv/bin
MANAGE := $(VENV)/python manage.py
PIP := $(VENV)/python -m pip -qq --disable-pip-version-check install --require-hashes --no-deps
CODE := leadcrm ground accounts conditions leads capture scoring nurturing handoff reports
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/*.po)

# The tests have servers of their own, apart from those of the demo.
TEST_VAR := $(CURDIR)/var/test
TEST := LEADCRM_VAR_DIR=$(TEST_VAR) PGOPTIONS="-c synchronous_commit=off" $(VENV)/python -m pytest
# The oldest PostgreSQL that is supported, where the machine has it.
OLDEST := 15
OLDEST_BIN := $(patsubst %/postgres,%,$(firstword $(wildcard /usr/lib/postgresql/$(OLDEST)/bin/postgres \
	/usr/pgsql-$(OLDEST)/bin/postgres /opt/homebrew/opt/postgresql@$(OLDEST)/bin/postgres)))
# What `manage.py check --deploy` is shown: a production installation without any warning.
PRODUCTION := LEADCRM_BASE_URL=https://crm.example.org LEADCRM_FROM_EMAIL=sales@example.org \
	LEADCRM_SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABC

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  PORT=8010        with demo: another port than 8000"

.PHONY: demo
demo: .venv/demo.stamp node_modules/.stamp var/messages.stamp ## Run LeadCRM with sample data; Ctrl-C stops it
	@exec $(MANAGE) up --demo $(if $(PORT),--port $(PORT))

.PHONY: test
test: lint browser ## Check everything: style, types, layers, all tests, in a browser too
	$(TEST) -n 3 --dist loadscope --no-loadscope-reorder
	@$(MAKE) --no-print-directory test-oldest

.PHONY: test-oldest
test-oldest: .venv/dev.stamp ## Check what rests on the server on the oldest PostgreSQL supported
ifeq ($(OLDEST_BIN),)
	@echo "NOT RUN: tests/database on PostgreSQL $(OLDEST): its programs are not on this machine." >&2
	@# Continuous integration fails where they can be installed.
	@test -z "$$CI" || ! apt-cache show postgresql-$(OLDEST) >/dev/null 2>&1 || \
		{ echo "Install them: apt-get install postgresql-$(OLDEST)" >&2; exit 1; }
else
	@echo "tests/database on $$($(OLDEST_BIN)/postgres --version), the oldest that is supported:"
	@DATABASE_URL= LEADCRM_POSTGRES_BIN=$(OLDEST_BIN) LEADCRM_VAR_DIR=$(TEST_VAR)-$(OLDEST) \
	TEST_POSTGRES=$(OLDEST) PGOPTIONS="-c synchronous_commit=off" \
	$(VENV)/python -m pytest -q -n 2 --dist loadfile tests/database
	@echo "PASSED on $$($(OLDEST_BIN)/postgres --version)."
endif

.PHONY: faults-long
faults-long: .venv/dev.stamp var/messages.stamp ## Break everything under 100,000 submissions (an hour)
	LEDGER_SIZE=100000 LEDGER_CONNECTIONS=200 LEDGER_OUTAGE=60 LEDGER_REDIS_OUTAGE=300 \
	$(TEST) -v --durations=0 tests/faults/test_capture_ledger.py

.PHONY: api-long
api-long: .venv/dev.stamp var/messages.stamp ## Call the API 22,000 times with generated data (half an hour)
	API_CALLS=2500 $(TEST) -v --durations=0 tests/api/test_document.py

.PHONY: lint
lint: .venv/dev.stamp node_modules/.stamp var/messages.stamp ## Check style, types, layers, migrations, settings
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/djlint --quiet --lint templates
	$(VENV)/lint-imports
	$(VENV)/mypy
	LEADCRM_VAR_DIR=$(TEST_VAR) $(MANAGE) makemigrations --check --dry-run
	LEADCRM_VAR_DIR=$(TEST_VAR) $(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING

.PHONY: bench
bench: .venv/dev.stamp node_modules/.stamp browser ## Measure, beside work by hand; BENCH=full for large sizes
	LEADCRM_VAR_DIR=$(CURDIR)/var/bench $(VENV)/python -m benchmarks --write $(if $(filter full,$(BENCH)),--full)
	JOURNEYS_TIMED=1 $(TEST) -q tests/journeys

.PHONY: bench-growth
bench-growth: .venv/dev.stamp node_modules/.stamp ## Measure beside 10,000, 100,000 and 1,000,000 leads
	LEADCRM_VAR_DIR=$(CURDIR)/var/bench $(VENV)/python -m benchmarks --growth --write

.PHONY: shots
shots: .venv/dev.stamp browser ## Photograph every screen of the demo that runs in this checkout
	@test -s var/up.lock || { echo "Start the demo first, in another terminal: make demo" >&2; exit 1; }
	$(VENV)/python -m tests.shots --url "$$(cat var/up.lock)"

.PHONY: messages
messages: .venv/dev.stamp ## Collect the texts of the code into the catalogues
	$(MANAGE) messages

.PHONY: audit
audit: .venv/dev.stamp node_modules/.stamp ## Ask for known faults of the packages (needs the network)
	$(VENV)/pip-audit --disable-pip --require-hashes -r requirements/dev.txt -r requirements/node.txt
	npm audit --omit=dev

.PHONY: lock
lock: .venv/dev.stamp ## Write requirements/*.txt; UPGRADE=1 takes the newest versions
	cd requirements && for name in base embedded dev node; do \
		case $$name in embedded) known="-c base.txt" ;; dev) known="-c base.txt -c embedded.txt" ;; \
		*) known= ;; esac; \
		../$(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-emit-find-links --no-header $(if $(UPGRADE),--upgrade) \
			$$known --output-file $$name.txt $$name.in || exit 1; \
	done

.PHONY: clean
clean: ## Remove what can be made again; the data in var/ stay
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf var/test var/test-* var/bench var/metrics var/static var/messages.stamp
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete 2>/dev/null || true

# --- Set-up: each step is a file that is newer than what it was made from ---

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "LeadCRM needs Python 3.11 or newer; found: \
	$$(python3 --version 2>/dev/null || echo none). Install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. \
	On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up with $(PYTHON) …"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/demo.stamp: requirements/base.txt requirements/embedded.txt | .venv/bin/python
	@echo "Installing the packages …"
	@$(PIP) -r requirements/base.txt -r requirements/embedded.txt
	@touch $@

.venv/dev.stamp: requirements/dev.txt | .venv/bin/python
	@echo "Installing the packages of the tests …"
	@$(PIP) -r requirements/dev.txt
	@touch $@ .venv/demo.stamp

# The machine's npm if it reads our lock file, else the one from the wheel.
node_modules/.stamp: package-lock.json package.json | .venv/bin/python
	@echo "Installing the packages of the pages …"
	@version=$$(npm --version 2>/dev/null | cut -d. -f1); \
	if [ "$${version:-0}" -ge 7 ]; then npm=npm; else \
		$(PIP) -r requirements/node.txt && npm=$(VENV)/npm || exit 1; fi; \
	$$npm ci --ignore-scripts --include=dev --no-audit --no-fund --loglevel=error
	@touch $@

var/messages.stamp: $(CATALOGUES) | .venv/bin/python
	@mkdir -p var
	@$(if $(CATALOGUES),$(MANAGE) compile_messages)
	@touch $@

.PHONY: browser
browser: .venv/dev.stamp
	@$(VENV)/python -m tests.browser.browser_path
