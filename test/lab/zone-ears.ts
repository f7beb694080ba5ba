import { readFileSync } from 'node:fs';
import { DeadlineExceeded } from '../../lib/domain/errors';
import { waitUntil } from '../../lib/lab/wait-until';
import type { Zones } from '../../lib/lab/zones';
import type { ZoneProcess, ZoneProcesses } from '../../lib/lab/zone-process';
import { createZoneProcesses } from '../../lib/lab/zone-process';

/** Repeats over UDP (writes down what it heard) and TCP (answers what it is told), so that directions can be told apart. */
const earProgram = `
const socket = require('node:dgram').createSocket('udp4');
socket.on('message', (message) => console.log(String(message)));
const server = require('node:net').createServer((peer) => { peer.on('error', () => {}); peer.pipe(peer); });
socket.bind(9000, () => server.listen(9000, () => console.log('listening')));`;

/** Sends one datagram with each of its words. */
const mouthProgram = `
const [address, ...words] = process.argv.slice(1);
const socket = require('node:dgram').createSocket('udp4');
Promise.all(words.map((word) => new Promise((done) => socket.send(word, 9000, address, done)))).then(() => socket.close());`;

const dialProgram = `
const peer = require('node:net').connect(9000, process.argv[1]);
peer.setTimeout(Number(process.argv[2]), () => { console.log('silent'); peer.destroy(); });
peer.on('connect', () => peer.write('hello'));
peer.on('data', (data) => { console.log(String(data)); peer.destroy(); });
peer.on('error', (error) => console.log(error.code));`;

/** How long silence must last to count: a datagram inside one machine takes well under a millisecond. */
const silenceMs = 250;

/** Ears in every place of a lab, and ways to find out who hears whom. */
export interface ZoneEars {
  readonly processes: ZoneProcesses;
  readonly ears: ReadonlyMap<string, ZoneProcess>;
  /** One direction only: does what `from` sends arrive at `to`? */
  hears(from: string, to: string): Promise<boolean>;
  /** How many of so many datagrams arrive. */
  countHeard(from: string, to: string, sent: number): Promise<number>;
  /** Both directions: what a TCP client sees ("hello", "silent" or an error code). */
  dial(from: string, to: string): Promise<string>;
}

async function listen(processes: ZoneProcesses, place: string): Promise<ZoneProcess> {
  const options = { place, name: 'ear', command: process.execPath, args: ['-e', earProgram] };
  const ear = processes.spawnInZone(options);
  const ready = (): boolean => readFileSync(ear.logPath, 'utf8').includes('listening');
  await waitUntil({ what: `ear in ${place}`, timeoutMs: 10_000, everyMs: 10 }, ready);
  return ear;
}

let lastWord = 0;
const newWord = (): string => `word-${process.pid}-${++lastWord}.`;

export async function createEars(zones: Zones, places: readonly string[]): Promise<ZoneEars> {
  const processes = createZoneProcesses(zones.record);
  const started = await Promise.all(
    places.map(async (place) => [place, await listen(processes, place)] as const),
  );
  const ears = new Map(started);
  const node = (place: string, args: readonly string[]): Promise<string> =>
    processes.runInZone({ place, command: process.execPath, args, timeoutMs: 10_000 });
  const arrived = (place: string, words: readonly string[]): number => {
    const heard = readFileSync(ears.get(place)?.logPath ?? '', 'utf8');
    return words.filter((word) => heard.includes(word)).length;
  };
  const countHeard = async (from: string, to: string, sent: number): Promise<number> => {
    const words = Array.from({ length: sent }, newWord);
    await node(from, ['-e', mouthProgram, zones.addressOf(to), ...words]);
    try {
      const all = { what: 'all words', timeoutMs: silenceMs, everyMs: 5 };
      await waitUntil(all, () => arrived(to, words) === sent);
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
    }
    return arrived(to, words);
  };
  const hears = async (from: string, to: string): Promise<boolean> => (await countHeard(from, to, 1)) === 1;
  const dial = async (from: string, to: string): Promise<string> =>
    (await node(from, ['-e', dialProgram, zones.addressOf(to), String(silenceMs)])).trim();
  return { processes, ears, hears, countHeard, dial };
}
