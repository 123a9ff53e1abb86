#!/usr/bin/env bash
# dbt-core 1.11.16 (with dbt-duckdb 1.11.1 and duckdb 2.0.1)
#
# Expected: `dbt source freshness` writes one result for each selected source into sources.json. The schema of the file
#   (sources v3) has an entry of its own, with status "runtime error", for a source whose query failed.
# Seen: a source whose freshness query fails (here: its table is missing) is not in sources.json at all. The file
#   reads as if every selected source had passed; only the exit code 1 and the log tell of the failure.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
changed() { echo "changed: $1"; exit 1; }
not_run() { echo "not run: $1"; exit 1; }

python3 -m venv "$work/venv" || not_run "python3 made no venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check dbt-core==1.11.16 dbt-duckdb==1.11.1 duckdb==2.0.1 ||
  not_run "pip did not install the pinned packages"
# No setting from outside takes part.
unset "${!DBT_@}"
export HOME="$work" DBT_SEND_ANONYMOUS_USAGE_STATS=false DBT_USE_COLORS=false
PATH="$work/venv/bin:$PATH"

mkdir -p "$work/project/models"
cd "$work/project"
cat >dbt_project.yml <<'END'
name: shop
version: "1.0"
profile: shop
END
cat >profiles.yml <<'END'
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: shop.duckdb}
END
cat >models/raw.yml <<'END'
sources:
  - name: raw
    schema: main
    config:
      loaded_at_field: loaded_at
      freshness: {warn_after: {count: 1, period: day}}
    tables:
      - name: orders
      - name: payments
END
# There are orders, loaded now; there is no table of payments.
python -c "import duckdb
duckdb.connect('shop.duckdb').sql('create table orders as select now() as loaded_at')"

code=0
dbt source freshness || code=$?
echo "Exit code: $code"
[ "$code" = 1 ] || changed "dbt source freshness exited with $code"
results=$(python -c "import json
print([(r['unique_id'], r['status']) for r in json.load(open('target/sources.json'))['results']])")
echo "Results in sources.json: $results"
[ "$results" = "[('source.shop.raw.orders', 'pass')]" ] || changed "sources.json holds $results"

echo "seen: the query of raw.payments failed (exit 1), and sources.json holds only raw.orders with status pass"
