import { Refused } from '../errors';
import type { Operation, Outcome, Place } from '../protocol/seat';
import { HoldKind } from '../protocol/seat';
import type { Store, ZoneId } from '../topology';
import { electsItself, STORE_LABEL } from '../topology';

export const SyncVerb = {
  pause: 'pause',
  resume: 'resume',
  stop: 'stop',
  start: 'start',
  forceFull: 'force-full',
} as const;
export type SyncVerb = (typeof SyncVerb)[keyof typeof SyncVerb];

/** How each verb keeps the copy away; the other two let it go. */
export const HOLD_OF: Readonly<Partial<Record<SyncVerb, HoldKind>>> = {
  [SyncVerb.pause]: HoldKind.paused,
  [SyncVerb.stop]: HoldKind.stopped,
  [SyncVerb.forceFull]: HoldKind.rebuilding,
};

/** Whose copies a person may tell what to do. */
export const isTold = (store: Store): boolean => !electsItself(store);

/** @throws Refused `no-standby` for a store that replicates by itself: nobody can be told to wait. */
export const refuseVerb = (verb: SyncVerb, stores: readonly Store[]): void => {
  const own = stores.filter(electsItself);
  if (own.length === 0) return;
  const names = own.map((store) => STORE_LABEL[store]).join(' and ');
  throw new Refused(
    'no-standby',
    `${verb} is not possible for ${names}: it replicates and elects by its own quorum, and an acknowledgement waits for a majority of it; ` +
      'what a broker lacks it fetches by itself. Nothing was changed. evac sync status and evac sync wait work for it',
    { verb, stores: own.join(', ') },
  );
};

export interface SyncFacts {
  readonly verb: SyncVerb;
  readonly store: Store;
  readonly place: Place;
  readonly copy: ZoneId;
  readonly operation: Operation | null;
  readonly lastOutcome: Outcome | null;
  /** Name of the execution that asks. */
  readonly request: string;
  /** The epoch of the rejoin that it has claimed for this store; null: none yet. */
  readonly claimed: number | null;
}

/** What is to be done next for one store, until it is as it was asked for. */
export type SyncStep =
  | { readonly do: 'degrade'; readonly how: HoldKind }
  | { readonly do: 'let-go'; readonly heldBy: string }
  | { readonly do: 'rejoin'; readonly anew: boolean }
  | { readonly do: 'wait'; readonly for: string }
  | { readonly do: 'done'; readonly sentence: string }
  | { readonly do: 'fail'; readonly sentence: string };

const done = ({ store }: SyncFacts, sentence: string): SyncStep => ({
  do: 'done',
  sentence: `${STORE_LABEL[store]}: ${sentence}`,
});

const isHeldByUs = ({ place, request }: SyncFacts): boolean => place.hold?.request === request;

const hold = (facts: SyncFacts, how: HoldKind): SyncStep =>
  isHeldByUs(facts)
    ? done(
        facts,
        `${how}; the copy in ${facts.copy} is not waited for, and nothing fails over to it by itself`,
      )
    : { do: 'degrade', how };

const bringBack = (facts: SyncFacts): SyncStep => {
  const { place, copy, claimed } = facts;
  if (place.hold) return { do: 'let-go', heldBy: place.hold.request };
  if (place.eligible === copy) return done(facts, `in sync; the copy in ${copy} is proven`);
  return claimed === null
    ? { do: 'rejoin', anew: false }
    : {
        do: 'wait',
        for: `${copy} to be brought back by the witnesses, since the rejoin of epoch ${claimed} was not`,
      };
};

const rebuildFailed = ({ store, copy, lastOutcome, claimed }: SyncFacts): SyncStep => ({
  do: 'fail',
  sentence:
    `the copy of ${STORE_LABEL[store]} in ${copy} was not proven by the rejoin of epoch ${claimed}: ` +
    `${lastOutcome?.reason ?? 'nothing is on record'}. A copy that takes longer goes on at its host; ` +
    'evac sync resume brings it back when it is there, evac sync force-full begins anew',
});

const rebuild = (facts: SyncFacts): SyncStep => {
  const { place, copy, claimed } = facts;
  if (claimed === null)
    return isHeldByUs(facts) ? { do: 'rejoin', anew: true } : hold(facts, HoldKind.rebuilding);
  return place.eligible === copy
    ? done(facts, `rebuilt from nothing; the copy in ${copy} is proven`)
    : rebuildFailed(facts);
};

/** A desired state, looked at anew each time: a step that ran twice, or whose answer was lost, is harmless. */
export const nextSyncStep = (facts: SyncFacts): SyncStep => {
  const { verb, operation } = facts;
  if (operation !== null)
    return { do: 'wait', for: `the ${operation.kind} of epoch ${operation.epoch} to end` };
  if (verb === SyncVerb.forceFull) return rebuild(facts);
  const how = HOLD_OF[verb];
  return how === undefined ? bringBack(facts) : hold(facts, how);
};
