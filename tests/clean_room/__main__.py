"""`make clean-room`: both commands in a fresh Debian 12, from a clone, as root and as a user, then without network.

    python3 -m tests.clean_room [--short] [--only STEP,...] [--who root,user] [--keep FOLDER]

Needs root, mmdebstrap and a network. Passed in are this machine's own client settings (proxies, mirrors, certificates),
and nothing else.
Only the standard library, because this runs before anything is installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = "python3,python3-venv,make,git"
FIRST_SECONDS_MAX, SECOND_SECONDS_MAX = 12 * 60, 15

SETTINGS = (
    *("PIP_", "NPM_CONFIG_", "npm_config_", "GOPROXY", "GONOSUMDB", "GOSUMDB", "GOFLAGS", "GOINSECURE", "GOPRIVATE"),
    *("SSL_CERT_", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)
SETTING_FILES = ("/etc/pip.conf", "/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs", "/usr/local/share/ca-certificates")
HOME_FILES = (".config/pip/pip.conf", ".pip/pip.conf", ".npmrc", ".config/go/env")

LOOPBACK_UP = "import fcntl, socket, struct; s = socket.socket(); fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', b'lo', 0x1 | 0x40))"
# What is done in the room, by the name under which its time is told; every line must succeed.
STEPS = {
    "build": "make build",
    "up": ".venv/bin/estrade up --detach --demo && .venv/bin/estrade doctor && .venv/bin/estrade down",
    "up again offline": "make build && .venv/bin/estrade up --detach --demo && .venv/bin/estrade down",
    "demo": "make demo && python3 -m tests.clean_room.visit && .venv/bin/estrade down",
    "demo again offline": "make demo && python3 -m tests.clean_room.visit && .venv/bin/estrade down",
    "test": "make test",
    "test again offline": "make test",
}


def main() -> int:
    """Every chosen step as every chosen user; the exit status says whether all went well and fast enough."""
    options = _options()
    if os.geteuid() != 0 or not shutil.which("mmdebstrap"):
        print("clean-room: this needs root and the package mmdebstrap.", file=sys.stderr)
        return 1
    room = Path(options.keep or tempfile.mkdtemp(prefix="estrade-clean-room-"))
    try:
        if not (room / "etc" / "debian_version").exists():
            _told("a fresh Debian 12", lambda: make_room(room))
        results = [(who, step, *run_step(room, who, step)) for who in options.who for step in _prepared(room, who, options.only)]
    finally:
        if not options.keep:
            shutil.rmtree(room, ignore_errors=True)
    return report(results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make clean-room", description=__doc__)
    parser.add_argument("--short", action="store_true", help="only the demo, as root, and a ticket bought in it")
    parser.add_argument("--only", type=lambda text: text.split(","), help=f"of: {', '.join(STEPS)}")
    parser.add_argument("--who", type=lambda text: text.split(","), default=["root", "user"])
    parser.add_argument("--keep", help="a folder for the room, which then stays")
    options = parser.parse_args()
    if options.short:
        options.who, options.only = ["root"], ["demo"]
    options.only = options.only or ["demo", "demo again offline", "test", "test again offline"]
    return options


def make_room(room: Path) -> None:
    """A Debian 12 with four packages more than its smallest form, and this machine's client settings."""
    command = ["mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(room)]
    sources = [path for path in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list") if Path(path).exists()]
    subprocess.run([*command, *sources[:1]], check=True)
    for name in SETTING_FILES:
        _copy(Path(name), room / name.lstrip("/"))
    for file in Path("/etc/apt/apt.conf.d").glob("*"):
        if "roxy" in file.read_text(errors="replace") or "CAInfo" in file.read_text(errors="replace"):
            _copy(file, room / "etc/apt/apt.conf.d" / file.name)
    with (room / "etc/passwd").open("a") as file:
        file.write("visitor:x:1000:1000::/home/visitor:/bin/sh\n")


def _prepared(room: Path, who: str, steps: list[str]) -> list[str]:
    """A home with the client settings and a fresh clone."""
    home = room / ("root" if who == "root" else "home/visitor")
    clone = home / "estrade"
    if not clone.exists():
        home.mkdir(parents=True, exist_ok=True)
        for name in HOME_FILES:
            _copy(Path.home() / name, home / name)
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(REPOSITORY), str(clone)], check=True)
        if who != "root":
            subprocess.run(["chown", "-R", "1000:1000", str(home)], check=True)
    return steps


def run_step(room: Path, who: str, step: str) -> tuple[float, bool]:
    """Seconds and success of `step`, in a namespace of its own that leaves no process behind."""
    uid, home = ("0", "/root") if who == "root" else ("1000", "/home/visitor")
    environment = {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)}
    environment |= {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": home, "LANG": "C.UTF-8", "TERM": "dumb"}
    (room / "tmp" / "step.sh").write_text(f"set -e\ncd {home}/estrade\n{STEPS[step]}\n")
    is_offline = "offline" in step
    start = f"exec setpriv --reuid {uid} --regid {uid} --clear-groups sh /tmp/step.sh"
    (room / "tmp" / "start.sh").write_text((f'python3 -c "{LOOPBACK_UP}"\n' if is_offline else "") + start + "\n")
    mounts = f"""
        mount --make-rprivate /
        mount -t proc proc {room}/proc && mount --rbind /dev {room}/dev && mount -t tmpfs -o mode=1777 tmpfs {room}/dev/shm
        exec chroot {room} sh /tmp/start.sh
    """
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *(["--net"] if is_offline else [])]
    return _told(f"{step}, as {who}", lambda: subprocess.run([*namespaces, "sh", "-ec", mounts], check=True, env=environment))


def _told(name: str, do: object) -> tuple[float, bool]:
    print(f"### {name}", flush=True)
    started_at = time.monotonic()
    try:
        do()  # type: ignore[operator]
        is_well = True
    except subprocess.CalledProcessError as error:
        print(f"    {error}", flush=True)
        is_well = False
    seconds = time.monotonic() - started_at
    print(f"    {'done' if is_well else 'FAILED'} in {seconds:.0f} s", flush=True)
    return seconds, is_well


def report(results: list[tuple[str, str, float, bool]]) -> int:
    """The times, and whether each is what was promised."""
    print("\nwho   step                      seconds  verdict")
    is_well = True
    for who, step, seconds, succeeded in results:
        limit = {"demo": FIRST_SECONDS_MAX, "demo again offline": SECOND_SECONDS_MAX}.get(step)
        verdict = "failed" if not succeeded else "too slow" if limit and seconds > limit else "well"
        is_well = is_well and verdict == "well"
        print(f"{who:<5} {step:<24} {seconds:>8.0f}  {verdict}")
    return 0 if is_well else 1


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)  # links become files: in the room they would lead elsewhere
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


if __name__ == "__main__":
    sys.exit(main())
