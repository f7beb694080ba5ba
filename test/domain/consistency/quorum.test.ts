import type { ReplicaLook } from '../../../lib/domain/consistency/quorum';
import { reportOnQuorum, reportOnSilence } from '../../../lib/domain/consistency/quorum';
import { sentenceOn, verdictOnCopies } from '../../../lib/domain/consistency/report';

const between = { store: 'kafka', writer: 'az-a', copy: 'az-b' } as const;
const whole: ReplicaLook = {
  partition: 'orders-0',
  leader: 'az-a',
  inSync: ['az-a', 'az-b', 'az-c'],
  behind: [],
  acknowledged: 12,
  copyEnd: 12,
};
const unknownIn = (look: Partial<ReplicaLook>): readonly string[] =>
  reportOnQuorum(between, [{ ...whole, ...look }]).unknown.map(({ part, why }) => `${part}: ${why}`);

describe('the replicas of a quorum', () => {
  it('are not compared, and that is said; the copy reaches all that is acknowledged', () => {
    const report = reportOnQuorum(between, [
      whole,
      { ...whole, partition: 'orders-1', acknowledged: 3, copyEnd: 9 },
    ]);
    expect(report).toMatchObject({
      items: 2,
      unknownFound: 0,
      differencesFound: 0,
      notCompared: 'its replicas take nothing that they do not all agree on',
      notes: ['Kafka in az-b is in sync in 2 of 2 partitions', 'high watermarks from 3 to 12'],
    });
    expect(verdictOnCopies(report)).toBe('not-compared');
    expect(sentenceOn(report)).toBe(
      'kafka: az-b against the writer az-a, 2 items: not compared: its replicas take nothing that they do not all agree on',
    );
  });

  it.each<[string, Partial<ReplicaLook>, string]>([
    ['nobody leads it', { leader: null }, 'orders-0: nobody leads it'],
    [
      'the copy is not in sync',
      { inSync: ['az-a', 'az-c'], behind: ['az-b'], copyEnd: 7 },
      'orders-0: the replica in az-b is not in sync: its log ends at 7, acknowledged up to 12',
    ],
    [
      'its broker is silent',
      { inSync: ['az-a', 'az-c'], behind: ['az-b'], copyEnd: null, acknowledged: null },
      'orders-0: the replica in az-b is not in sync: its broker does not say where its log ends, its leader does not say how far',
    ],
    [
      'it ends before what is acknowledged',
      { copyEnd: 11 },
      'orders-0: the replica in az-b counts as in sync, and its log ends at 11, acknowledged up to 12',
    ],
    [
      'the leader does not say how far',
      { acknowledged: null },
      'orders-0: the replica in az-b counts as in sync, and its log ends at 12, its leader does not say how far',
    ],
    [
      'the copy does not say how far',
      { copyEnd: null },
      'orders-0: the replica in az-b counts as in sync, and its broker does not say where its log ends, acknowledged up to 12',
    ],
  ])('are not known when %s', (_why, look, said) => {
    expect(unknownIn(look)).toEqual([said]);
    expect(verdictOnCopies(reportOnQuorum(between, [{ ...whole, ...look }]))).toBe('unknown');
  });

  it('that are too few are named, the first three of them', () => {
    const thin = Array.from({ length: 5 }, (_, index) => ({
      ...whole,
      partition: `orders-${index}`,
      inSync: ['az-a', 'az-b'],
      behind: ['az-c'],
      acknowledged: null,
      copyEnd: null,
    }));
    expect(reportOnQuorum(between, thin).notes).toEqual([
      'Kafka in az-b is in sync in 0 of 5 partitions',
      'under-replicated: 5 of 5 partitions (orders-0 lacks az-c; orders-1 lacks az-c; orders-2 lacks az-c and 2 more)',
    ]);
    expect(reportOnQuorum(between, [whole, ...thin.slice(0, 1)]).notes).toContain(
      'under-replicated: 1 of 2 partitions (orders-0 lacks az-c)',
    );
  });

  it('of which nobody tells anything are not known', () => {
    const report = reportOnSilence(between, 'az-a does not answer');
    expect(verdictOnCopies(report)).toBe('unknown');
    expect(sentenceOn(report)).toMatch(
      /not compared: .*; 1 part not known, e\.g\. all of it \(az-a does not answer\)/,
    );
  });
});
