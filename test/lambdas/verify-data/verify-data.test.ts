import { verifyData } from '../../../lambdas/verify-data/verify-data';
import { createHeldWorld, rejectionOf } from '../ports';
import { deliver } from '../run-step';

describe('verify-data', () => {
  it('hands on the numbers of a writer that verified', async () => {
    const world = await createHeldWorld(
      { phase: 'switched' },
      { writer: 'az-b', eligible: null, cooldownUntilMs: 0 },
    );
    await world.ports.postgres.ensureWriterIn('az-b', { epoch: 8, deadlineMs: 1 });
    expect(await deliver(verifyData, world)).toEqual({ epoch: 8 });
  });

  it('fails with every finding', async () => {
    const world = await createHeldWorld(
      { phase: 'switched' },
      { writer: 'az-b', eligible: null, cooldownUntilMs: 0 },
    );
    const { name, message } = await rejectionOf(deliver(verifyData, world));
    expect(name).toBe('VerificationFailed');
    expect(message).toMatch(
      /^the data in az-b did not verify: .* is a standby; .*epoch 1, expected 8; .*names az-a$/,
    );
  });
});
