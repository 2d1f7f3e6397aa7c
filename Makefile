# The two commands are `make demo` and `make test`. Everything else is a part of them, or a tool for whoever changes Estrade.

PYTHON ?= python3
VENV := .venv/bin
BOOTSTRAP := $(PYTHON) -B -m deploy.bootstrap
export PYTHONUTF8 = 1

.DEFAULT_GOAL := help
.PHONY: help demo test check build tools lock bench docs journeys mutants clean-room clean

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: build ## install, build and start everything, fill in a demo event, say where to look
	@$(VENV)/estrade up --detach --demo
	@$(VENV)/estrade demo

test: tools ## install, build and run every test
	@$(BOOTSTRAP) chromium
	@$(VENV)/python -m deploy.checks all

check: tools ## lint, types, contracts, migrations, translations, lock files: what a computer can know without running
	@$(VENV)/python -m deploy.checks check

build: ## install what Estrade runs on, build engines and pages (cached by the hash of what made them)
	@$(BOOTSTRAP) runtime

tools:
	@$(BOOTSTRAP) development runtime node

lock: tools ## renew the lock files from requirements*.in, engines/go.mod and web/package.json
	@$(VENV)/python -m deploy.locks

bench: tools ## measure this machine, write bench/results.json and the table in docs/
	@$(VENV)/python -m bench

docs: tools ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(VENV)/mkdocs build --strict --quiet

journeys: tools ## only the journeys through a real browser
	@$(BOOTSTRAP) chromium
	@$(VENV)/python -m pytest tests/journeys

mutants: tools ## plant known mistakes, one at a time; each must turn the tests red
	@$(VENV)/python -m tests.mutants

clean-room: ## prove both commands in a fresh Debian 12, as root and as a user, the second time without network
	@$(PYTHON) -B -m tests.clean_room

clean: ## stop the instance of this clone and remove what was built; var/, .venv and the caches stay
	@if [ -x $(VENV)/estrade ]; then $(VENV)/estrade down; fi
	rm -rf build site estrade/static web/node_modules .mypy_cache .ruff_cache .pytest_cache
