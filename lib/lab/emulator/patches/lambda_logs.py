"""The log of an invocation ends at a mark, not after a wait.

MiniStack waits up to 50 ms for a log line after every invocation, which is ten times what a warm
invocation takes, and still loses lines that come later. The Node worker writes a mark to stderr
before its answer instead; both are pipes, which Node writes synchronously, so nothing comes after it.
"""

import queue
import time

from ministack.core import lambda_runtime

from .shape import private, replace, substitute

MARK = "\x01evac-end-of-log"
# Only a worker that died leaves no mark.
DEADLINE_SECONDS = 0.25

STDOUT = "const _realStdoutWrite = process.stdout.write.bind(process.stdout);"
MARKED_STDOUT = r"""
const _unmarkedStdoutWrite = process.stdout.write.bind(process.stdout);
const _realStdoutWrite = function(line) {
  if (!line.startsWith('{"status":"ready"')) _stderrWrite("\u0001evac-end-of-log\n");
  return _unmarkedStdoutWrite(line);
};"""


def apply():
    substitute(lambda_runtime, "_NODEJS_WORKER_SCRIPT", (STDOUT, MARKED_STDOUT))
    waiting = private(lambda_runtime.Worker, "_drain_stderr_bounded")

    def drain(worker):
        marked = worker.config.get("Runtime", "").startswith("nodejs")
        return lines_until_mark(worker._stderr_queue) if marked else waiting(worker)

    replace(lambda_runtime.Worker, "_drain_stderr_bounded", drain)


def lines_until_mark(lines):
    """The text of the queue `lines` up to the mark."""
    found = []
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return "\n".join(found)
        if line.endswith(MARK):
            return "\n".join([*found, *filter(None, [line.removesuffix(MARK)])])
        found.append(line)
