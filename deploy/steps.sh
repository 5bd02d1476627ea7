# Steps with progress, and the search for uv; sourced by install.sh and lock.sh, which stand at the top folder.

LOG=.run/install.log
mkdir -p .run

# fail SENTENCE: one clear line, and out.
fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# step NAME COMMAND...: runs the command quietly, says what goes on and for how long; the log's end if it fails.
# A command that is over within two seconds leaves no line. With `forgiven=yes` a failure is the caller's to explain.
step() {
    local name=$1 began=$SECONDS status=0 pid now said=0
    shift
    printf '\n## %s\n' "$name" >>"$LOG"
    "$@" >>"$LOG" 2>&1 </dev/null &
    pid=$!
    trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
    while kill -0 "$pid" 2>/dev/null; do
        now=$((SECONDS - began))
        if [ -t 1 ] && [ "$now" -ge 1 ]; then
            printf '\r  %s … %d s ' "$name" "$now"
        elif [ ! -t 1 ] && [ "$now" -ge 2 ] && [ $((now / 20 + 1)) -gt "$said" ]; then
            said=$((now / 20 + 1))
            printf '  %s … %d s\n' "$name" "$now"
        fi
        sleep 0.3
    done
    wait "$pid" || status=$?
    trap - INT TERM
    now=$((SECONDS - began))
    if [ "$status" -ne 0 ] && [ "${forgiven:-}" = yes ]; then
        return "$status"
    elif [ "$status" -ne 0 ]; then
        [ ! -t 1 ] || printf '\n'
        printf '%s failed after %d s. The last lines (all in %s):\n' "$name" "$now" "$LOG" >&2
        tail -n 12 "$LOG" >&2
        return "$status"
    elif [ -t 1 ] && [ "$now" -ge 1 ]; then
        printf '\r  %s: done in %d s   \n' "$name" "$now"
    elif [ "$said" -gt 0 ]; then
        printf '  %s: done in %d s\n' "$name" "$now"
    fi
}

# apt_install PACKAGE...: through apt-get, as root or by sudo; one line when neither can.
apt_install() {
    local as_root=() wish="apt-get install -y --no-install-recommends $*"
    command -v apt-get >/dev/null || fail "Missing: $*. There is no apt-get here; please install them your way, then start again."
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; } ||
            fail "Missing: $*. You are not root and sudo is not open to you; please have an administrator run: $wish"
        sudo -v || fail "Missing: $*. Please have an administrator run: $wish"
        as_root=(sudo)
    fi
    # shellcheck disable=SC2086  # the wish is words
    install_them() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $wish; }
    refresh() { "${as_root[@]}" apt-get update; }
    if ! apt-cache show "$@" >/dev/null 2>&1; then
        step "Asking apt what there is" refresh || fail "apt-get update failed; is this machine online?"
    fi
    if ! step "Installing system packages: $*" install_them; then
        step "Asking apt what is new" refresh && step "Installing system packages once more" install_them ||
            fail "apt-get could not install $*; please see $LOG and run: $wish"
    fi
}

# find_python VERSION: prints a working interpreter of that version (3.10, 3.11), wherever it is kept.
find_python() {
    local version=$1 folder candidate
    local -a places=("$(command -v "python$version" || true)")
    [ "$version" = 3.11 ] && places+=("$(command -v python3 || true)")
    places+=("${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python)
    for folder in ${PATH//:/ }; do # pyenv's own folders on PATH, when HOME is another
        case $folder in */shims) places+=("${folder%/shims}"/versions/"$version".*/bin/python) ;; esac
    done
    [ -z "${UV:-}" ] || places+=("$("$UV" python find --no-project "$version" 2>/dev/null || true)")
    for candidate in "${places[@]}"; do
        if [ -x "$candidate" ] && [ "$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$version" ]; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

# find_uv: sets UV; installs a private one under .run when the machine has none.
find_uv() {
    local python
    UV=uv
    "$UV" --version >/dev/null 2>&1 && return
    UV=$PWD/.run/uv/bin/uv
    "$UV" --version >/dev/null 2>&1 && return
    UV=""
    python=$(find_python 3.11) || fail "Python 3.11 is not here; please install it (Debian 12: apt-get install python3)."
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then # Debian ships venv's heart in a package of its own
        apt_install python3-venv
    fi
    rm -rf .run/uv
    step "Making a corner for the installer" "$python" -m venv .run/uv || fail "python3 -m venv failed; see $LOG."
    step "Installing uv" .run/uv/bin/python -m pip install --quiet --require-hashes -r deploy/uv.lock ||
        fail "uv could not be installed; is the package registry reachable? See $LOG."
    UV=$PWD/.run/uv/bin/uv
}
