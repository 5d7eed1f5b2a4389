# What the scripts share; sourced by them, not run. Sets ROOT and goes there.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# One line for each step, on stderr: results go to stdout.
step() {
    printf '==> %s\n' "$*" >&2
}

fail() {
    printf '%s: error: %s\n' "script/$(basename "$0")" "$*" >&2
    exit 1
}

# quietly LOG COMMAND...: keeps the output in LOG, and shows it only when the command fails.
quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    if ! "$@" >"$log" 2>&1 </dev/null; then
        tail -n 60 "$log" >&2
        fail "'$*' failed; all that it said is in $log"
    fi
}

# The hash of the named files, one after the other: the key of a stamp.
hash_of() {
    cat "$@" | sha256sum | cut -d ' ' -f 1
}

# stamped STAMP KEY: whether the step with this stamp was done with this very key.
stamped() {
    [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

# python_environment FOLDER REQUIREMENTS: a virtual environment that holds exactly these packages,
# made anew whenever the requirements change.
python_environment() {
    local folder=$1 requirements=$2 key
    key=$(hash_of tests/requirements*.txt)
    if stamped "$folder/.stamp" "$key" && "$folder/bin/python" -c ''; then
        return
    fi
    step "Python packages of $requirements"
    rm -rf "$folder"
    quietly "$folder.log" python3 -m venv "$folder"
    quietly "$folder.log" "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-input --retries 2 --requirement "$requirements"
    printf '%s\n' "$key" >"$folder/.stamp"
}

NPM_SECONDS_MAX=300

# Twice, for a mirror may falter.
npm_ci() {
    local attempt
    for attempt in 1 2; do
        if timeout "$NPM_SECONDS_MAX" npm --prefix "$1" ci --no-audit --no-fund; then
            return
        fi
    done
    return 1
}

# npm_packages FOLDER: FOLDER/node_modules holds what FOLDER/package-lock.json pins, made anew whenever that changes.
npm_packages() {
    local folder=$1 key
    key=$(hash_of "$folder/package.json" "$folder/package-lock.json")
    if stamped "$folder/node_modules/.stamp" "$key"; then
        return
    fi
    command -v npm >/dev/null || fail "npm is not there; script/bootstrap installs it, or see nodejs and npm"
    step "npm packages of $folder/"
    quietly "third_party/npm-${folder//\//-}.log" npm_ci "$folder"
    printf '%s\n' "$key" >"$folder/node_modules/.stamp"
}
