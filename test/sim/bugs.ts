/** What may be broken on purpose, each in one place, to see that the simulator notices. */
export const BUGS = {
  'degrade-without-commit':
    'the primary goes on alone as soon as its standby is gone, whatever the seat says (I8)',
  'eligible-on-displayed-sync':
    'the standby is called eligible when the setting is shown, without a gate (§3b.3)',
  'rejoin-without-rewind': 'a returned primary follows with its own history (I2)',
  'stale-epoch-accepted': 'a server does not compare the epoch of an effect with its own (I4)',
  'admitted-with-the-promotion': 'a promoted server takes writes at once (I7)',
  'power-fence-assumed': 'a stop that was asked for counts as a fence, unread (§3b.7)',
  'phantom-acknowledged': 'a retried order that is there already is acknowledged without a commit (§3b.8)',
  'quorum-of-one': 'a witness takes its own view for everybody’s (I10)',
  'wall-clock-cooldown': 'the cooldown is compared with the machine’s own wall clock (I6)',
  'cooldown-forgotten': 'a claim does not look at the cooldown (I6)',
  'reconciler-absent': 'nobody looks after an execution that died (liveness, §3b.11)',
} as const;
export type Bug = keyof typeof BUGS;

export const bugOf = (name: string): Bug => {
  if (name in BUGS) return name as Bug;
  throw new Error(`there is no bug "${name}"; there are ${Object.keys(BUGS).join(', ')}`);
};
