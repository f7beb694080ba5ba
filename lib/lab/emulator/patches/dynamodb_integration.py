"""A state machine's own DynamoDB call is as atomic as a client's.

Requests are served one after another on one loop, and that alone makes a conditional write atomic.
MiniStack runs the dynamodb:* integration on the execution's thread, beside the loop, so two writers
can both pass their condition: two holders of one epoch. It goes through the loop too.
"""

import asyncio

from ministack.services import stepfunctions

from .shape import edit

CALL = "    status, _, body = fn(input_data)\n"


def apply():
    edit(
        stepfunctions,
        "_invoke_dynamodb",
        (CALL, CALL.replace("fn(input_data)", "on_the_loop(fn, input_data)")),
        on_the_loop=on_the_loop,
    )


def on_the_loop(operation, request):
    """What `operation` answers when the server's loop calls it."""
    from ministack import app

    async def call():
        return operation(request)

    return asyncio.run_coroutine_threadsafe(call(), app._MAIN_LOOP).result()
