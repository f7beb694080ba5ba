"""An execution enters its first state at once; MiniStack sleeps 150 ms before it."""

from ministack.services import stepfunctions

from .shape import edit


def apply():
    edit(stepfunctions, "_run_execution", ("    time.sleep(0.15)\n", ""))
