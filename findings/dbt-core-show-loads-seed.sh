#!/usr/bin/env bash
# dbt-core 1.11.16 (with dbt-duckdb 1.11.1 and duckdb 2.0.1)
#
# Expected: `dbt show` is a preview. Its documentation says that the results of the preview query are printed and are
#   not materialized in the data warehouse. It does not speak of seeds.
# Seen: for a seed, `dbt show` loads the CSV file as `dbt seed` does: the table is there afterwards, and the log says
#   "OK loaded seed file". If the table was there before, the command replaces its rows.
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

mkdir -p "$work/project/seeds"
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
printf 'id,name\n1,red\n2,blue\n' >seeds/colours.csv

tables() {
  python -c "import duckdb
print(sorted(duckdb.connect('shop.duckdb').sql('select table_name from information_schema.tables').fetchall()))"
}

echo "Tables before: $(tables)"
dbt show --select colours || not_run "dbt show failed"
after=$(tables)
echo "Tables after dbt show: $after"
[ "$after" = "[('colours',)]" ] || changed "dbt show of a seed left these tables: $after"

# The table's rows are no longer those of the file; a preview should leave them.
python -c "import duckdb
duckdb.connect('shop.duckdb').sql(\"insert into colours values (3, 'green')\")"
dbt show --select colours || not_run "the second dbt show failed"
rows=$(python -c "import duckdb
print(duckdb.connect('shop.duckdb').sql('select count(*) from colours').fetchall()[0][0])")
echo "Rows after a third was added and dbt show ran again: $rows"
[ "$rows" = 2 ] || changed "dbt show kept the rows of the table: $rows"

echo "seen: dbt show of a seed made its table, and a second dbt show replaced the rows of the table"
