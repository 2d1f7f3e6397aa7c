"""Lets the media library work on a machine without any network: then loopback is the only way to the engine.

The library asks the system for its interfaces and leaves loopback out, which no setting of its changes; with nothing left it opens
no socket at all. So the answer to that question is changed, in this process, where there is nothing but loopback: it looks like a
card. Elsewhere than on 64-bit Linux nothing is done. See docs/decisions/0009.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
import struct
from collections.abc import Iterator
from pathlib import Path

_UP, _LOOPBACK = 0x1, 0x8
_NAME = ctypes.create_string_buffer(b"eth0")
# How the dynamic loader calls a slot that holds the address of a function of another library.
_SLOTS = {"x86_64": {6, 7}, "aarch64": {1025, 1026}}
_DYNAMIC, _LOAD = 2, 1
_STRTAB, _SYMTAB, _RELA, _RELASZ, _JMPREL, _PLTRELSZ = 5, 6, 7, 8, 23, 2
_RELOCATION, _SYMBOL_BYTES = struct.Struct("<QQq"), 24


class _Interface(ctypes.Structure):
    """The beginning of `struct ifaddrs`."""


_Interface._fields_ = [("next", ctypes.POINTER(_Interface)), ("name", ctypes.c_void_p), ("flags", ctypes.c_uint)]
_First = ctypes.POINTER(ctypes.POINTER(_Interface))
_Question = ctypes.CFUNCTYPE(ctypes.c_int, _First)
_system = ctypes.CDLL(None, use_errno=True)
_asked = _Question(("getifaddrs", _system))


@_Question
def _answer(first: ctypes._Pointer[ctypes._Pointer[_Interface]]) -> int:
    status = int(_asked(first))
    if status == 0:
        interfaces = list(_linked(first[0]))
        if all(interface.flags & _LOOPBACK for interface in interfaces if interface.flags & _UP):
            for interface in interfaces:
                interface.flags &= ~_LOOPBACK
                interface.name = ctypes.addressof(_NAME)  # the library also knows it by its name; freeing does not look at it
    return status


def _linked(interface: ctypes._Pointer[_Interface]) -> Iterator[_Interface]:
    while interface:
        yield interface.contents
        interface = interface.contents.next


def allow_loopback_alone() -> bool:
    """Answer the media library's question for interfaces from now on; whether that was possible."""
    from livekit.rtc._ffi_client import FfiClient

    _ = FfiClient.instance  # now the library is loaded, and has asked nothing yet
    library = next((Path(name) for name in _libraries() if "livekit_ffi" in name), None)
    slots = _SLOTS.get(platform.machine())
    if library is None or slots is None:
        return False
    found = list(_addresses(library, b"getifaddrs", slots))
    for address in found:
        _write(address, ctypes.cast(_answer, ctypes.c_void_p).value or 0)
    return bool(found)


def _libraries() -> dict[str, int]:
    """The files that this process has mapped, each with its lowest address."""
    found: dict[str, int] = {}
    for line in Path("/proc/self/maps").read_text().splitlines():
        parts = line.split(maxsplit=5)
        if len(parts) == 6 and parts[5].startswith("/"):
            found.setdefault(parts[5], int(parts[0].partition("-")[0], 16))
    return found


def _addresses(library: Path, name: bytes, slots: set[int]) -> Iterator[int]:
    """Where in memory `library` keeps the address of the function `name`."""
    base = _libraries()[str(library)]
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as image:
        table = _dynamic(image)
        for start, size in ((table.get(_RELA), table.get(_RELASZ)), (table.get(_JMPREL), table.get(_PLTRELSZ))):
            if start is None or size is None:
                continue
            for offset, info, _addend in _RELOCATION.iter_unpack(image[start : start + size]):
                if info & 0xFFFFFFFF in slots and info >> 32:
                    at = table[_STRTAB] + struct.unpack_from("<I", image, table[_SYMTAB] + _SYMBOL_BYTES * (info >> 32))[0]
                    if image[at : at + len(name) + 1] == name + b"\0":
                        yield base + offset


def _dynamic(image: mmap.mmap) -> dict[int, int]:
    """The dynamic section, whose tables lie in the first segment, where address and place in the file are the same."""
    (headers_at,) = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    for number in range(count):
        kind, _flags, offset, _address, _physical, length = struct.unpack_from("<IIQQQQ", image, headers_at + number * size)
        if kind == _DYNAMIC:
            return dict(struct.iter_unpack("<qQ", image[offset : offset + length // 16 * 16]))
    return {}


def _write(address: int, value: int) -> None:
    page = address & -mmap.PAGESIZE
    if _system.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(mmap.PAGESIZE), mmap.PROT_READ | mmap.PROT_WRITE):
        raise OSError(ctypes.get_errno(), "the library's table cannot be written")
    ctypes.c_uint64.from_address(address).value = value
