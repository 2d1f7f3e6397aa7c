"""What is built from source, where the results are kept, and how to know that they are still true.

Runs before anything is installed: only the standard library here, and nothing newer than Python 3.11.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
ENGINES = ("livekit-server", "caddy", "messages")

_PACKAGES = {
    "livekit-server": "github.com/livekit/livekit-server/cmd/server",
    "caddy": "github.com/caddyserver/caddy/v2/cmd/caddy",
    "messages": "./messages",
}
_NOT_SOURCES = {"node_modules", "dist", "coverage", "test-results", "__pycache__"}


def go_package(engine: str) -> str:
    """What `go build` is asked for to make `engine`."""
    return _PACKAGES[engine]


def engines_folder() -> Path:
    """Where the supervisor looks for the engines: ESTRADE_ENGINES, or what `make build` left."""
    return Path(os.environ.get("ESTRADE_ENGINES") or REPOSITORY / "build" / "engines")


def cache_folder() -> Path:
    """Where results outlive a clone: ESTRADE_CACHE, the user's cache folder, or `build/` when that cannot be written."""
    named = os.environ.get("ESTRADE_CACHE")
    candidates = [Path(named)] if named else []
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME", "") + "/.cache"
    candidates.append(Path(base) / "estrade")
    for candidate in candidates:
        if candidate.is_absolute() and _can_be_written(candidate):
            return candidate
    return REPOSITORY / "build" / "cache"


def engine_key(engine: str, toolchain: str) -> str:
    """Names a build of `engine` by all that decides its bytes: the lock file, the toolchain and our own sources."""
    module = REPOSITORY / "engines"
    files = [module / "go.mod", module / "go.sum"]
    if go_package(engine).startswith("./"):
        files += [path for path in sources(module) if path.suffix == ".go" and not path.name.endswith("_test.go")]
    return digest(files, engine, toolchain)


def web_key() -> str:
    """Names a build of the pages' scripts and styles by their sources, the lock file and the templates that use them."""
    templates = [path for path in sources(REPOSITORY / "estrade") if path.suffix == ".html"]
    return digest(sources(REPOSITORY / "web") + templates, "web")


def sources(folder: Path) -> list[Path]:
    """Every file below `folder` that people wrote, in a fixed order."""
    found: list[Path] = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_SOURCES and not name.startswith("."))
        found += [Path(parent) / name for name in sorted(files) if not name.endswith((".tsbuildinfo", ".pyc"))]
    return found


def digest(files: Iterable[Path], *words: str) -> str:
    """One short name for the content of `files` and `words`."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in files:
        total.update(f"{path.relative_to(REPOSITORY)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:20]


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)
