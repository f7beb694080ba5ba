"""A thrown error keeps its name and costs nobody a cold start.

MiniStack calls every thrown error Runtime.HandlerError, so Retry and Catch by name never match, and
ends the worker, so the next call is cold. On AWS errorType is err.name and the environment lives on.
A worker that did die is Runtime.ExitError. One that could not start ends alone: MiniStack ends every
worker of that function, and with them invocations that are still running.
"""

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from .shape import edit, substitute

END_ALL_WORKERS = """\
        invalidate_worker(func_name, qualifier=qualifier, account=get_account_id(), region=get_region())
        worker = None  # invalidate_worker already dropped it from the pool
"""


def apply():
    substitute(
        lambda_runtime,
        "_NODEJS_WORKER_SCRIPT",
        (
            'error: String(err.message || err), trace: err.stack || ""',
            'error: String(err.message || err), trace: err.stack || "", errorType: err.name || "Error"',
        ),
        ("error: e.message, trace: e.stack", 'error: e.message, trace: e.stack, errorType: e.name || "Error"'),
    )
    edit(
        lambda_runtime.Worker,
        "invoke",
        ('if response.get("status") == "error":', 'if response.get("status") == "error" and "errorType" not in response:'),
    )
    edit(
        lambda_svc,
        "_execute_function_warm",
        ('error_type = "Runtime.HandlerError"', 'error_type = result.get("errorType", "Runtime.ExitError")'),
        ('"errorType": error_type,\n', '"errorType": error_type,\n                    "trace": result.get("trace", "").splitlines(),\n'),
        (END_ALL_WORKERS, "        worker.kill()\n"),
    )
