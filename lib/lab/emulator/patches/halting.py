"""When a piece of an execution must do nothing more: the execution has ended, or a sibling branch has failed."""

import contextvars

from ministack.services.stepfunctions import _ExecutionError

# The stop signals of the branches this thread runs in, outermost first.
branch_stops = contextvars.ContextVar("evac_branch_stops", default=())


def halted(execution):
    """Whether nothing of this execution may be scheduled or recorded any more on this thread."""
    return execution.get("status", "RUNNING") != "RUNNING" or any(stop.is_set() for stop in branch_stops.get())


def require_running(execution):
    """Raises, past any effect, when the execution is halted; a Catch that sees it leads nowhere either."""
    if halted(execution):
        raise _ExecutionError("States.Runtime", "the execution has ended or a sibling branch has failed")
