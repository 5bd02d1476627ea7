#!/usr/bin/env bash
# Installs what `make run`, `make test` or `make check` needs, and nothing twice.
#
#   .venv        our environment: requirements.lock, or requirements-dev.lock once tests were asked for
#   .venv-rasa   Rasa's own, on Python 3.10: dialogs/requirements.lock
#   .run         the log, and a private uv when the machine has none
#
# Each environment remembers in `.installed` what it was made from; the next start compares, which takes no time.
# Where packages come from is the machine's own business: pip's, uv's and apt's configuration apply untouched.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=deploy/steps.sh
source deploy/steps.sh

purpose=${1:-run}
case $purpose in run | test | check) ;; *) fail "usage: deploy/install.sh run|test|check" ;; esac

exec 9>.run/install.lock
flock 9 2>/dev/null || true # a second start waits for the first

digest() { cat "$@" | sha256sum | cut -c1-16; }

system_packages() {
    local -a missing=()
    need() { # need PACKAGE PROBE...
        local package=$1
        shift
        "$@" >/dev/null 2>&1 || missing+=("$package")
    }
    [ "$purpose" = check ] && return
    [ -n "${REDIS_URL:-}" ] && [ "$purpose" = run ] || need redis-server command -v redis-server
    need espeak-ng command -v espeak-ng
    need libespeak-ng1 library libespeak-ng.so.1
    need libjemalloc2 library libjemalloc.so.2
    need flite command -v flite
    need sox command -v sox
    if [ "$purpose" = test ]; then
        need chromium command -v chromium
        need asterisk-core-sounds-en-wav test -d /usr/share/asterisk/sounds/en_US_f_Allison # a person's voice
        need chromium-driver command -v chromedriver
        need nodejs command -v node
    fi
    [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
}

# library NAME: the loader knows it (Debian keeps ldconfig out of a user's PATH).
library() { PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep -q "$1"; }

# environment FOLDER VERSION: a virtual environment with a Python that runs, made anew if need be.
environment() {
    local folder=$1 version=$2 python
    [ "$("$folder/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$version" ] && return
    if ! python=$(find_python "$version"); then
        forgiven=yes step "Fetching Python $version" "$UV" python install "$version" || true
        python=$(find_python "$version") ||
            fail "Python $version is not here and could not be fetched; please install it (pyenv install $version, or uv python install $version), then start again."
    fi
    step "Making $folder" "$UV" venv --quiet --clear --python "$python" "$folder"
}

# installed FOLDER MADE: the environment was made from just this, and its Python still runs.
installed() { [ "$(cat "$1/.installed" 2>/dev/null)" = "$2" ] && "$1/bin/python" -S -c '' 2>/dev/null; }

our_environment() {
    local kind=run lock=requirements.lock made
    # Once an environment has the test tools it keeps them: `make run` and `make test` in turn change nothing.
    if [ "$purpose" != run ] || grep -qs '^dev ' .venv/.installed; then
        kind=dev lock=requirements-dev.lock
    fi
    made="$kind $(digest "$lock" pyproject.toml) $PWD"
    installed .venv "$made" && return
    find_uv
    environment .venv 3.11
    step "Installing our packages" "$UV" pip sync --python .venv/bin/python --require-hashes "$lock" ||
        fail "Our packages could not be installed; see $LOG."
    step "Installing voice-agent itself" "$UV" pip install --python .venv/bin/python --no-deps --editable . ||
        fail "voice-agent could not be installed; see $LOG."
    printf '%s\n' "$made" >.venv/.installed
}

rasa_environment() {
    local made
    made="rasa $(digest dialogs/requirements.lock) $PWD"
    installed .venv-rasa "$made" && return
    find_uv
    environment .venv-rasa 3.10
    step "Installing Rasa in an environment of its own (2.7 GB, some three minutes)" \
        "$UV" pip sync --python .venv-rasa/bin/python --require-hashes dialogs/requirements.lock ||
        fail "Rasa could not be installed; see $LOG."
    printf '%s\n' "$made" >.venv-rasa/.installed
}

system_packages
our_environment
[ "$purpose" = check ] || rasa_environment
