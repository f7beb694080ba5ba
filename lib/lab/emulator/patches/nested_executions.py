"""startExecution.sync starts a real execution: a taken name is refused, its end is an event.

MiniStack runs the child as an express one: it overwrites an execution of the same name and sends no
status-change event, so nobody would see a nested failover die.
"""

import json
import time

from ministack.services import stepfunctions

from .shape import edit

# The child ends on another thread; this is how late its parent may notice.
POLL_SECONDS = 0.005


def apply():
    edit(
        stepfunctions,
        "_invoke_nested_start_execution_sync",
        ("_start_sync_execution(request)", "run_to_its_end(request)"),
        run_to_its_end=run_to_its_end,
    )


def run_to_its_end(request):
    """Starts the child and answers, as DescribeExecution does, when it has ended."""
    started = stepfunctions._start_execution(request)
    status, _, body = started
    if status >= 400:
        return started
    arn = json.loads(body)["executionArn"]
    while stepfunctions._executions[arn]["status"] == "RUNNING":
        time.sleep(POLL_SECONDS)
    return stepfunctions._describe_execution({"executionArn": arn})
