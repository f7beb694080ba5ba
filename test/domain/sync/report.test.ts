import { sourceHealth, syncHealth } from '../../../lib/domain/sync/health';
import { copyZone, syncOf, syncReport } from '../../../lib/domain/sync/report';
import { waitingFor } from '../../../lib/domain/sync/waiting';
import { syncText } from '../../../lib/domain/sync/words';
import { NOW_MS, seatWith, topologyWith, withKafka, withRedis } from '../decision/world';
import { sampleWith } from './samples';

const topology = withKafka(withRedis(topologyWith()));
const home = { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 };
const hold = {
  how: 'paused',
  by: 'ana',
  reason: 'new disks',
  sinceMs: NOW_MS - 60_000,
  request: 'r',
} as const;
const seat = seatWith({
  beside: { redis: { ...home, eligible: null, hold }, kafka: home },
});
const samples = [
  sampleWith({ lagSeconds: 33 }),
  sampleWith({ store: 'redis', lagSeconds: 61.24, behind: 4_000, perSecond: 0 }),
  sampleWith({
    store: 'kafka',
    lagSeconds: 4,
    error: 'the copy in az-b is failed: connection refused',
    failedInARow: 9,
    follows: null,
  }),
];
const report = syncReport({ topology, seat, samples, nowMs: NOW_MS + 500 });

describe('the report of all sources', () => {
  it('has exactly the names that were asked for, and everything more under sources', () => {
    expect(Object.keys(report)).toEqual([
      'primary_az',
      'secondary_az',
      'total_lag_seconds',
      'sync_health',
      'source_status',
      'sources',
    ]);
    expect(report).toMatchObject({
      primary_az: 'az-a',
      secondary_az: 'az-b',
      total_lag_seconds: 61.24,
      source_status: { postgresql: 'lagging', redis: 'paused', kafka: 'failed' },
    });
    expect(Object.keys(report.sources)).toEqual(['postgresql', 'redis', 'kafka']);
  });

  it('says who keeps a source away, and what it lacks by now', () => {
    expect(report.sources['redis']).toMatchObject({
      component: 'redis',
      eligible: false,
      lag_seconds: 61.24,
      behind: 4_000,
      behind_unit: 'bytes',
      held: { how: 'paused', by: 'ana', reason: 'new disks', since: '2027-01-15T07:59:00.000Z' },
      sampled_seconds_ago: 0.5,
    });
  });

  it('does not add up what is not known', () => {
    const unknown = syncReport({
      topology,
      seat: seatWith({ beside: { redis: home, kafka: home } }),
      samples: [],
      nowMs: NOW_MS,
    });
    expect(unknown).toMatchObject({
      total_lag_seconds: null,
      sync_health: 0,
      source_status: { postgresql: 'unknown', redis: 'unknown', kafka: 'unknown' },
    });
    expect(unknown.sources['kafka']).toMatchObject({
      ...{ lag_seconds: null, behind: null, per_second: null, error: null, errors_in_a_row: 0 },
      ...{ held: null, sampled_seconds_ago: null },
    });
    const [level, ...others] = samples.map((sample) => ({ ...sample, lagSeconds: null }));
    expect(level).toBeDefined();
    expect(syncReport({ topology, seat, samples: others, nowMs: NOW_MS }).total_lag_seconds).toBeNull();
  });

  it('goes by the zones that there are', () => {
    const alone = { ...topology, zones: topology.zones.filter(({ id }) => id !== 'az-b') };
    expect(syncReport({ topology: alone, seat, samples, nowMs: NOW_MS }).secondary_az).toBeNull();
    expect(copyZone(alone, 'az-a')).toBe('az-a');
  });

  it("takes PostgreSQL's limits where the file says nothing", () => {
    expect(syncOf({})).toEqual({ intervalMs: 1_000, maxLagMs: 30_000 });
  });

  it('reads as a table', () => {
    expect(syncText(report)).toMatch(/^sync az-a -> az-b {3}lag 61.2 s {3}health \d+$/m);
    expect(syncText(report)).toMatch(
      /^ {2}redis +paused +lag 61.2 s +behind 4000 bytes +0 bytes\/s +health 25 +paused by ana since/m,
    );
    const empty = syncReport({ topology, seat, samples: [], nowMs: NOW_MS });
    expect(syncText({ ...empty, secondary_az: null })).toMatch(
      /^sync az-a -> nowhere {3}lag unknown {3}health/,
    );
  });
});

describe('what somebody waits for', () => {
  it('is what is not in sync of what was asked for, and who keeps it', () => {
    const { for: late, held } = waitingFor(report, ['postgres', 'redis']);
    expect(late).toEqual([
      'PostgreSQL (lagging: 33 s behind (0 bytes); the limit is 30 s)',
      'Redis (paused: paused by ana since 2027-01-15T07:59:00.000Z: new disks)',
    ]);
    expect(held.map(({ component }) => component)).toEqual(['redis']);
  });

  it('is nothing when all are in sync', () => {
    const well = syncReport({
      topology: topologyWith(),
      seat: seatWith(),
      samples: [sampleWith()],
      nowMs: NOW_MS,
    });
    expect(waitingFor(well, ['postgres'])).toEqual({ for: [], held: [] });
    expect(well.sync_health).toBe(100);
  });
});

describe('health', () => {
  it.each([
    ['in_sync', 0, 100],
    ['in_sync', 5, 75],
    ['in_sync', 10, 50],
    ['lagging', 20, 25],
    ['lagging', 1_000, 1],
    ['syncing', 0, 50],
    ['syncing', null, 25],
    ['paused', 0, 25],
    ['stopped', 0, 0],
    ['failed', 0, 0],
    ['unknown', null, 0],
  ] as const)('of %s with %s s of 10 is %i', (status, lagSeconds, health) => {
    expect(sourceHealth(status, { lagSeconds, maxLagSeconds: 10 })).toBe(health);
  });

  it('is the mean by weight, and 100 only when every one is', () => {
    expect(
      syncHealth([
        { health: 100, weight: 3 },
        { health: 0, weight: 1 },
      ]),
    ).toBe(75);
    expect(
      syncHealth([
        { health: 100, weight: 999 },
        { health: 99, weight: 1 },
      ]),
    ).toBe(99);
  });
});
