#!/usr/bin/env bash
# dbt-core 1.11.16 (with dbt-duckdb 1.11.1 and duckdb 2.0.1)
#
# Expected: a data test with `store_failures: false` stores nothing, because this setting wins over the flag
#   --store-failures. So it has no relation_name in manifest.json, and dbt names no table of its failures.
# Seen: it stores nothing, but manifest.json gives it a relation_name, and the log says "See test failures" with a
#   query of a table that is not there.
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
echo 'select 1 as id union all select 1 as id' >models/orders.sql
cat >models/orders.yml <<'END'
models:
  - name: orders
    columns:
      - name: id
        data_tests:
          - unique: {config: {store_failures: false}}
          - not_null
END

code=0
dbt build --store-failures | tee build.log || code=$?
[ "$code" = 1 ] || not_run "dbt build exited with $code; the failing test should give 1"
named=$(python -c "import json
nodes = json.load(open('target/manifest.json'))['nodes'].values()
print(sorted(n['relation_name'] for n in nodes if n['resource_type'] == 'test' and n['relation_name']))")
tables=$(python -c "import duckdb
print(duckdb.connect('shop.duckdb').sql(\"\"\"select table_name from information_schema.tables
  where table_schema = 'main_dbt_test__audit'\"\"\").fetchall())")
echo "Relations that manifest.json names for tests: $named"
echo "Tables of failures in the warehouse: $tables"
[ "$tables" = "[('not_null_orders_id',)]" ] || changed "the tables of failures are $tables"
[[ $named == *unique_orders_id* ]] || changed "manifest.json names $named"
grep -q 'select \* from "shop"."main_dbt_test__audit"."unique_orders_id"' build.log ||
  changed "the log does not name the absent table"

echo "seen: manifest.json and the log name a table unique_orders_id for a test that stores nothing; it does not exist"
