"""What a room costs: one performer (the robot) and thirty who watch, each with a seat of their own."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from typing import Any

from bench.machine import Load, memory_mib
from bench.people import take_seat
from bench.stage import Stage
from deploy import bootstrap
from tests.instance import REPOSITORY

SUBSCRIBERS = 30
HOLD_SECONDS = 10
PROGRAM = REPOSITORY / "build" / "roomload"


def build() -> None:
    """The program that plays the audience, from the engines' own module."""
    # The flags of the engines' own build: what both are made of is compiled once.
    command = [bootstrap.find_go(), "build", "-trimpath", "-ldflags", "-s -w", "-o", str(PROGRAM), "./roomload"]
    subprocess.run(command, cwd=REPOSITORY / "engines", check=True, env={**os.environ, **bootstrap.go_environment()})


def run(stage: Stage) -> dict[str, Any]:
    """CPU in percent of one core and memory of each process while everybody watches."""
    tokens = [take_seat(stage)["engine"]["token"] for _ in range(SUBSCRIBERS)]
    command = [str(PROGRAM), "-url", f"ws://127.0.0.1:{stage.front[1]}", "-tokens", "-hold", f"{HOLD_SECONDS}s"]
    audience = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert audience.stdin
    assert audience.stdout
    audience.stdin.write("\n".join(tokens) + "\n")
    audience.stdin.close()
    joined = json.loads(audience.stdout.readline())
    with Load(stage.pids() | {"audience": audience.pid}) as load:
        threading.Event().wait(HOLD_SECONDS)
        memory = {name: memory_mib(pid) for name, pid in stage.pids().items() if name != "bench"}
    received = json.loads(audience.stdout.readline())
    audience.wait(30)
    cores = load.cores()
    return {
        "subscribers": joined["joined"],
        "failed": joined["failed"],
        "starved": received["starved"],
        "kbit_per_second_each": round(received["bits_per_second_each"] / 1000),
        "cpu_percent_of_a_core": {name: round(percent * cores, 1) for name, percent in load.ours_percent.items()},
        "memory_mib": memory,
        "other_percent": load.other_percent,
    }
