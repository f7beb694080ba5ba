"""What the local Region does differently from plain MiniStack, one concern a file."""

import importlib

from .shape import require_version

PATCHES = (
    "lambda_errors",
    "lambda_logs",
    "lambda_streams",
    "start_execution",
    "execution_start",
    "execution_end",
    "parallel_branches",
    "nested_executions",
    "dynamodb_integration",
    "alarms",
    "metric_retention",
    "schedules",
)


def apply(without=()):
    """Applies every patch but those named; raises ShapeMismatch when MiniStack is not as expected."""
    require_version()
    for name in PATCHES:
        if name not in without:
            importlib.import_module(f".{name}", __name__).apply()
