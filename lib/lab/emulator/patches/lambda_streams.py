"""A DynamoDB stream reaches its function at once, and does not fill the memory.

MiniStack's poller naps 50 ms after a wake that found nothing for it, which another table's write is
enough for; AWS polls a stream four times a second and documents sub-second delivery. It also keeps
every record for 24 hours in memory: at 100 writes a second that is gigabytes, so here it is minutes.
"""

from ministack.services import dynamodb, lambda_svc

from .shape import private

IDLE_NAP_SECONDS = 0.002
RETENTION_SECONDS = 600


def apply():
    private(lambda_svc, "_ESM_IDLE_WAKE_GAP_SECONDS")
    private(dynamodb, "_STREAM_RETENTION_SECONDS")
    lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = IDLE_NAP_SECONDS
    dynamodb._STREAM_RETENTION_SECONDS = RETENTION_SECONDS
