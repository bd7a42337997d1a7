# shellcheck shell=bash disable=SC2034
# Shared by the commands beside this file: paths, messages, databases. Source it, do not run it.
# SPDX-License-Identifier: LGPL-3.0-or-later
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
o=$root/.odoo
suite=(crm_accounts crm_leads crm_products crm_sales_docs crm_cases crm_reports
    crm_accounts_crm crm_accounts_sale crm_accounts_account crm_accounts_purchase)
# Tested on a database of its own: where Inventory is, it delivers the goods, which the tests of the others do by notes.
apart=(crm_sales_docs_stock)
# What their tests look at without needing it: kits, and vendors that deliver directly.
apart_with=(sale_mrp stock_dropshipping)
series=19.0

say() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# need_value OPTION COUNT: an option that takes a value must be followed by one.
need_value() { [ "$2" -ge 2 ] || die "$1 needs a value; see --help"; }

# check_addons NAME…: at least one, and each an addon of the suite.
check_addons() {
    [ $# -gt 0 ] || die "no addon named; choose among ${suite[*]}"
    for addon in "$@"; do
        [[ " ${suite[*]} ${apart[*]} " == *" $addon "* ]] \
            || die "the suite has no addon $addon; choose among ${suite[*]} ${apart[*]}"
    done
}
comma() { local IFS=,; echo "$*"; }

# Print the header comment of the calling script as its help text.
usage() { sed -n '2,/^[^#]/{/^# \{0,1\}SPDX/d;s/^# \{0,1\}//p;}' "$0"; exit 0; }

# quietly TITLE COMMAND…: run, keep the output in the log, and when it fails say why in one sentence.
quietly() {
    local title=$1 log=$o/log/${0##*/}.log from; shift
    mkdir -p "$o/log"
    printf '\n== %s: %s\n' "$title" "$*" >> "$log" || die "cannot write to $o: is the disk full or read-only?"
    from=$(wc -l < "$log")
    "$@" >> "$log" 2>&1 && return 0
    die "$title failed: $(tail -n "+$((from + 1))" "$log" | explain) (whole log: ${log#"$root"/})"
}

# Turn the output of a failed command into one sentence: the known causes first, else its last line.
explain() {
    local text; text=$(cat)
    case $text in
        *"No space left"*|*"disk full"*|*"Disk quota"*|*"Errno 28"*)
            echo "the disk is full; free about 3 GB and start again" ;;
        *"Could not resolve"*|*"Failed to fetch"*|*"Unable to connect"*|*"Network is unreachable"*)
            echo "the package archive does not answer; check the network, or set DEBIAN_MIRROR or ODOO_HOME" ;;
        *"Temporary failure in name"*|*"Connection refused"*|*"NewConnectionError"*|*"Read timed out"*|*"No matching distribution"*)
            echo "the Python package registry does not answer or lacks a package; check the network and pip's settings" ;;
        *) printf '%s\n' "$text" | grep -vE '^\s*$|^WARNING' | tail -1 ;;
    esac
}

# Free megabytes where the private files live must be at least $1.
need_disk() {
    local free; free=$(df -Pm "$root" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$1" ] || die "the disk of $root has $free MB left and $1 MB are needed; free some space and start again"
}

port_is_free() {
    "$o/venv/bin/python" -c 'import socket, sys
with socket.socket() as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", int(sys.argv[1])))' "$1" 2> /dev/null
}

# Prepare this machine (idempotent) and take over the environment that Odoo, PostgreSQL and the tests need.
setup() {
    "$root/bin/setup" "$@"
    # shellcheck disable=SC1091
    . "$o/env"
}

odoo() { "$o/venv/bin/python" -W ignore::UserWarning -m odoo "$@"; }
sql() { PGOPTIONS="-c client_min_messages=warning" psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
db_exists() { [ "$(sql -d postgres -c "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }
# Drop a database with its file store; open connections are ended.
db_drop() {
    sql -d postgres -c "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)"
    rm -rf "${ODOO_DATA_DIR:?}/filestore/$1"
}

# suite_closure ADDON…: the given addons, every addon of the suite that they depend on, and those that Odoo installs by
# itself beside them, one a line.
suite_closure() { manifests closure "$@"; }
# odoo_depends ADDON…: Odoo's own modules that the closure of the given addons depends on, one a line.
odoo_depends() { manifests depends "$@"; }
manifests() {
    "$o/venv/bin/python" - "$root/addons" "$ODOO_ADDONS_PATH" "$@" <<'PY'
import ast
import sys
from functools import cache
from pathlib import Path

root, addons_path, what, *todo = sys.argv[1:]
own = {path.parent.name for path in Path(root).glob("*/__manifest__.py")}


@cache
def manifest(name):
    for folder in (root, *addons_path.split(",")):
        path = Path(folder, name, "__manifest__.py")
        if path.exists():
            return ast.literal_eval(path.read_text())
    return {}


installed = set()
while todo:
    name = todo.pop()
    if name not in installed:
        installed.add(name)
        todo += manifest(name).get("depends", [])
    if not todo:
        todo = [
            glue
            for glue in own - installed
            if manifest(glue).get("auto_install") and installed.issuperset(manifest(glue)["depends"])
        ]
suite = own & installed
depends = {name for addon in suite for name in manifest(addon)["depends"]} - own
print("\n".join(sorted(suite if what == "closure" else depends)))
PY
}

# content_hash ADDON…: changes when anything that a database takes from these addons changes.
content_hash() {
    (cd "$root/addons" && find "$@" -type f -not -path '*/__pycache__/*' -not -path '*/tests/*' \
        -not -path '*/readme/*' -not -name '*.pot' -print0 | LC_ALL=C sort -z | xargs -0 sha1sum) | sha1sum | cut -c1-10
}

# template_build NAME COMMAND…: make database NAME by COMMAND (whose database is $NAME.new), once, whoever asks first.
template_build() {
    local name=$1; shift
    (
        flock 8
        db_exists "$name" && exit 0
        need_disk 1000
        db_drop "$name.new"
        "$@" || exit 1
        sql -d postgres -c "ALTER DATABASE \"$name.new\" RENAME TO \"$name\""
    ) 8> "$o/$name.lock" || exit 1
    rm -f "$o/$name.lock"
}

# odoo_template [--demo] [MODULE…]: print the name of a database with Odoo's own modules and Spanish, nothing of ours.
# Attachments are kept in the database, so that a copy of it needs no copy of a file store.
odoo_template() {
    local demo='' name
    if [ "${1:-}" = --demo ]; then demo=1; shift; fi
    name=crm_odoo${demo:+_demo}_$({ printf '%s\n' "$@"; cat config/requirements.txt; echo "$ODOO_ADDONS_PATH"; declare -f build_odoo; } | sha1sum | cut -c1-10)
    template_build "$name" build_odoo "$name.new" "$demo" "$@"
    echo "$name"
}
build_odoo() {
    local db=$1 demo=$2; shift 2
    quietly "making a database" odoo -d "$db" ${demo:+--with-demo} -i base --load-language=en_US,es_419 --stop-after-init --no-http --log-level=warn
    quietly "preparing a database" odoo shell -d "$db" --no-http --log-level=warn <<'PY'
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
env["ir.config_parameter"].set_param("report.print_delay", "50")
env["ir.attachment"].force_storage()
env.cr.commit()
PY
    [ $# -eq 0 ] || quietly "installing Odoo's modules" odoo -d "$db" -i "$(comma "$@")" --stop-after-init --no-http --log-level=warn
}

# suite_template [--demo] ADDON…: print the name of a database with these addons, as they are now, and what they depend
# on. Any warning or error that the installation logs is printed and ends the run.
suite_template() {
    local demo='' addons depends base kind name old
    if [ "$1" = --demo ]; then demo=--demo; shift; fi
    mapfile -t addons < <(suite_closure "$@")
    mapfile -t depends < <(odoo_depends "$@")
    base=$(odoo_template $demo "${depends[@]}")
    kind=crm_suite${demo:+_demo}_$(printf '%s\n' "${addons[@]}" | sha1sum | cut -c1-6)
    name=${kind}_$({ echo "$base"; content_hash "${addons[@]}"; } | sha1sum | cut -c1-10)
    if ! db_exists "$name"; then
        # Earlier states of the same addons are of no more use; one that a run still copies stays until the next time.
        for old in $(sql -d postgres -c "SELECT datname FROM pg_database WHERE datname LIKE '${kind//_/\\_}\\_%'"); do
            sql -d postgres -c "DROP DATABASE IF EXISTS \"$old\"" 2> /dev/null || true
        done
    fi
    template_build "$name" build_suite "$base" "$name.new" "${addons[@]}"
    echo "$name"
}
build_suite() {
    local base=$1 db=$2 log=$o/log/$2.log noise; shift 2
    createdb -T "$base" "$db"
    odoo -d "$db" -i "$(comma "$@")" --stop-after-init --no-http --log-level=warn > "$log" 2>&1 \
        || die "installing $* failed: $(explain < "$log") (whole log: ${log#"$root"/})"
    if noise=$(grep -E ' (WARNING|ERROR|CRITICAL) ' "$log"); then
        printf '%s\n' "$noise" >&2
        die "installing $* logged the lines above"
    fi
    rm -f "$log"
}
