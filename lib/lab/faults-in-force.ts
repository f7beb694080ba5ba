import { z } from 'zod';
import { faultSets, percentOfLossChain } from './fault-rules';
import { regionPlace } from './layout';

/** What is in force right now, as the kernel says. */
export interface FaultsInForce {
  readonly killed: readonly string[];
  readonly cut: readonly string[];
  readonly outgoing: readonly string[];
  readonly incoming: readonly string[];
  /** Directions that are stopped; a cut pair is two of them. */
  readonly oneWay: readonly { readonly from: string; readonly to: string }[];
  readonly loss: readonly { readonly zone: string; readonly percent: number }[];
  readonly frozen: readonly string[];
}

/** True when the network and the processes are as they should be. */
export const isHealthy = (inForce: FaultsInForce): boolean =>
  Object.values(inForce).every((list) => list.length === 0);

const nameSchema = z.string();
const pairSchema = z.object({ concat: z.tuple([z.string(), z.string()]) });
const lossSchema = z.tuple([z.string(), z.object({ jump: z.object({ target: z.string() }) })]);
const setSchema = z.object({ name: z.string(), elem: z.array(z.unknown()).default([]) });
const tableSchema = z.object({
  nftables: z.array(z.object({ set: setSchema.optional(), map: setSchema.optional() })),
});

/** Reads the answer of `nft -j list table`. @throws when nft answers in another shape than the tested one. */
export function parseFaultTable(json: string): Omit<FaultsInForce, 'frozen'> {
  const sets = tableSchema.parse(JSON.parse(json)).nftables.flatMap(({ set, map }) => set ?? map ?? []);
  const elementsOf = <T>(name: string, schema: z.ZodType<T>): readonly T[] =>
    z.array(schema).parse(sets.find((set) => set.name === name)?.elem ?? []);
  const namesIn = (name: string): readonly string[] => elementsOf(name, nameSchema);
  return {
    killed: namesIn(faultSets.killed),
    cut: namesIn(faultSets.cut),
    outgoing: namesIn(faultSets.outgoing),
    incoming: namesIn(faultSets.incoming),
    oneWay: [
      ...elementsOf(faultSets.pair, pairSchema).map(({ concat: [from, to] }) => ({ from, to })),
      ...namesIn(faultSets.toRegion).map((from) => ({ from, to: regionPlace })),
      ...namesIn(faultSets.fromRegion).map((to) => ({ from: regionPlace, to })),
    ],
    loss: elementsOf(faultSets.loss, lossSchema).map(([zone, { jump }]) => ({
      zone,
      percent: percentOfLossChain(jump.target),
    })),
  };
}
