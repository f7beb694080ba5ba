import fc from 'fast-check';
import {
  discountStall,
  inherited,
  isSteady,
  okStreak,
  recordBurst,
  recordRound,
} from '../../../lib/domain/health/target-history';
import type { ProbeResult, TargetObservation } from '../../../lib/domain/observation';
import { FAILED, OK, POLICY, UNKNOWN, replicationWith } from '../decision/world';

describe('a primary that shows no standby', () => {
  it.each([
    ['postgres', 1],
    ['objects', 0],
    ['api', 1],
  ] as const)('counts for %s: %d, since nobody waits for a copy of objects', (kind, rounds) => {
    const result = { ...OK, replication: replicationWith({ standbys: [] }) };
    const { observation } = recordRound(undefined, { kind, zone: 'az-a', result }, POLICY);
    expect(observation.roundsWithoutStandby).toBe(rounds);
  });
});

const RESULT: Record<string, ProbeResult> = { o: OK, f: FAILED, u: UNKNOWN };

/** Plays letters as rounds; `[fff]` after a letter is the burst that followed it. */
const play = (script: string): { observation: TargetObservation; wanted: string } => {
  let observation: TargetObservation | undefined;
  let wanted = '';
  for (const [, letter = '', burst] of script.matchAll(/([ofu])(?:\[([ofu]*)\])?/g)) {
    const result = RESULT[letter] ?? OK;
    const recorded = recordRound(observation, { kind: 'postgres', zone: 'az-a', result }, POLICY);
    wanted += recorded.wantsBurst ? '!' : '-';
    observation = recorded.observation;
    if (burst !== undefined)
      observation = recordBurst(
        observation,
        [...burst].map((probe) => RESULT[probe] ?? OK),
        POLICY,
      );
  }
  if (observation === undefined) throw new Error('a script needs a round');
  return { observation, wanted };
};

describe('hysteresis: three failed rounds, then a burst that must fail as a whole', () => {
  it.each([
    // script            wants burst   failed  confirmed  recent       why
    ['o', '-', 0, false, 'o', 'nothing wrong'],
    ['off', '---', 2, false, 'off', 'two failed rounds are under the threshold'],
    ['offf', '---!', 3, false, 'offf', 'the third asks for the burst; alone it confirms nothing'],
    ['offf[fff]', '---!', 3, true, 'offf', 'all three probes failed: confirmed'],
    ['offf[fff]f', '---!-', 4, true, 'offff', 'confirmed already: no second burst'],
    ['offf[fof]', '---!', 0, false, 'offo', 'one ok in the burst makes the round ok'],
    ['offf[ffu]', '---!', 3, false, 'offf', 'an unknown in the burst confirms nothing'],
    ['offf[ff]', '---!', 3, false, 'offf', 'a burst cut short confirms nothing'],
    ['offf[]', '---!', 3, false, 'offf', 'an empty burst confirms nothing'],
    ['offf[ffu]f', '---!!', 4, false, 'offff', 'the next failed round asks again'],
    ['offf[fff]o', '---!-', 0, false, 'offfo', 'one ok resets everything'],
    ['offof', '-----', 1, false, 'offof', 'failures must be consecutive'],
    ['offuf', '----!', 3, false, 'offuf', 'an unknown neither counts nor resets'],
    ['offf[fff]u', '---!-', 3, true, 'offfu', 'an unknown keeps what was confirmed'],
    ['offf[fff]uuu', '---!---', 3, true, 'offfuuu', 'as many unknowns as the threshold still keep it'],
    ['offf[fff]uuuu', '---!----', 0, false, 'offfuuuu', 'one more and the evidence is too old'],
    ['uuuuuu', '------', 0, false, 'uuuuuu', 'I9: unknown alone is never a failure'],
  ])('%s → %s, %i failed, confirmed %s (%s): %s', (script, wanted, ...[failed, confirmed, recent]) => {
    const played = play(script);
    expect(played.wanted).toBe(wanted);
    expect(played.observation).toMatchObject({ consecutiveFailed: failed, confirmed, recent });
  });

  it('agrees with a naive reading of the letters, for any history', () => {
    const script = fc.array(fc.constantFrom('o', 'f', 'u', 'f[fff]', 'f[fof]', 'f[ffu]'), { minLength: 1 });
    fc.assert(
      fc.property(script, (parts) => {
        const { observation } = play(parts.join(''));
        expect(observation.consecutiveFailed).toBe(naiveFailed(observation.recent));
        if (observation.confirmed) expect(parts).toContain('f[fff]');
        if (observation.latest.state === 'ok') expect(observation.confirmed).toBe(false);
      }),
    );
  });

  it('keeps sixty letters', () => {
    expect(play(`f${'o'.repeat(70)}`).observation.recent).toBe('o'.repeat(60));
  });

  it('counts the ok rounds at the end', () => {
    expect(okStreak(play('offoo').observation)).toBe(2);
    expect(okStreak(play('of').observation)).toBe(0);
  });
});

/** Failures since the last ok, or since four unknowns in a row. */
const naiveFailed = (recent: string): number => {
  const since = recent.split(/o|uuuu+/).at(-1) ?? '';
  return [...since].filter((letter) => letter === 'f').length;
};

describe('a witness that was itself stalled', () => {
  const timeout: ProbeResult = { state: 'failed', reason: 'timeout after 150 ms', latencyMs: null };
  it.each<[ProbeResult, number, string, string]>([
    [timeout, 0, 'failed', 'it ran on time: the timeout is the target’s'],
    [timeout, 75, 'failed', 'half of the probe timeout late is still on time enough'],
    [timeout, 76, 'unknown', 'later than that, the timeout may be its own'],
    [{ ...timeout, reason: 'Query read timed out' }, 200, 'unknown', 'however it is worded'],
    [{ ...timeout, reason: 'connect ETIMEDOUT' }, 200, 'unknown', 'by the kernel, too'],
    [FAILED, 200, 'failed', 'a refused connection is the network’s word, not the clock’s'],
    [{ ...FAILED, reason: null }, 200, 'failed', 'no reason given: not known to be a timeout'],
    [OK, 200, 'ok', 'an answer is an answer'],
  ])('%j, %i ms late → %s: %s', (result, stalledMs, state) => {
    expect(discountStall(result, stalledMs, POLICY).state).toBe(state);
  });
});

describe('the latency baseline', () => {
  const latencies = (...values: readonly (number | null)[]): number | null =>
    values.reduce<TargetObservation | undefined>(
      (previous, latencyMs) =>
        recordRound(previous, { kind: 'api', zone: 'az-a', result: { ...OK, latencyMs } }, POLICY)
          .observation,
      undefined,
    )?.baselineLatencyMs ?? null;

  it('starts with the first answer and follows slowly, so an outlier hardly shows', () => {
    expect(latencies(null)).toBeNull();
    expect(latencies(10)).toBe(10);
    expect(latencies(10, 1000)).toBe(10.5);
    expect(latencies(10, 1000, 10, 10)).toBe(10);
    expect(latencies(10, 1)).toBe(9.5);
  });

  it('stays near the median of any run of answers', () => {
    const run = Array.from({ length: 400 }, (_, index) => (index % 10 === 0 ? 500 : 20 + (index % 3)));
    expect(latencies(100, ...run)).toBeGreaterThan(18);
    expect(latencies(100, ...run)).toBeLessThan(24);
  });

  it('learns nothing from a failed round', () => {
    const first = recordRound(undefined, { kind: 'api', zone: 'az-a', result: OK }, POLICY).observation;
    const failed = { ...FAILED, latencyMs: 900 };
    const next = recordRound(first, { kind: 'api', zone: 'az-a', result: failed }, POLICY).observation;
    expect(next.baselineLatencyMs).toBe(2);
  });
});

describe('rounds in which the primary shows no working standby', () => {
  const streaming = { name: 'az-b-e7', state: 'streaming', syncState: 'sync', flushLagBytes: 0 };
  const healthy = replicationWith();
  const gone = replicationWith({ standbys: [] });
  const catchingUp = replicationWith({ standbys: [{ ...streaming, state: 'catchup' }] });
  const alone = replicationWith({ standbys: [], syncSetting: '' });
  const standby = replicationWith({ role: 'standby', standbys: [] });
  const waiting = (position: string, flushLagBytes: number | null) =>
    replicationWith({ position, blockedWriters: 4, standbys: [{ ...streaming, flushLagBytes }] });

  const count = (...rounds: readonly (ProbeResult | ReturnType<typeof replicationWith>)[]): number =>
    rounds.reduce<TargetObservation | undefined>((previous, round) => {
      const result: ProbeResult = 'state' in round ? round : { ...OK, replication: round };
      return recordRound(previous, { kind: 'postgres', zone: 'az-a', result }, POLICY).observation;
    }, undefined)?.roundsWithoutStandby ?? -1;

  it.each([
    ['it streams', [healthy, healthy], 0],
    ['no standby is connected', [healthy, gone, gone], 2],
    ['it is connected and only catching up', [healthy, catchingUp], 1],
    ['it comes back', [gone, gone, healthy], 0],
    ['the primary is not set to wait for any (degraded)', [alone, alone], 0],
    ['the setting is not known', [replicationWith({ standbys: [], syncSetting: null })], 0],
    ['the store is itself a standby', [standby, standby], 0],
    ['the probe tells nothing of replication', [OK, OK], 0],
    [
      'a failed round in between: a dying primary must not be told to go on alone (§3b.5)',
      [gone, gone, FAILED],
      0,
    ],
    ['an unknown round says nothing', [gone, gone, UNKNOWN], 2],
    ['writers wait and nothing is flushed', [waiting('0/3000000', 0), waiting('0/3000100', 256)], 1],
    [
      'writers wait, and the standby flushes: load, no loss',
      [waiting('0/3000000', 0), waiting('0/3000100', 0)],
      0,
    ],
    ['nobody waits, and nothing is written: idle', [healthy, healthy, healthy], 0],
    ['a first look at waiting writers proves nothing', [waiting('0/3000000', 0)], 0],
    ['the position cannot be read', [waiting('?', 0), waiting('?', 256)], 0],
    ['the flushed position is not known', [waiting('0/3000000', null), waiting('0/3000000', null)], 0],
    ['over the 4 GB boundary', [waiting('0/FFFFFFFF', 0), waiting('1/00000000', 1)], 1],
  ])('%s', (_why, rounds, wanted) => {
    expect(count(...rounds)).toBe(wanted);
  });
});

describe('a target that is steady', () => {
  it.each([
    ['oooooooooo', true, 'ten answers'],
    ['ooooooooo', false, 'nine are too few to know'],
    ['oooofooooooooooo', false, 'one failure among the last twenty looks'],
    ['foooooooooooooooooooo', true, 'a failure longer ago'],
    ['uouououououououououo', true, 'rounds in which the witness itself was late say nothing'],
    ['uuuuuuuuuuuuooooooooo', false, 'and are no answers'],
    ['oooooooooof', false, 'it fails now'],
    ['oooooooooou', false, 'nobody knows about now'],
  ])('%s: %s (%s)', (recent, steady) => {
    const latest = RESULT[recent.at(-1) ?? 'u'] ?? UNKNOWN;
    expect(isSteady({ ...play('o').observation, recent, latest })).toBe(steady);
  });
});

describe('what a run takes over from the one before', () => {
  it('is how a target has been doing, and no accusation', () => {
    const { observation } = play('oofff[fff]');
    expect(observation).toMatchObject({ confirmed: true, consecutiveFailed: 3 });
    expect(inherited({ ...observation, roundsWithoutStandby: 4 })).toEqual({
      ...observation,
      consecutiveFailed: 0,
      confirmed: false,
      roundsWithoutStandby: 0,
    });
  });
});
