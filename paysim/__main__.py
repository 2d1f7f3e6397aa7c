"""`python -m paysim --port 8006 --state var/paysim.jsonl`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from paysim.app import Simulator
from paysim.config import Config
from paysim.journal import Journal, JournalTaken
from paysim.server import Server


def main() -> int:
    """Serve until told to stop; the exit status."""
    options = _options()
    if options.webhook_url and not options.webhook_secret:
        return _refuse("a --webhook-url needs a --webhook-secret")
    try:
        journal = Journal(options.state, is_synced=options.sync == "always") if options.state else None
    except JournalTaken as refusal:
        return _refuse(f"another simulator uses {refusal}")
    except OSError as error:
        return _refuse(f"cannot use {options.state}: {error.strerror}")
    config = Config(
        public_url=(options.public_url or f"http://localhost:{options.port}").rstrip("/"),
        secret_key=options.secret_key,
        fee_basis_points=options.fee_basis_points,
        fee_fixed_minor=options.fee_fixed_minor,
        slow_s=options.slow_seconds,
        webhook_url=options.webhook_url,
        webhook_secret=options.webhook_secret,
    )
    simulator = Simulator(config, journal)
    try:
        server = Server(options.port, simulator.handle, lambda: simulator.faults.released)
    except OSError as error:
        return _refuse(f"cannot listen on port {options.port}: {error.strerror}")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.close).start())
    sys.stdout.write(f"paysim listens on http://127.0.0.1:{server.port}\n")
    sys.stdout.flush()
    server.serve()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="paysim", description="A simulator of the Stripe API. No real money moves.")
    given = os.environ.get
    parser.add_argument("--port", type=int, default=8006, help="on 127.0.0.1")
    parser.add_argument("--state", type=Path, help="file that keeps everything; in memory only without it")
    parser.add_argument("--sync", choices=("always", "never"), default="always",
                        help="never: survives the death of the process, not of the machine; faster")  # fmt: skip
    parser.add_argument("--public-url", help="address of the payment pages for browsers (http://localhost:PORT)")
    parser.add_argument("--secret-key", default=given("STRIPE_SECRET_KEY"), help="without it any sk_test_ key is good")
    parser.add_argument("--webhook-url", default=given("PAYSIM_WEBHOOK_URL"))
    parser.add_argument("--webhook-secret", default=given("STRIPE_WEBHOOK_SECRET"), help="better given by environment")
    parser.add_argument("--fee-basis-points", type=int, default=150)
    parser.add_argument("--fee-fixed-minor", type=int, default=25)
    parser.add_argument("--slow-seconds", type=float, default=8.0, help="how long the slow button takes")
    return parser.parse_args()


def _refuse(reason: str) -> int:
    sys.stderr.write(f"paysim: {reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
