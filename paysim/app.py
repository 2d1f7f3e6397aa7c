"""One simulator: the API, the payment page, the control interface, and the background threads behind them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from paysim import actions
from paysim.api import Api
from paysim.control import Control
from paysim.faults import Faults
from paysim.pages import Pages
from paysim.server import Request, Response
from paysim.store import Store
from paysim.webhooks import Deliveries

if TYPE_CHECKING:
    from paysim.config import Config
    from paysim.journal import Journal

TICK_S = 0.1


class Simulator:
    """Everything behind one port."""

    def __init__(self, config: Config, journal: Journal | None = None) -> None:
        """Take up what `journal` holds and go on from there."""
        self.store = Store(journal)
        self.store.on_due = lambda draft, session: actions.settle(draft, session, config)
        self.faults = Faults()
        self._deliveries = Deliveries(self.store, config)
        self.store.on_callbacks = self._deliveries.send
        self._api = Api(self.store, config, self.faults)
        self._pages = Pages(self.store, config)
        self._control = Control(self.store, config, self.faults, self._deliveries, self._api)
        self._deliveries.resume()
        threading.Thread(target=self._keep_time, daemon=True).start()

    def handle(self, request: Request) -> Response:
        """The answer to one request."""
        if request.path.startswith("/v1/"):
            return self._api.handle(request)
        if request.path.startswith("/pay/"):
            return self._pages.handle(request)
        if request.path.startswith("/control/"):
            return self._control.handle(request)
        return Response(404, b"paysim: the API is under /v1, its tests' controls under /control.\n", "text/plain")

    def _keep_time(self) -> None:
        while True:
            time.sleep(TICK_S)
            self.store.settle_due()
