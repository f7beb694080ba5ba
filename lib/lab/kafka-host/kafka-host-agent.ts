import { BootOutcome } from '../store-host/boot';
import type { HostAgent } from '../store-host/host-agent';
import { createSeenEpoch } from '../store-host/seen-epoch';
import type { KafkaHost } from './kafka-host';
import { kafkaProcesses, kafkaState, startBroker, stopBrokerNow } from './server-process';

const stopTimeoutMs = 10_000;

/**
 * The host agent of a broker. It starts with its machine and asks no seat: who leads is the cluster's own to decide, and a
 * broker that comes back follows. `rejoin` is no more than a start.
 */
export function createKafkaHostAgent(host: KafkaHost): HostAgent {
  const seen = createSeenEpoch(host.files.epoch, null);
  let last: Promise<unknown>;
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = last.then(act, act);
    last = turn;
    return turn;
  };
  const order = <T>(name: string, epoch: number, act: () => Promise<T>): Promise<T> => {
    seen.admit(epoch);
    return inTurn(() => {
      seen.admit(epoch);
      host.log(`${name} ordered`, { epoch });
      return act();
    });
  };
  const isRunning = (): boolean => kafkaProcesses(host.files.data).length > 0;
  const boot = async (): Promise<BootOutcome> => {
    if (!isRunning()) await startBroker(host);
    return BootOutcome.firstStart;
  };
  const booted = boot();
  last = booted;
  void booted.then(
    (outcome) => host.log('booted', { outcome }),
    (error: unknown) => host.log('boot failed', { why: String(error) }),
  );
  return {
    status: () => ({ up: true, engine: kafkaState(host.files.data), epoch: seen.current() }),
    stop: async ({ epoch }) => order('stop', epoch, () => stopBrokerNow(host.files, stopTimeoutMs)),
    rejoin: async ({ epoch }) =>
      order('rejoin', epoch, async () => {
        if (isRunning()) return { how: 'already' };
        await startBroker(host);
        return { how: 'restarted' };
      }),
    booted,
    close: () => undefined,
  };
}
