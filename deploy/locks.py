"""Lock files: how they are renewed (`make lock`), and what must be true of them (`make check`).

Everything is locked by version and hash, and no file names a host: the same lock works behind any mirror.
"""

from __future__ import annotations

import json
import re
import sys

from deploy import bootstrap
from deploy.bootstrap import CannotBuild
from estrade.site.supervisor.builds import REPOSITORY

PYTHON_LOCKS = ("requirements.txt", "requirements-dev.txt")
ENGINES = ("github.com/livekit/livekit-server v1.13.5", "github.com/caddyserver/caddy/v2 v2.11.9")


def main() -> int:
    """Renew every lock file."""
    try:
        for lock in PYTHON_LOCKS:
            with bootstrap.progress(f"Locking {lock}"):
                command = [sys.executable, "-m", "uv", "pip", "compile", "--upgrade", "-q", "--generate-hashes"]
                command += ["--python-version", "3.11", "--no-emit-index-url", "-o", lock, lock.replace(".txt", ".in")]
                bootstrap.run(command, log="lock")
        with bootstrap.progress("Locking engines/go.sum"):
            go = bootstrap.find_go()
            bootstrap.run([go, "mod", "tidy"], log="lock", cwd=REPOSITORY / "engines", environment=bootstrap.go_environment())
        with bootstrap.progress("Locking web/package-lock.json"):
            environment = bootstrap.node_environment() | {"npm_config_omit_lockfile_registry_resolved": "true"}
            bootstrap.run(["npm", "install", "--package-lock-only"], log="lock", cwd=REPOSITORY / "web", environment=environment)
    except CannotBuild as refusal:
        print(f"estrade: {refusal}", file=sys.stderr)
        return 1
    return _say(faults())


def faults() -> list[str]:
    """Everything that is wrong with the lock files, a line each."""
    return [*_python_faults(), *_node_faults(), *_go_faults()]


def _python_faults() -> list[str]:
    found = []
    pins: dict[str, dict[str, str]] = {}
    for lock in PYTHON_LOCKS:
        text = (REPOSITORY / lock).read_text()
        pins[lock] = dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", text))
        if re.search(r"https?://|(?m:^\s*--?(?:index-url|extra-index-url|find-links|i)\b)", text):
            found.append(f"{lock} names a host: `make lock`.")
        # A requirement goes on over lines that end in a backslash.
        requirements = [line for line in text.replace("\\\n", " ").splitlines() if re.match(r"[A-Za-z0-9]", line)]
        found += [f"{lock}: {line.split()[0]} has no hash." for line in requirements if "--hash=sha256:" not in line]
        wanted = re.findall(r"(?m)^([A-Za-z0-9][A-Za-z0-9._-]*)", (REPOSITORY / lock.replace(".txt", ".in")).read_text())
        missing = sorted(_plain(name) for name in wanted if _plain(name) not in {_plain(pin) for pin in pins[lock]})
        found += [f"{lock} lacks {name}: `make lock`." for name in missing]
    runtime, development = (pins[lock] for lock in PYTHON_LOCKS)
    found += [
        f"{name} is {version} in requirements.txt and {development.get(name)} in requirements-dev.txt: `make lock`."
        for name, version in runtime.items()
        if development.get(name) != version
    ]
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _node_faults() -> list[str]:
    packages = json.loads((REPOSITORY / "web" / "package-lock.json").read_text())["packages"]
    found = []
    for name, package in packages.items():
        if str(package.get("resolved", "")).startswith(("http:", "https:")):
            found.append(f"web/package-lock.json: {name} names a host: `make lock`.")
        is_ours = not name or package.get("link") or "node_modules" not in name
        if not is_ours and not package.get("integrity") and not package.get("inBundle"):
            found.append(f"web/package-lock.json: {name} has no hash.")
    return found


def _go_faults() -> list[str]:
    module = (REPOSITORY / "engines" / "go.mod").read_text()
    found = [f"engines/go.mod does not have {engine}." for engine in ENGINES if engine not in module]
    if re.search(r"(?m)^\s*(replace|exclude)\b", module):
        found.append("engines/go.mod replaces or excludes a module: the lock would not say what is built.")
    if not (REPOSITORY / "engines" / "go.sum").exists():
        found.append("engines/go.sum is missing.")
    return found


def _say(lines: list[str]) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
