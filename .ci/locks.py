"""Whether a lock of Python packages is whole, for every Python and system that the project supports.

    python locks.py LOCK OLDEST NEWEST [ENVIRONMENT]

Each line pins one version by hash, and what the `.in` file beside the lock asks for is pinned. With the folder of an
ENVIRONMENT that was made from the lock, so is all that each installed package asks for, by its own metadata. A pin for
another Python or system is not installed here: what it asks for was looked at when `npm run lock` made the lock.
"""

import re
import sys
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

SYSTEMS = [("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64"), ("darwin", "Darwin", "arm64")]
HASHES = re.compile(r"(\s+--hash=sha256:[0-9a-f]{64})+\s*$")


def main(lock, oldest, newest, environment=None):
    pins, faults = read_lock(Path(lock).read_text())
    roots = read_requirements(Path(lock).with_suffix(".in").read_text())
    packages = read_packages(Path(environment)) if environment else {}
    for minor in range(int(oldest), int(newest) + 1):
        for system in SYSTEMS:
            faults += missing(roots, pins, packages, place(minor, *system))
    for fault in dict.fromkeys(faults):
        print(f"{lock}: {fault}")
    elsewhere = sorted(f"{pin.name} {version}" for pin, version in pins if key(pin, version) not in packages)
    if environment:
        print(f"{lock}: {len(pins)} pins; not installed here: {', '.join(elsewhere) or 'none'}")
    return 1 if faults else 0


def read_lock(text):
    """The pins, each with its version, and a line for each entry that is none."""
    pins, faults = [], []
    for entry in text.replace("\\\n", " ").splitlines():
        if not entry.strip() or entry.lstrip().startswith("#"):
            continue
        hashes = HASHES.search(entry)
        try:
            pin = Requirement(entry[: hashes.start()] if hashes else entry.split(" --")[0])
        except InvalidRequirement:
            faults.append(f"not a pin: {entry.strip()}")
            continue
        [*versions] = pin.specifier
        if hashes is None:
            faults.append(f"{pin.name} has no hash")
        if len(versions) != 1 or versions[0].operator != "==" or "*" in versions[0].version or pin.url:
            faults.append(f"{pin} is not one version")
        else:
            pins.append((pin, versions[0].version))
    return pins, faults


def read_requirements(text):
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line]


def read_packages(environment):
    """What each installed package asks for, by its name and version."""
    packages = {}
    for path in environment.glob("lib/python*/site-packages/*.dist-info/METADATA"):
        metadata = HeaderParser().parsestr(path.read_text(encoding="utf-8"))
        asks = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
        packages[(canonicalize_name(metadata["Name"]), metadata["Version"])] = asks
    return packages


def place(minor, sys_platform, platform_system, platform_machine):
    """The variables of markers."""
    return {
        "python_version": f"3.{minor}",
        "python_full_version": f"3.{minor}.9",
        "implementation_version": f"3.{minor}.9",
        "sys_platform": sys_platform,
        "platform_system": platform_system,
        "platform_machine": platform_machine,
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


def missing(roots, pins, packages, where):
    """A line for each requirement that the pins do not meet at this place."""
    here, faults = {}, []
    name_of_place = f"on {where['sys_platform']} {where['platform_machine']} with Python {where['python_version']}"
    for pin, version in pins:
        if holds(pin, where, ""):
            name = canonicalize_name(pin.name)
            if name in here:
                faults.append(f"{pin.name} is pinned twice {name_of_place}")
            here[name] = (pin, version)
    open_, seen = [("the .in file", root) for root in roots if holds(root, where, "")], set()
    while open_:
        asker, wanted = open_.pop()
        name = canonicalize_name(wanted.name)
        if name not in here:
            faults.append(f"{asker} needs {wanted.name}, which is not pinned {name_of_place}")
            continue
        pin, version = here[name]
        if not wanted.specifier.contains(version, prereleases=True):
            faults.append(f"{asker} needs {wanted}, and {version} is pinned")
        for extra in ["", *wanted.extras]:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            asks = packages.get(key(pin, version), [])
            open_ += [(f"{pin.name} {version}", ask) for ask in asks if holds(ask, where, extra)]
    return faults


def holds(requirement, where, extra):
    return requirement.marker is None or requirement.marker.evaluate({**where, "extra": extra})


def key(pin, version):
    return canonicalize_name(pin.name), version


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
