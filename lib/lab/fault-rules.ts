import { faultTable } from './layout';

/**
 * The lab's faults are elements of these sets, so that setting one is one small transaction and what is in force
 * can be read back. In the bridge family the names are those of the ports, which are called like their zones.
 */
export const faultSets = {
  /** The zone is dead: nothing in, nothing out. */
  killed: 'killed',
  /** Nothing in, nothing out. */
  cut: 'cut',
  /** Nothing that the zone sends arrives. */
  outgoing: 'outgoing',
  /** Nothing that is sent to the zone arrives. */
  incoming: 'incoming',
  /** Zone to zone, in this direction. */
  pair: 'pair',
  /** Zone to the Region's own address. */
  toRegion: 'to_region',
  /** The Region's own address to zone. */
  fromRegion: 'from_region',
  /** Zone to a chain that drops some of its packets, in both directions. */
  loss: 'loss',
} as const;

/** The chain that drops so many of a hundred packets at random. */
export const lossChain = (percent: number): string => `loss_${percent}`;
export const lossRule = (percent: number): string =>
  percent === 100 ? 'drop' : `numgen random mod 100 < ${percent} drop`;
export const percentOfLossChain = (chain: string): number => Number(chain.slice(lossChain(0).length - 1));

/**
 * The table, empty of faults. The forward hook does not see what goes between the bridge's own address and
 * a zone: that is on input and output.
 */
export const faultTableRules = `
table bridge ${faultTable} {
  set killed { type ifname; }
  set cut { type ifname; }
  set outgoing { type ifname; }
  set incoming { type ifname; }
  set pair { type ifname . ifname; }
  set to_region { type ifname; }
  set from_region { type ifname; }
  map loss { type ifname : verdict; }
  chain out_of_zone {
    iifname @killed drop
    iifname @cut drop
    iifname @outgoing drop
    iifname vmap @loss
  }
  chain into_zone {
    oifname @killed drop
    oifname @cut drop
    oifname @incoming drop
    oifname vmap @loss
  }
  chain forward {
    type filter hook forward priority 0
    jump out_of_zone
    jump into_zone
    iifname . oifname @pair drop
  }
  chain input {
    type filter hook input priority 0
    jump out_of_zone
    iifname @to_region drop
  }
  chain output {
    type filter hook output priority 0
    jump into_zone
    oifname @from_region drop
  }
}
`;
