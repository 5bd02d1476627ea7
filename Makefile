# What a newcomer types. Each target installs what it needs first, and what is installed already is reused.
.PHONY: run test check lock clean help

help:
	@echo "make run          install, start everything, place two simulated calls, serve until Ctrl-C"
	@echo "make run ONCE=1   the same, but stop after the calls; exit status 0 only if both went well"
	@echo "make test         install, then run every test (ARGS='tests/call -x' to choose)"
	@echo "make check        ruff, mypy and import-linter"
	@echo "make lock         write the locked environments anew (UPGRADE=1 takes newer packages)"
	@echo "make clean        delete what was made here (ALL=1: the environments as well)"

run:
	@deploy/install.sh run
	@.venv/bin/python -m voice_agent.demo $(if $(filter 1 yes true,$(ONCE)),--once)

test:
	@deploy/install.sh test
	@.venv/bin/python -m pytest $(ARGS)

check:
	@deploy/install.sh check
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy voice_agent
	@.venv/bin/lint-imports

lock:
	@deploy/lock.sh $(if $(filter 1 yes true,$(UPGRADE)),--upgrade)

clean:
	rm -rf .run .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dialogs/.rasa dialogs/models models/work
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +
	$(if $(filter 1 yes true,$(ALL)),rm -rf .venv .venv-rasa models/cache)
