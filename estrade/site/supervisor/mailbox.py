"""The demo's mail: whatever the instance sends is kept as files in var/mail, and goes nowhere."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

MESSAGE_BYTES_MAX = 20_000_000


class Mailbox:
    """Takes every message; the names of the files sort by time of arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Keep one message, whole or not at all."""
        content = envelope.original_content or b""
        recipients = ", ".join(envelope.rcpt_tos)
        name = f"{time.time_ns() // 1_000_000}-{uuid4().hex[:8]}"
        unfinished = self.folder / f".{name}"
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(f"X-Delivered-To: {recipients}\r\n".encode() + content)
        unfinished.rename(self.folder / f"{name}.eml")
        return "250 Kept"


def keep_mail(folder: Path, port: int) -> None:
    """Listen on `port` of loopback until SIGTERM."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    asyncio.run(_serve(folder, port))


async def _serve(folder: Path, port: int) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    handler = Mailbox(folder)
    server = await loop.create_server(
        lambda: SMTP(handler, data_size_limit=MESSAGE_BYTES_MAX, enable_SMTPUTF8=True, hostname="localhost"), "127.0.0.1", port
    )
    async with server:
        await stop.wait()
