import type { Operation } from '../../../lib/domain/protocol/seat';
import { decideBoot } from '../../../lib/lab/store-host/boot-decision';
import { seatWith } from '../../domain/decision/world';
import { operationAt } from '../../lambdas/ports';

const postgresIn = (zone: string) => ({ store: 'postgres', zone }) as const;

const during = (operation: Partial<Operation>, writer = 'az-a') =>
  seatWith({ epoch: 8, writer, operation: operationAt(8, operation) });

describe('what a machine that comes up does with its server', () => {
  it('starts it for the seat’s writer alone, and never behind an epoch that it has seen', () => {
    expect(decideBoot(seatWith({ epoch: 7 }), postgresIn('az-a'), 7)).toBe('start');
    expect(decideBoot(seatWith({ epoch: 7 }), postgresIn('az-b'), 7)).toBe('leave');
    expect(decideBoot(seatWith({ epoch: 7 }), postgresIn('az-a'), 8)).toBe('leave');
  });

  it.each(['fenced', 'switching'] as const)(
    'waits while being down is the fence of a move that is %s',
    (phase) => {
      expect(decideBoot(during({ phase, eligibleBefore: { postgres: null } }), postgresIn('az-a'), 8)).toBe(
        'wait',
      );
      expect(decideBoot(during({ phase, eligibleBefore: { postgres: 'az-b' } }), postgresIn('az-a'), 8)).toBe(
        'start',
      );
      expect(
        decideBoot(
          during({ phase, eligibleBefore: { postgres: null }, from: 'az-b', to: 'az-a' }),
          postgresIn('az-a'),
          8,
        ),
      ).toBe('start');
    },
  );

  it('waits for a move of what acknowledges alone, whoever follows: its standby’s promotion stops nobody', () => {
    const operation = {
      stores: ['objects'],
      phase: 'switching',
      eligibleBefore: { objects: 'az-b' },
    } as const;
    const beside = { objects: { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 } };
    const seat = { ...during(operation), beside };
    expect(decideBoot(seat, { store: 'objects', zone: 'az-a' }, 8)).toBe('wait');
  });

  it('starts it before the fence: an order to stop comes after it', () => {
    expect(
      decideBoot(during({ phase: 'prepared', eligibleBefore: { postgres: null } }), postgresIn('az-a'), 8),
    ).toBe('start');
  });

  it('starts the zone that an undoing goes back to, whoever the seat names', () => {
    expect(
      decideBoot(
        during({ phase: 'undoing', eligibleBefore: { postgres: null } }, 'az-b'),
        postgresIn('az-a'),
        8,
      ),
    ).toBe('start');
    expect(decideBoot(during({ phase: 'undoing' }, 'az-b'), postgresIn('az-b'), 8)).toBe('leave');
  });
});
