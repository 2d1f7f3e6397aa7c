"""What the supervisor refuses to do. Each is one line that names the cause and says how to mend it."""

from __future__ import annotations


class CannotRun(Exception):
    """As things are, no instance can run."""


class PortTaken(CannotRun):
    """Somebody else listens where one of our processes should."""

    def __init__(self, port: int, part: str) -> None:
        super().__init__(f"Port {port} (for {part}) is taken by another program: stop it, or choose others with ESTRADE_PORT.")


class DiskFull(CannotRun):
    """The database would stop in the middle of something."""

    def __init__(self, folder: str, free_megabytes: int) -> None:
        super().__init__(f"The disk is full: {free_megabytes} MB are free where {folder} lies, 200 MB are needed.")


class PartMissing(CannotRun):
    """A program that an instance needs is not there."""

    def __init__(self, part: str, mend: str = "run `make build`.") -> None:
        super().__init__(f"{part} is missing: {mend}")


class ListensBeyondLoopback(CannotRun):
    """A process can be reached from other machines; only the operator's own front may be."""

    def __init__(self, part: str, address: str) -> None:
        super().__init__(f"{part} listens on {address}, beyond this machine: everything was stopped.")
