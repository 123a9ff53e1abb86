#!/usr/bin/env bash
# dbt-core 1.11.16 (with dbt-duckdb 1.11.1 and duckdb 2.0.1)
#
# Expected: run_results.json lists "only executed nodes", says its documentation. `dbt compile` and `dbt docs generate`
#   execute neither models nor hooks, so neither should stand there as a success.
# Seen: both commands record the model and the on-run-end hook (operation.*) with status "success", the status that a
#   hook and a model have after `dbt run`, though neither ran: the warehouse stays empty.
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
echo 'on-run-end: "create table made_by_hook as select 1 as id"' >>dbt_project.yml
echo 'select 1 as id' >models/orders.sql

for command in "compile" "docs generate"; do
  # Two words make two arguments.
  # shellcheck disable=SC2086
  dbt $command || not_run "dbt $command failed"
  results=$(python -c "import json
print(sorted((r['unique_id'], r['status']) for r in json.load(open('target/run_results.json'))['results']))")
  relations=$(python -c "import duckdb
print(duckdb.connect('shop.duckdb').sql('select table_name from information_schema.tables').fetchall())")
  echo "Recorded by dbt $command: $results"
  echo "Relations in the warehouse: $relations"
  [ "$results" = "[('model.shop.orders', 'success'), ('operation.shop.shop-on-run-end-0', 'success')]" ] ||
    changed "dbt $command recorded $results"
  [ "$relations" = "[]" ] || changed "dbt $command made $relations"
done

echo "seen: compile and docs generate recorded a model and a hook as success; the warehouse is empty, so neither ran"
