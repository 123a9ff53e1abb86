"""What SQL statements read and write, by sqlglot: JSON lines in, JSON lines out.

{"dialect": "duckdb", "statements": […]} gives for each text its parts:
writes, reads  relations as lists of their parts, as they are written
drops, renames (from, to)
written files, read files
"""

import json
import logging
import re
import sys

import sqlglot
from sqlglot import exp

logging.disable()
WRITES = (exp.Create, exp.Insert, exp.Merge, exp.Update, exp.Delete, exp.TruncateTable)


def parts(table):
    return [part.name for part in table.parts]


def files_of(tree):
    """Literals in functions that read files: read_csv('a.csv'), read_parquet(['a', 'b'])."""
    named = []
    for function in tree.find_all(exp.Func):
        name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
        if not name.lower().startswith(("read_", "scan_", "parquet_scan")):
            continue
        # Arguments may be named; the files are in the first.
        first = function.this if isinstance(function.this, exp.Expression) else next(iter(function.expressions), None)
        if first is not None:
            named += [literal.name for literal in first.find_all(exp.Literal) if literal.is_string]
    return named


def target_of(tree):
    if isinstance(tree, WRITES):
        target = tree.this
        if isinstance(tree, exp.TruncateTable):
            target = tree.expressions[0]
        if isinstance(target, exp.Schema):
            target = target.this
        return target if isinstance(target, exp.Table) else None
    return None


def about(tree):
    found = {"writes": [], "reads": [], "drops": [], "renames": [], "writtenFiles": [], "readFiles": []}
    if isinstance(tree, exp.Drop):
        found["drops"] += [parts(table) for table in tree.args.get("tables") or [] if isinstance(table, exp.Table)]
        return found
    if isinstance(tree, exp.Alter):
        for action in tree.args.get("actions") or []:
            if isinstance(action, exp.AlterRename):
                found["renames"].append([parts(tree.this), parts(action.this)])
        if not found["renames"]:
            found["writes"].append(parts(tree.this))
        return found
    skipped = []
    if isinstance(tree, exp.Copy):
        # COPY t FROM 'file' has kind True, COPY (…) TO 'file' False.
        names = [literal.name for literal in tree.args.get("files") or []]
        if tree.args.get("kind"):
            found["readFiles"] += names
            found["writes"].append(parts(tree.this.find(exp.Table)))
            return found
        found["writtenFiles"] += names
    elif isinstance(tree, exp.Create) and tree.kind not in ("TABLE", "VIEW"):
        return found
    elif isinstance(tree, (exp.Comment, exp.Describe, exp.Pragma, exp.Set, exp.Use, exp.Attach, exp.Detach)):
        return found
    else:
        target = target_of(tree)
        if target is not None:
            found["writes"].append(parts(target))
            skipped.append(target)
    named = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if any(table is other for other in skipped) or not isinstance(table.this, exp.Identifier):
            continue
        name = parts(table)
        if len(name) == 1 and name[0].lower() in named:
            continue
        # from 'file.csv'
        looks_like_file = len(name) == 1 and ("/" in name[0] or name[0].lower().endswith((".csv", ".parquet", ".json")))
        (found["readFiles"] if looks_like_file else found["reads"]).append(name[0] if looks_like_file else name)
    found["readFiles"] += files_of(tree)
    return found


def answer(dialect, text):
    # dbt logs the first rows of a seed, with places for their values.
    text = re.sub(r"\.\.\.\s*$", "", text).replace("%s", "null")
    # Of DuckDB alone, and not yet known to sqlglot; the target and the source of the MERGE stay what they are.
    text = re.sub(r"\bupdate by name\b", "delete", text, flags=re.IGNORECASE)
    text = re.sub(r"\binsert by name\b", "insert *", text, flags=re.IGNORECASE)
    # The options of a COPY, of which sqlglot does not know all.
    text = re.sub(r"\b(from|to)(\s+'(?:[^']|'')*')\s*\([^()]*\)\s*;?\s*$", r"\1\2", text, flags=re.IGNORECASE)
    try:
        trees = [tree for tree in sqlglot.parse(text, dialect=dialect) if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        return {**about(exp.Select()), "error": str(error)}
    found = {**about(exp.Select()), "error": ""}
    for tree in trees:
        if isinstance(tree, exp.Command):  # a statement that sqlglot only knows the first word of
            found["error"] = f"not parsed: {tree.this}"
        for key, values in about(tree).items():
            found[key] = found[key] + values
    return found


for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps([answer(asked["dialect"], text) for text in asked["statements"]]), flush=True)
