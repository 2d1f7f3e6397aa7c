"""Who a child process is. PostgreSQL refuses to run as root, and nothing here may create a user for it.

A child of root becomes somebody else in one of three ways, the first that works on this machine:

- `NAMESPACE`: a user namespace in which root is called by another number. Files stay root's, so nothing is given away.
- `STRANGER`: an unused numeric user. Where namespaces are refused (in a chroot, in many containers). The database's own
  folder is given to that number; nothing else is.
- `SEARCHING_STRANGER`: the same, and it may pass through folders that are closed to it, for a clone below `/root`.

An ordinary user's child stays that user (`OURSELVES`); one without a name on this machine takes one in a namespace.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Callable
from enum import Enum
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522

STRANGER_UID = 61_873  # above what adduser hands out, below what systemd allots

_libc = ctypes.CDLL(None, use_errno=True)


class Identity(Enum):
    """Who a child of ours is."""

    OURSELVES = "ourselves"
    NAMESPACE = "namespace"
    STRANGER = "stranger"
    SEARCHING_STRANGER = "searching stranger"

    @property
    def uid(self) -> int:
        """The owner that this machine sees on files that such a child makes."""
        return STRANGER_UID if self in {Identity.STRANGER, Identity.SEARCHING_STRANGER} else os.geteuid()


def become(identity: Identity, signal_when_orphaned: int = signal.SIGKILL, stranger_uid: int = STRANGER_UID) -> Callable[[], None]:
    """What a new child runs before its program: takes `identity` and dies with the process that made it."""
    parent, named_uid = os.getpid(), a_named_uid()

    def in_child() -> None:
        if identity is Identity.NAMESPACE:
            _enter_namespace(named_uid)
        elif identity is not Identity.OURSELVES:
            _become_stranger(stranger_uid, may_search=identity is Identity.SEARCHING_STRANGER)
        # After the change of user, which would clear it.
        _libc.prctl(_PR_SET_PDEATHSIG, signal_when_orphaned, 0, 0, 0)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return in_child


def identity_for(program: Path, folder: Path) -> Identity:
    """The first identity that may run `program` and work in `folder` (which exists, and is given to it)."""
    if os.geteuid() != 0:
        return Identity.OURSELVES if _has_a_name(os.geteuid()) else Identity.NAMESPACE
    for identity in (Identity.NAMESPACE, Identity.STRANGER, Identity.SEARCHING_STRANGER):
        if _works(identity, program, folder):
            return identity
    return Identity.OURSELVES


def a_named_uid() -> int:
    """An ordinary user of this machine: `initdb` does not work for a number without a name, and asks for nothing else."""
    return next((user.pw_uid for user in pwd.getpwall() if user.pw_uid != 0), STRANGER_UID)


def _has_a_name(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return False


def give(folder: Path, uid: int) -> None:
    """Make `uid` the owner of `folder` and of everything in it; costs one look when it is already."""
    if os.geteuid() != 0 or folder.stat().st_uid == uid:
        return
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            os.chown(Path(parent) / name, uid, uid, follow_symlinks=False)
    os.chown(folder, uid, uid)  # the last, so that an interrupted hand-over is done again


def _works(identity: Identity, program: Path, folder: Path) -> bool:
    give(folder, identity.uid)
    trial = folder / ".trial"
    question = f'cd "{folder}" && touch .trial && rm .trial && "{program}" --version'
    try:
        said = subprocess.run(["/bin/sh", "-c", question], check=False, capture_output=True, preexec_fn=become(identity))
    except (OSError, subprocess.SubprocessError):
        trial.unlink(missing_ok=True)
        return False
    return said.returncode == 0


def _enter_namespace(named_uid: int) -> None:
    uid, gid = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are refused")
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{named_uid} {uid} 1"),
        ("gid_map", f"{named_uid} {gid} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(line)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapabilityData(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def _become_stranger(uid: int, *, may_search: bool) -> None:
    capability = _search_capability() if may_search else None
    if capability is not None and _libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0) != 0:
        # Without it access(2), with which PostgreSQL looks for its own files, knows nothing of the capability.
        raise OSError(ctypes.get_errno(), "capabilities cannot be kept")
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if capability is None:
        return  # the other capabilities end when the program starts
    bit = 1 << capability
    data = (_CapabilityData * 2)(_CapabilityData(bit, bit, bit), _CapabilityData(0, 0, 0))
    if _libc.capset(ctypes.byref(_CapabilityHeader(_CAPABILITY_VERSION_3, 0)), data) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    if _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "capabilities cannot be kept")


def _search_capability() -> int:
    """The weaker of the two that open closed folders, if this root has it (many containers only leave the other)."""
    data = (_CapabilityData * 2)()
    _libc.capget(ctypes.byref(_CapabilityHeader(_CAPABILITY_VERSION_3, 0)), data)
    has_weaker = data[0].permitted & (1 << _CAP_DAC_READ_SEARCH)
    return _CAP_DAC_READ_SEARCH if has_weaker else _CAP_DAC_OVERRIDE
