"""A schedule fires within 0.2 s of its time; MiniStack sweeps every 10 s (AWS: within the minute)."""

from ministack.services import eventbridge, scheduler

from .shape import private

TICK_SECONDS = 0.2


def apply():
    private(scheduler, "_SCHEDULE_TICK_INTERVAL")
    private(eventbridge, "_SCHEDULER_TICK_INTERVAL")
    scheduler._SCHEDULE_TICK_INTERVAL = TICK_SECONDS
    eventbridge._SCHEDULER_TICK_INTERVAL = TICK_SECONDS
