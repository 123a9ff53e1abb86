"""What is in a DuckDB file: JSON lines in, JSON lines out. Run by the Python of the dbt that wrote the file.

{"do": "make", "path": …, "sql": …}   runs statements, to make the database of a case
{"do": "dump", "path": …}             every table and view: columns, rows, a checksum of the contents
"""

import json
import os
import sys

import duckdb


def make(request):
    with duckdb.connect(request["path"]) as database:
        database.execute(request["sql"])
    return {}


def dump(request):
    if not os.path.exists(request["path"]):
        return {"relations": []}
    with duckdb.connect(request["path"], read_only=True) as database:
        tables = database.execute(
            "select schema_name, table_name, 'table', '' from duckdb_tables() where not internal and not temporary "
            "and database_name = current_database() union all "
            "select schema_name, view_name, 'view', sql from duckdb_views() where not internal and not temporary "
            "and database_name = current_database() order by 1, 2"
        ).fetchall()
        return {"relations": [relation(database, *table) for table in tables]}


def relation(database, schema, name, kind, definition):
    quoted = '"%s"."%s"' % (schema.replace('"', '""'), name.replace('"', '""'))
    try:
        columns = [column[0] for column in database.execute(f"describe select * from {quoted}").fetchall()]
        # A sum does not depend on the order, and unlike an exclusive or it sees rows that came twice.
        rows, checksum = database.execute(
            f"select count(*), coalesce(sum(hash(t)::hugeint), 0)::varchar from {quoted} as t"
        ).fetchone()
    except duckdb.Error as error:  # a view on something that is gone
        columns, rows, checksum = [], -1, str(error)
    # A view has changed when its definition has; what it shows changes with the tables below it.
    contents = definition if kind == "view" else checksum
    return {"schema": schema, "name": name, "kind": kind, "columns": columns, "rows": rows, "contents": contents}


for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"make": make, "dump": dump}[asked["do"]](asked)
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
