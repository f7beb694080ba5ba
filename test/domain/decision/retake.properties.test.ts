import fc from 'fast-check';
import type { OperationRequest } from '../../../lib/domain/decision/assess-request';
import { assessRequest } from '../../../lib/domain/decision/assess-request';
import { decide } from '../../../lib/domain/decision/decide';
import type { RecordedDecision } from '../../../lib/domain/decision/record';
import { heldRecord } from '../../../lib/domain/decision/record';
import { differencesOf, retake } from '../../../lib/domain/decision/retake';
import type { Snapshot } from '../../../lib/domain/decision/snapshot';
import { anyGrid, anyLoss } from './oracle';
import { NOW_MS, snapshotOf, topologyWith } from './world';

const witness = { trigger: 'witness', actor: 'az-c', request: null } as const;
const POLICY = { topology: topologyWith(), version: 'p1' };

const retaken = (record: RecordedDecision) => {
  if (record.circumstances === undefined) throw new Error('the test expected circumstances');
  return retake(record.evidence, record.circumstances, POLICY);
};

/** As the state store gives it back. */
const stored = (record: RecordedDecision): RecordedDecision =>
  JSON.parse(JSON.stringify(record)) as RecordedDecision;

const settings = fc.record({
  eligible: fc.constantFrom('az-b', null),
  cooldownUntilMs: fc.constantFrom(0, NOW_MS + 90_000),
  nowMs: fc.constantFrom(NOW_MS, NOW_MS + 60_000),
  ageMs: fc.double({ min: 0, max: 1_200, noNaN: true }),
});

const snapshots = fc
  .record({ grid: fc.oneof(anyGrid, anyLoss), setting: settings })
  .map(({ grid, setting }) => {
    const { nowMs, ageMs, ...seat } = setting;
    const snapshot = snapshotOf(grid, { seat, nowMs });
    const ages = Object.keys(snapshot.ageMs).map((name) => [name, ageMs]);
    return { ...snapshot, ageMs: Object.fromEntries(ages) as Snapshot['ageMs'] };
  });

const requests: fc.Arbitrary<OperationRequest> = fc.record(
  {
    to: fc.constantFrom('az-a', 'az-b', 'az-c', 'az-x'),
    mode: fc.constantFrom('planned', 'emergency'),
    reason: fc.constantFrom('maintenance', ' '),
    kind: fc.constantFrom('failover', 'rollback', 'degrade', 'rejoin'),
    overrideCooldown: fc.boolean(),
    acceptLossSeconds: fc.constantFrom(null, 5),
  },
  { requiredKeys: ['to', 'mode', 'reason'] },
);

describe('a decision taken again from what the state store gives back', () => {
  it('is the same, whatever was seen (I12)', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const record = stored(heldRecord(snapshot, decide(snapshot), witness));
        expect(differencesOf(record.decision, retaken(record).decision)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same for a person’s request, refused or not', () => {
    fc.assert(
      fc.property(snapshots, requests, (snapshot, request) => {
        const author = { trigger: 'human', actor: 'sam', request } as const;
        const record = stored(heldRecord(snapshot, assessRequest(snapshot, request), author));
        expect(differencesOf(record.decision, retaken(record).decision)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
