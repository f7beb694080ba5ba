"""A schedule fires within 0.2 s of its time, and those made together do not fire together.

MiniStack sweeps every 10 s and counts every rate() from its creation, so that all schedules of one
deployment start their Lambdas in the same instant, on the same few cores. On AWS each fires
somewhere in its minute, and each Lambda has a CPU of its own.
"""

import itertools

from ministack.services import eventbridge, scheduler

from .shape import edit, private

TICK_SECONDS = 0.2
MINUTE_SECONDS = 60
APART_SECONDS = 11

ANCHORED = '_schedule_last_fired[state_key] = sched.get("CreationDate", now)'


def apply():
    private(scheduler, "_SCHEDULE_TICK_INTERVAL")
    private(eventbridge, "_SCHEDULER_TICK_INTERVAL")
    scheduler._SCHEDULE_TICK_INTERVAL = TICK_SECONDS
    eventbridge._SCHEDULER_TICK_INTERVAL = TICK_SECONDS
    # How much sooner than an interval after its creation each fires first: 0, 11, 22, ... 55, 6, 17 seconds.
    head_starts = (n * APART_SECONDS % MINUTE_SECONDS for n in itertools.count())
    edit(
        scheduler,
        "_tick_schedules",
        (ANCHORED, ANCHORED + " - next(head_starts)"),
        head_starts=head_starts,
    )
