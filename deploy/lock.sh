#!/usr/bin/env bash
# Writes the four lock files anew, with hashes. `--upgrade` takes newer packages; without it, pins that still fit stay.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=deploy/steps.sh
source deploy/steps.sh
find_uv

compile() { "$UV" pip compile --quiet --generate-hashes --no-header --overrides deploy/overrides.txt "$@"; }

# The run-time lock is constrained by the development lock, so that both agree and one environment serves both.
step "Locking our environment for development" \
    compile "$@" --python-version 3.11 --all-extras --group dev pyproject.toml --output-file requirements-dev.lock
step "Locking our environment" \
    compile "$@" --python-version 3.11 --all-extras --constraints requirements-dev.lock pyproject.toml \
    --output-file requirements.lock
step "Locking Rasa's environment" \
    compile "$@" --python-version 3.10 dialogs/pyproject.toml --output-file dialogs/requirements.lock
step "Locking the installer" compile "$@" --universal deploy/uv.in --output-file deploy/uv.lock
