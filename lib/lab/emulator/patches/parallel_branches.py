"""The first branch that fails ends its Parallel; each branch has its own context object and its history.

In MiniStack a Parallel waits for every branch, so a failure is seen only when the slowest is through,
the branches overwrite each other's $$.State, and leave no StateEntered events. On AWS the state fails
at once and schedules nothing more of the others, while a Lambda of theirs in flight runs on: undo has
to be right beside it, so the local Region must show the same.
"""

import contextvars
import json
import threading

from ministack.services import stepfunctions

from .halting import branch_stops, require_running
from .shape import edit

JOIN_ALL = "    for t in threads:\n        t.join()\n"
BRANCH_FAILED = "        except Exception as exc:\n            errors[idx] = exc\n"
RUN_IN_CONTEXT = """\
            target=contextvars.copy_context().run,
            args=(run_branch, i, b),
"""
SHARED_CONTEXT = "effective, execution, ctx)\n        except"

NEXT_STATE = "    while current_name:\n"
STATE_SET = '        ctx["State"] = {"Name": current_name, "EnteredTime": now_iso(), "RetryCount": 0}\n'
END_OF_STATE = "                state_def, current_input, ctx)\n\n    return current_input"


def apply():
    edit(
        stepfunctions,
        "_run_parallel_branches",
        ("    def run_branch(idx, branch):\n", "    group = BranchGroup(len(branches))\n\n    def run_branch(idx, branch):\n"),
        (SHARED_CONTEXT, "effective, execution, dict(ctx))\n            group.finished()\n        except"),
        (BRANCH_FAILED, BRANCH_FAILED + "            group.failed()\n"),
        (RUN_IN_CONTEXT, RUN_IN_CONTEXT.replace("contextvars.copy_context()", "group.context()")),
        (JOIN_ALL, "    group.wait()\n"),
        BranchGroup=BranchGroup,
    )
    edit(
        stepfunctions,
        "_run_sub_machine",
        (NEXT_STATE, NEXT_STATE + "        require_running(execution)\n        state_name = current_name\n"),
        (STATE_SET, STATE_SET + "        record(execution, state_type, 'Entered', state_name, input=current_input)\n"),
        (
            END_OF_STATE,
            END_OF_STATE.replace(
                "\n\n", "\n        record(execution, state_type, 'Exited', state_name, output=current_input)\n\n"
            ),
        ),
        require_running=require_running,
        record=record,
    )


def record(execution, state_type, phase, name, **data):
    """Adds the event of a branch's state to the execution's history."""
    details = {"name": name, **{key: json.dumps(value) for key, value in data.items()}}
    stepfunctions._add_event(execution, f"{state_type}State{phase}", {f"state{phase}EventDetails": details})


class BranchGroup:
    """The branches of one Parallel: done when all have finished or one has failed."""

    def __init__(self, count):
        self._left = count
        self._changed = threading.Condition()
        self._stop = threading.Event()

    def context(self):
        """A copy of this thread's context in which the branch sees the group's stop signal."""
        context = contextvars.copy_context()
        context.run(branch_stops.set, (*branch_stops.get(), self._stop))
        return context

    def finished(self):
        with self._changed:
            self._left -= 1
            self._changed.notify_all()

    def failed(self):
        self._stop.set()
        with self._changed:
            self._changed.notify_all()

    def wait(self):
        with self._changed:
            self._changed.wait_for(lambda: self._left == 0 or self._stop.is_set())
