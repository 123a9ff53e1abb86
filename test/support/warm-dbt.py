"""dbt that is imported already: a server that forks itself for each session that a test starts.

    python warm-dbt.py serve SOCKET      imports dbt when the first client comes, then forks for each
    python warm-dbt.py SOCKET SCRIPT …   a client: runs SCRIPT as `python SCRIPT …` would, in such a fork

The client stands where the Python of dbt stands. It hands over its arguments, environment, working folder and
descriptors 0 to 4, passes signals on, and ends as the script ends. When the client is killed, so is the script.
The script and dbt are the real ones. What is not: the start of the interpreter, and the process's environment as
/proc shows it, which is the server's.
"""

import array
import json
import os
import select
import signal
import socket
import sys

DESCRIPTORS = 5
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def client(path, arguments):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)  # until the script is there to get them
    for name in PASSED_ON:
        signal.signal(name, lambda number, _: connection.sendall(bytes([number])))
    setting = {"arguments": arguments, "environment": dict(os.environ), "folder": os.getcwd()}
    descriptors = array.array("i", range(DESCRIPTORS))
    message = json.dumps(setting).encode() + b"\n"
    sent = connection.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
    if sent < len(message):  # to send nothing would fail once the script has ended
        connection.sendall(message[sent:])
    for number in range(DESCRIPTORS):  # whoever reads their other ends waits for the script, not for this process
        os.close(number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
    answer = json.loads(connection.makefile().readline())
    if answer < 0:
        if -answer in PASSED_ON:
            signal.signal(-answer, signal.SIG_DFL)
        os.kill(os.getpid(), -answer)
    os._exit(answer)


def serve(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(64)
    wakes, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running = {}  # process id: connection of its client
    warm = False
    while True:
        ready, _, _ = select.select([server, wakes, *running.values()], [], [])
        if wakes in ready:
            os.read(wakes, 4096)
            reap(running)
        for pid, connection in list(running.items()):
            if connection in ready:
                pass_on(pid, connection)
        if server in ready:
            connection, _ = server.accept()
            if not warm:
                warm_up()
                warm = True
            setting, descriptors = receive(connection)
            pid = os.fork()
            if pid == 0:
                for other in [server, connection, *running.values()]:
                    other.close()
                os.close(wakes)
                become(setting, descriptors)
            own_group(pid)
            for number in descriptors:
                os.close(number)
            running[pid] = connection


def warm_up():
    """What every session of dbt does first: its imports, and the schemas and code that its classes make at first use."""
    import gc
    import importlib
    import tempfile

    import dbt.adapters
    from dbt.cli.main import dbtRunner
    from dbt_common.events.functions import reset_metadata_vars

    installed = [name for root in dbt.adapters.__path__ for name in os.listdir(root) if name in ADAPTERS]
    for name in installed:
        importlib.import_module(f"dbt.adapters.{name}")
    with tempfile.TemporaryDirectory() as folder:
        for file, text in PROJECT.items():
            with open(os.path.join(folder, file), "w") as out:
                out.write(text)
        places = ["--project-dir", folder, "--profiles-dir", folder, "--log-path", folder, "--target-path", folder]
        quiet = ["--log-level", "none", "--log-level-file", "none", "--no-send-anonymous-usage-stats"]
        dbtRunner().invoke([*quiet, "parse", *places])
    reset_metadata_vars()  # as dbt's own tests do between two runs: they are read once a process
    gc.collect()
    gc.freeze()


PROJECT = {
    "dbt_project.yml": "name: warm\nversion: '1'\nprofile: warm\nmodel-paths: ['.']\n",
    "profiles.yml": "warm: {target: a, outputs: {a: {type: duckdb, path: ':memory:'}}}\n",
    "a.sql": "select 1 as a",
    "a.yml": "models: [{name: a, columns: [{name: a, data_tests: [unique]}]}]\n",
}
ADAPTERS = {"duckdb", "postgres", "snowflake", "bigquery"}


def receive(connection):
    data, descriptors = b"", array.array("i")
    room = socket.CMSG_LEN(DESCRIPTORS * descriptors.itemsize)
    while not data.endswith(b"\n"):
        more, ancillary, _, _ = connection.recvmsg(65536, room)
        if not more:
            break
        data += more
        for _, _, received in ancillary:
            descriptors.frombytes(received)
    return json.loads(data), descriptors


def reap(running):
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        connection = running.pop(pid)
        stop(pid)  # what it started and left behind
        try:
            connection.sendall(json.dumps(os.waitstatus_to_exitcode(status)).encode() + b"\n")
        except OSError:
            pass  # the client was killed
        connection.close()


def pass_on(pid, connection):
    """A signal that the client got; its end means that it was killed."""
    try:
        numbers = connection.recv(16)
    except OSError:
        numbers = b""
    for number in numbers or [signal.SIGKILL]:
        stop(pid, number)


def stop(group, number=signal.SIGKILL):
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        pass


def own_group(pid):
    """Done on both sides of the fork, so that a signal finds it however early it comes."""
    try:
        os.setpgid(pid, pid)
    except OSError:
        pass  # it has ended


def become(setting, descriptors):
    import runpy

    own_group(0)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for target, number in enumerate(descriptors):
        os.dup2(number, target, inheritable=target < 3)
    for number in descriptors:
        if number >= DESCRIPTORS:
            os.close(number)
    os.environ.clear()
    os.environ.update(setting["environment"])
    os.chdir(setting["folder"])
    sys.argv = setting["arguments"]
    sys.path[0] = os.path.dirname(sys.argv[0])
    for stream in (sys.stdout, sys.stderr):  # as PYTHONUNBUFFERED has it
        stream.reconfigure(line_buffering=True, write_through=True)
    code = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:  # noqa: B036, as an interpreter does
        import traceback

        traceback.print_exc()
        code = 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                pass
        os._exit(code)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    client(sys.argv[1], sys.argv[2:])
