import type { Repair } from '../domain/consistency/repair';
import { STORE_LABEL } from '../domain/topology';

/** What became of a repair. */
export interface Repaired {
  readonly store: Repair['store'];
  readonly copy: string;
  readonly execution: string;
  readonly epoch: number | null;
  /** Folder on the copy's machine that has what the copy had; null: the journal does not say. */
  readonly kept: string | null;
}

const more = ({ differences, items }: Repair): readonly string[] =>
  differences > items.length ? [`  and ${differences - items.length} more, likewise`] : [];

const notKnown = ({ unknown }: Repair): readonly string[] =>
  unknown > 0 ? [`  ${unknown} part(s) are not known; they are made anew with the rest`] : [];

export const repairLines = (repair: Repair): readonly string[] => {
  const { store, writer, copy, differences, items } = repair;
  return [
    `${STORE_LABEL[store]}: the copy in ${copy} is made anew from its writer in ${writer}: ${differences} difference(s)`,
    ...items.map(({ item, what, done }) => `  ${item}   ${what}: ${done}`),
    ...more(repair),
    ...notKnown(repair),
    `  kept: all that ${copy} has, on its machine as <data folder>.kept-e<epoch>, until the next copy there is kept`,
    `  while it is made, ${STORE_LABEL[store]} in ${writer} has no standby: losing ${writer} would lose what only it has`,
  ];
};

export const repairedLines = ({ store, copy, kept, epoch }: Repaired): readonly string[] => [
  `${STORE_LABEL[store]}: the copy in ${copy} was made anew (epoch ${epoch ?? 'unknown'}); what it had is ` +
    (kept === null ? `kept beside its data folder there` : `kept there in ${kept}`),
];
