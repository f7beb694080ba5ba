"""Alarms judge as CloudWatch does, every second, and say so on the event bus.

MiniStack ignores dimensions, M of N and missing data, looks only when a metric is put, so an alarm on
silence never fires and none recovers, and sends no EventBridge event. Windows end now, not at a full
minute: a short period reacts within its own length.
"""

import contextlib
import json
import threading
import time

from ministack.services import cloudwatch, eventbridge

from .shape import private, replace

EVALUATION_SECONDS = 1.0

BREACHES = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

# The sweep and PutMetricData judge on different threads; one transition must be told once.
_judging = threading.RLock()


def apply():
    private(cloudwatch, "_evaluate_alarm")
    replace(cloudwatch, "_evaluate_alarm", evaluate)
    act = private(cloudwatch, "_dispatch_alarm_actions")

    def act_and_tell(alarm, old, new, reason):
        act(alarm, old, new, reason)
        send_event(alarm, old, new, reason)

    replace(cloudwatch, "_dispatch_alarm_actions", act_and_tell)
    threading.Thread(target=_sweep_for_ever, daemon=True, name="evac-alarms").start()


def _sweep_for_ever():
    while True:
        time.sleep(EVALUATION_SECONDS)
        # A table that changes under the sweep is looked at again in a second.
        with contextlib.suppress(RuntimeError):
            cloudwatch._evaluate_all_alarms()


def evaluate(alarm):
    """Judges one alarm now and makes the transition, if there is one."""
    if alarm.get("ComparisonOperator") not in BREACHES or not alarm.get("MetricName"):
        return
    with _judging:
        points = datapoints(alarm, time.time())
        old, new = alarm["StateValue"], judge(alarm, points)
        if new != old:
            _transition(alarm, old, new, points)


def judge(alarm, points):
    """The state for `points`, True or False or None for missing: the table in CloudWatch's
    "Configuring how alarms treat missing data"."""
    breaching = points.count(True)
    missing = points.count(None)
    treat = alarm.get("TreatMissingData") or "missing"
    if treat == "breaching":
        breaching, missing = breaching + missing, 0
    elif treat == "notBreaching":
        missing = 0
    if breaching >= int(alarm.get("DatapointsToAlarm") or len(points)):
        return "ALARM"
    if treat in ("missing", "ignore") and False not in points:
        return _undecided(alarm["StateValue"], treat, missing == len(points))
    return "OK"


def _undecided(state, treat, all_missing):
    if treat == "ignore":
        return state
    return "INSUFFICIENT_DATA" if all_missing else "ALARM"


def datapoints(alarm, now):
    """Whether each of the alarm's periods breaches, newest first; None where it has no data."""
    samples = _samples(alarm)
    period = float(alarm.get("Period") or 60)
    return [
        # The newest period takes points whose clock is a little ahead.
        _breach(alarm, [s for s in samples if now - (i + 1) * period < s["Timestamp"] <= now - i * period + (i == 0)])
        for i in range(int(alarm.get("EvaluationPeriods") or 1))
    ]


def _samples(alarm):
    key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(_dimensions(alarm)))
    return list(cloudwatch._metrics.get(key) or ())


def _dimensions(alarm):
    given = alarm.get("Dimensions") or []
    return given if isinstance(given, dict) else {d["Name"]: d["Value"] for d in given}


def _breach(alarm, samples):
    if not samples:
        return None
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    value = cloudwatch._stat_value(cloudwatch._calc_stats(samples), statistic, samples)
    if value is None:
        return None
    return BREACHES[alarm["ComparisonOperator"]](value, float(alarm.get("Threshold") or 0))


def _transition(alarm, old, new, points):
    reason = (
        f"{points.count(True)} of {len(points)} datapoints breach, {points.count(None)} are missing: "
        f"{alarm['ComparisonOperator']} {alarm.get('Threshold')}"
    )
    alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def send_event(alarm, old, new, reason):
    """Publishes the state change as CloudWatch does."""
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": {"value": new, "reason": reason, "timestamp": cloudwatch._ts_iso(time.time())},
        "previousState": {"value": old},
    }
    entry = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm.get("AlarmArn", "")],
        "Detail": json.dumps(detail),
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
