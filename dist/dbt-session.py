"""dbt in one process: parse once, list what commands would touch, then run them.

Speaks JSON lines on file descriptors 3 (requests) and 4 (replies), so that dbt keeps its own
stdout and stderr. Uses dbt's documented programmatic runner and nothing private:
https://docs.getdbt.com/reference/programmatic-invocations. The folders, the profile and the log come
as DBT_* variables. A credential is in the environment only while the command that needs it runs.
"""

import json
import os
import queue
import re
import shutil
import signal
import sys
import threading
import time
from importlib import metadata
from pathlib import Path

OLDEST = (1, 8)
UNKNOWN = (2, 0)
# Seconds from the loss of the other side to the end of dbt.
GRACE = 5
# Holds all that is written here. Read before any code of the project, which may change its variables.
PRIVATE = Path(os.environ["DBT_TARGET_PATH"]).parent
# While a request is carried out, and from when the other side was lost meanwhile.
WORKING = threading.Event()
ABANDONED = threading.Event()


class Refused(Exception):
    """The request cannot be carried out; the text is for the user. `kind` is dbt's own name for it."""

    def __init__(self, text, kind=""):
        super().__init__(text)
        self.kind = kind


def engine():
    """What is installed: version of dbt, its adapters, every distribution."""
    packages = sorted({f"{d.metadata['Name']}=={d.version}" for d in metadata.distributions()})
    try:
        version = metadata.version("dbt-core")
    except metadata.PackageNotFoundError:
        raise Refused("the Python of this dbt has no package dbt-core") from None
    if not OLDEST <= version_of("dbt-core") < UNKNOWN:
        raise Refused(f"dbt-core is {version}; supported is 1.8 or later, and not yet 2")
    import dbt.adapters

    adapters = {}
    for root in dbt.adapters.__path__:
        for file in Path(root).glob("*/__version__.py"):
            adapters[file.parent.name] = adapter_version(file)
    if not adapters:
        raise Refused(f"dbt-core {version} is installed without an adapter such as dbt-duckdb")
    return {"version": version, "adapters": adapters, "packages": packages}


def version_of(name):
    return tuple(int(part) for part in metadata.version(name).split(".")[:2])


def adapter_version(file):
    try:
        return metadata.version(f"dbt-{file.parent.name}")
    except metadata.PackageNotFoundError:  # a distribution with another name
        found = re.search(r"version\s*=\s*['\"]([^'\"]+)", file.read_text(encoding="utf-8"))
        return found[1] if found else ""


class Session:
    def __init__(self):
        from dbt.cli.main import dbtRunner

        # dbt 1.12 can leave parsing to another program, which a flag of the project names. Older ones warn of the name.
        if version_of("dbt-core") >= (1, 12):
            os.environ["DBT_ENGINE_USE_V2_PARSER"] = "false"
        self.runner = dbtRunner
        self.home = os.getcwd()
        self.project = os.environ["DBT_PROJECT_DIR"]
        # The parsed project by the options that change it, such as --vars.
        self.manifests = {}

    def call(self, args, manifest=None):
        """One dbt command: its result and the id of its invocation."""
        os.chdir(self.home)  # where the search for a `.env` ends
        seen = {"id": ""}

        def on_event(event):
            if event.info.name == "MainReportVersion":
                seen["id"] = event.info.invocation_id
                # Nothing of the project was read yet. Its relative paths mean what they mean at a desk.
                os.chdir(self.project)
                if manifest is not None:  # it is about to be written as an artifact of this invocation
                    manifest.metadata.invocation_id = event.info.invocation_id

        result = self.runner(manifest=manifest, callbacks=[on_event]).invoke(list(args))
        return result, seen["id"]

    def manifest(self, options):
        key = tuple(options)
        if key not in self.manifests:
            result, _ = self.call(["--log-level", "warn", "parse", *options])
            self.manifests[key] = check(result)
        return self.manifests[key]

    def list(self, request):
        manifest = self.manifest(request["parse"])
        output = ["--output", "json", "--output-keys", "unique_id"]
        arguments = ["--log-level", "none", "ls", *request["args"], *output]
        result, _ = self.call(arguments, manifest)
        return {"nodes": [json.loads(line)["unique_id"] for line in check(result) or []]}

    def parse(self, request):
        self.manifest(request["parse"])
        return {}

    def invoke(self, request):
        # Running writes into the manifest and may change the project, so a parsed project is used for one run.
        manifest = self.manifests.pop(tuple(request["parse"]), None) if request["reuse"] else None
        self.manifests.clear()
        before = dict(os.environ)
        os.environ.update(request["credentials"])
        try:
            result, invocation_id = self.call(request["args"], manifest)
        finally:
            os.environ.clear()
            os.environ.update(before)
        error = result.exception
        if type(error).__name__ == "DbtUsageException":  # dbt's own command line would print it
            print(f"Usage error: {error}", file=sys.stderr, flush=True)
        if isinstance(error, KeyboardInterrupt):
            self.write_manifest(manifest, invocation_id)
            return {"id": invocation_id, "signal": "SIGINT"}
        # The codes of dbt's command line: https://docs.getdbt.com/reference/exit-codes
        code = 2 if error is not None else 0 if result.success else 1
        return {"id": invocation_id, "exit": code, "unmeasured": unmeasured(result.result)}

    def write_manifest(self, manifest, invocation_id):
        """An interrupted dbt writes the results that it has, and ends before the manifest that says what they are of."""
        if ABANDONED.is_set() or manifest is None or manifest.metadata.invocation_id != invocation_id:
            return
        try:
            manifest.write(os.path.join(os.environ["DBT_TARGET_PATH"], "manifest.json"))
        except Exception as error:  # the record then says that it does not know what ran
            print(f"The manifest of the interrupted command was not written: {error}", file=sys.stderr, flush=True)


def unmeasured(results):
    """Sources whose freshness could not be asked for: dbt leaves them out of sources.json, and tells its caller."""
    rows = getattr(results, "results", None)
    return {
        row.node.unique_id: str(row.message or "dbt gave no reason")
        for row in (rows if isinstance(rows, (list, tuple)) else [])
        if str(getattr(row, "status", "")) == "runtime error" and row.node.resource_type == "source"
    }


def check(result):
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    if not result.success:
        error = result.exception
        raise Refused(str(error or "dbt gave no reason"), type(error).__name__)
    return result.result


def requests():
    """Requests as they come. When the other side is gone while dbt works, dbt is stopped."""
    lines = queue.Queue()

    def read():
        with os.fdopen(3, encoding="utf-8") as channel:
            for line in channel:
                lines.put(json.loads(line))
        lines.put(None)
        if WORKING.is_set():
            ABANDONED.set()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(GRACE)  # dbt waits for the queries of its threads, but nobody waits for dbt any more
        remove_abandoned()
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=read, daemon=True).start()
    while (request := lines.get()) is not None:
        yield request


def main():
    replies = os.fdopen(4, "w", encoding="utf-8")
    os.set_inheritable(3, False)
    os.set_inheritable(4, False)

    def reply(message):
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    try:
        reply({"engine": engine()})
        session = Session()
    except Exception as error:
        reply(refusal(error))
        return 1
    for request in requests():
        reply(answer(session, request))
    return 0


def answer(session, request):
    WORKING.set()
    try:
        return getattr(session, request["op"])(request)
    except Exception as error:
        return refusal(error)
    finally:
        WORKING.clear()


def remove_abandoned():
    """The post step may have removed the private folder before dbt, interrupted, wrote its last artifacts there."""
    if ABANDONED.is_set():
        shutil.rmtree(PRIVATE, ignore_errors=True)


def refusal(error):
    if isinstance(error, Refused):
        return {"error": f"{error}", "kind": error.kind}
    return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        remove_abandoned()
