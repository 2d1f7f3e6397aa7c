"""What the simulator is started with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Config:
    """Options of the command line; `fee_basis_points` and `fee_fixed_minor` are what the processor keeps,
    known `fee_late_s` after the payment; `slow_s` is how long the slow button takes;
    `refunds_come_back_s` after a refund the buyer's bank sends it back, never if it is None.
    """

    public_url: str = "http://localhost:8006"
    secret_key: str | None = None
    fee_basis_points: int = 150
    fee_fixed_minor: int = 25
    fee_late_s: float = 0.0
    slow_s: float = 8.0
    refunds_come_back_s: float | None = None
    webhook_url: str | None = None
    webhook_secret: str | None = None
    webhook_lanes: int = 8
    api_version: str = "2026-10-28.endive"
