import type { SNSEvent } from 'aws-lambda';
import { lambdaHandler } from '../shared/handler';
import { alarmNameOf, intakeAlarm } from './intake-alarm';

export const handler = lambdaHandler((event: SNSEvent, ports) => intakeAlarm(alarmNameOf(event), ports));
