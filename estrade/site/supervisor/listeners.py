"""Which sockets a process listens on, and whether any can be reached from another machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from pathlib import Path

_LISTENING = "0A"  # of TCP
_UNCONNECTED = "07"  # of UDP: it takes packets from anybody
_TCP = (("tcp", _LISTENING), ("tcp6", _LISTENING))
_UDP = (("udp", _UNCONNECTED), ("udp6", _UNCONNECTED))


def exposed(pids: Iterable[int], *, is_caller: bool = False) -> list[str]:
    """The addresses beyond loopback on which one of `pids` listens.

    A caller joins rooms as browsers do: its media library opens UDP sockets on every interface to find a way to the engine,
    and takes from them what the keys of its call decrypt. Of a caller only TCP is looked at.
    """
    inodes = {inode for pid in pids for inode in _socket_inodes(pid)}
    return [
        address
        for address, inode in _listening(_TCP if is_caller else _TCP + _UDP)
        if inode in inodes and not _is_loopback(address)
    ]


def is_taken(port: int, *, is_udp: bool = False) -> bool:
    """Whether somebody else has `port` of this machine's loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if is_udp else socket.SOCK_STREAM) as trial:
        if not is_udp:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def answers(port: int) -> bool:
    """Whether somebody listens on TCP `port`."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
    except OSError:
        return False


def _socket_inodes(pid: int) -> list[str]:
    found = []
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                found.append(target[8:-1])
    except OSError:
        return found  # it ended, or closed one while we looked
    return found


def _listening(tables: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for table, state in tables:
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue  # a machine without IPv6
        for line in lines:
            words = line.split()
            if words[3] == state:
                yield _readable(words[1]), words[9]


def _readable(text: str) -> str:
    """`0100007F:1F40` is 127.0.0.1:8000; the kernel writes each group of four bytes the wrong way round."""
    address, port = text.split(":")
    raw = b"".join(bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8))
    ip = ipaddress.ip_address(raw)
    return f"{f'[{ip}]' if ip.version == 6 else ip}:{int(port, 16)}"


def _is_loopback(address: str) -> bool:
    ip = ipaddress.ip_address(address.rpartition(":")[0].strip("[]"))
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback
