"""An execution that has ended stays ended, and ends when its TimeoutSeconds are over.

In MiniStack a task that fails after StopExecution turns ABORTED into FAILED, a stopped execution
goes on retrying, and TimeoutSeconds of the state machine is ignored. On AWS nothing is scheduled and
nothing recorded after the end, the Lambda in flight runs on, and the deadline gives TIMED_OUT.
"""

import contextvars
import json
import threading

from ministack.services import stepfunctions

from .halting import halted, require_running
from .shape import edit, private, replace

_history = threading.Lock()

TASK_ATTEMPT = "        # Each attempt sees its own $$.State.RetryCount.\n"
TASK_FAILED = '_add_event(execution, "TaskFailed", {\n                "taskFailedEventDetails": {'
TASK_FAILED_OR_TIMED_OUT = """\
ending = "TimedOut" if err.error == "States.Timeout" else "Failed"
            _add_event(execution, f"Task{ending}", {
                f"task{ending}EventDetails": {"""


def apply():
    edit(
        stepfunctions,
        "_execute_task",
        (TASK_ATTEMPT, TASK_ATTEMPT + "        require_running(execution)\n"),
        (TASK_FAILED, TASK_FAILED_OR_TIMED_OUT),
        require_running=require_running,
    )
    _record_nothing_after_the_end()
    _fail_only_what_runs()
    _end_at_the_deadline()


def _record_nothing_after_the_end():
    add_event = private(stepfunctions, "_add_event")

    def add(execution, event_type, details=None):
        if halted(execution) and not event_type.startswith("Execution"):
            return None
        with _history:
            return add_event(execution, event_type, details)

    replace(stepfunctions, "_add_event", add)


def _fail_only_what_runs():
    fail = private(stepfunctions, "_fail_execution")

    def fail_running(execution, error, cause):
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    replace(stepfunctions, "_fail_execution", fail_running)


def _end_at_the_deadline():
    run = private(stepfunctions, "_run_execution")

    def run_until_deadline(arn):
        execution = stepfunctions._executions.get(arn)
        if execution is None:  # a reset came in between
            return
        timer = _deadline_timer(execution)
        try:
            run(arn)
        finally:
            timer.cancel()

    replace(stepfunctions, "_run_execution", run_until_deadline)


def _deadline_timer(execution):
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) or {"definition": "{}"}
    seconds = json.loads(machine["definition"]).get("TimeoutSeconds")
    timer = threading.Timer(seconds or 0, contextvars.copy_context().run, (_time_out, execution))
    timer.daemon = True
    if seconds:
        timer.start()
    return timer


def _time_out(execution):
    if execution["status"] != "RUNNING":
        return
    execution.update(status="TIMED_OUT", stopDate=stepfunctions.now_iso())
    stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    stepfunctions._emit_execution_status_event(execution)
