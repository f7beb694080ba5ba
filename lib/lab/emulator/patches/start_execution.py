"""StartExecution is idempotent: the same name and input, while it runs, is the same execution.

MiniStack answers ExecutionAlreadyExists to that too. On AWS only another input, or an execution that
has ended, is refused; a claimer and the stream handler that stands in for it rely on it.
"""

from ministack.services import stepfunctions

from .shape import edit

REFUSE_DUPLICATE = "    if exec_arn in _executions:\n"
ANSWER_SAME_START = """\
    same = _executions.get(exec_arn)
    if same and same["status"] == "RUNNING" and same["input"] == data.get("input", "{}"):
        return json_response({"executionArn": exec_arn, "startDate": same["startDate"]})

"""


def apply():
    edit(stepfunctions, "_start_execution", (REFUSE_DUPLICATE, ANSWER_SAME_START + REFUSE_DUPLICATE))
