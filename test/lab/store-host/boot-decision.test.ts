import type { Operation } from '../../../lib/domain/protocol/seat';
import { decideBoot } from '../../../lib/lab/store-host/boot-decision';
import { seatWith } from '../../domain/decision/world';
import { operationAt } from '../../lambdas/ports';

const during = (operation: Partial<Operation>, writer = 'az-a') =>
  seatWith({ epoch: 8, writer, operation: operationAt(8, operation) });

describe('what a machine that comes up does with its server', () => {
  it('starts it for the seat’s writer alone, and never behind an epoch that it has seen', () => {
    expect(decideBoot(seatWith({ epoch: 7 }), 'az-a', 7)).toBe('start');
    expect(decideBoot(seatWith({ epoch: 7 }), 'az-b', 7)).toBe('leave');
    expect(decideBoot(seatWith({ epoch: 7 }), 'az-a', 8)).toBe('leave');
  });

  it.each(['fenced', 'switching'] as const)(
    'waits while being down is the fence of a move that is %s',
    (phase) => {
      expect(decideBoot(during({ phase, eligibleBefore: null }), 'az-a', 8)).toBe('wait');
      expect(decideBoot(during({ phase, eligibleBefore: 'az-b' }), 'az-a', 8)).toBe('start');
      expect(decideBoot(during({ phase, eligibleBefore: null, from: 'az-b', to: 'az-a' }), 'az-a', 8)).toBe(
        'start',
      );
    },
  );

  it('starts it before the fence: an order to stop comes after it', () => {
    expect(decideBoot(during({ phase: 'prepared', eligibleBefore: null }), 'az-a', 8)).toBe('start');
  });

  it('starts the zone that an undoing goes back to, whoever the seat names', () => {
    expect(decideBoot(during({ phase: 'undoing', eligibleBefore: null }, 'az-b'), 'az-a', 8)).toBe('start');
    expect(decideBoot(during({ phase: 'undoing' }, 'az-b'), 'az-b', 8)).toBe('leave');
  });
});
