"""Metrics older than an hour are dropped, once a minute.

MiniStack keeps two weeks and copies all of it at every CloudWatch request: four points for every
Lambda invocation, so each request costs more than the one before, on the loop that serves everybody.
"""

import time

from ministack.services import cloudwatch

from .shape import private, replace

RETENTION_SECONDS = 3600
SWEEP_SECONDS = 60


def apply():
    evict = private(cloudwatch, "_evict_old_metrics")
    private(cloudwatch, "TWO_WEEKS_SECONDS")
    cloudwatch.TWO_WEEKS_SECONDS = RETENTION_SECONDS
    next_sweep = time.monotonic() + SWEEP_SECONDS

    def evict_now_and_then():
        nonlocal next_sweep
        if time.monotonic() < next_sweep:
            return
        next_sweep = time.monotonic() + SWEEP_SECONDS
        evict()

    replace(cloudwatch, "_evict_old_metrics", evict_now_and_then)
