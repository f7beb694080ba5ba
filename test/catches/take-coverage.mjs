import { setInterval } from 'node:timers';
import { takeCoverage } from 'node:v8';

// Many of the lab's processes are killed, which is what they are for: they write down what ran while they still can.
setInterval(takeCoverage, 2_000).unref();
