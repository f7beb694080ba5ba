import type { Setting } from '../decision/world';
import { CALM_GRID, ZONE_LOSS_GRID } from '../decision/world';

/** After a failover: az-b writes, az-a is to come back. */
export const AWAY: Setting = { seat: { writer: 'az-b', eligible: null, cooldownUntilMs: 0 } };
const ALONE: Setting = { seat: { writer: 'az-a', eligible: null, cooldownUntilMs: 0 } };

export interface Scene {
  readonly title: string;
  readonly grid: string;
  readonly setting?: Setting;
  readonly is: string;
}

//            pg@a api@a host@a   pg@b api@b host@b   peer@c
export const SCENES: readonly Scene[] = [
  { title: 'a calm day', grid: CALM_GRID, is: 'none → none' },

  { title: 'az-a is dead, its witness with it', grid: ZONE_LOSS_GRID, is: 'zone-loss → failover-emergency' },
  {
    title: 'az-a is cut off: its witness still runs and its last item says that all is well at home',
    is: 'zone-loss → failover-emergency',
    grid: `
      az-a     o    o     o        F    F     F        F
      az-b     F    F     F        o    o     o        o
      az-c     F    F     F        o    o     o        .
      region   .    F     .        .    o     .        .`,
  },
  {
    title: 'the API is about to be confirmed, PostgreSQL is already: no reason to wait',
    is: 'zone-loss → failover-emergency',
    grid: `
      az-a     silent
      az-b     F    f     f        o    o     o        o
      az-c     F    f     f        o    o     o        .
      region   .    f     .        .    o     .        .`,
  },
  {
    title: 'the Region’s last round is from before the fault and saw the API: it does not rename the loss',
    is: 'zone-loss → failover-emergency',
    grid: `
      az-a     silent
      az-b     F    F     F        o    o     o        o
      az-c     F    F     F        o    o     o        .
      region   .    o     .        .    o     .        .`,
  },

  {
    title: 'PostgreSQL of az-a died, the API beside it answers',
    is: 'postgres-primary-failure → failover-emergency',
    grid: `
      az-a     F    o     o        o    o     o        o
      az-b     F    o     o        o    o     o        o
      az-c     F    o     o        o    o     o        .
      region   .    o     .        .    o     .        .`,
  },
  {
    title: 'PostgreSQL and API died, the machine’s agent answers',
    is: 'postgres-primary-failure → failover-emergency',
    grid: `
      az-a     F    F     o        o    o     o        o
      az-b     F    F     o        o    o     o        o
      az-c     F    F     o        o    o     o        .
      region   .    F     .        .    o     .        .`,
  },

  {
    title: 'everything of az-a times out: packets do not get lost that thoroughly',
    is: 'zone-loss → failover-emergency',
    grid: `
      az-a     silent
      az-b     T    T     T        o    o     o        o
      az-c     T    T     T        o    o     o        .
      region   .    T     .        .    o     .        .`,
  },
  {
    title: 'the agent of az-a is looked at less often, and is one failure behind',
    is: 'zone-loss → failover-emergency',
    grid: `
      az-a     silent
      az-b     T    T     x        o    o     o        o
      az-c     T    T     x        o    o     o        .
      region   .    T     .        .    o     .        .`,
  },
  {
    title: 'the API of az-a is not: two lost probes of it prove nothing',
    is: 'lossy-path → none',
    grid: `
      az-a     silent
      az-b     T    x     T        o    o     o        o
      az-c     T    x     T        o    o     o        .
      region   .    x     .        .    o     .        .`,
  },
  {
    title: 'PostgreSQL of az-a hangs, all else there is steady',
    is: 'postgres-primary-failure → failover-emergency',
    grid: `
      az-a     T    o     o        o    o     o        o
      az-b     T    o     o        o    o     o        o
      az-c     T    o     o        o    o     o        .
      region   .    o     .        .    o     .        .`,
  },
  {
    title: 'PostgreSQL of az-a hangs and its API with it; the steady agent is enough',
    is: 'postgres-primary-failure → failover-emergency',
    grid: `
      az-a     T    T     o        o    o     o        o
      az-b     T    T     o        o    o     o        o
      az-c     T    T     o        o    o     o        .
      region   .    T     .        .    o     .        .`,
  },
  {
    title:
      'packets of az-a get lost: a session takes many, so PostgreSQL looks dead; the rest answers now and then',
    is: 'lossy-path → none',
    grid: `
      az-a     o    o     o        T    l     x        l
      az-b     T    l     l        o    o     o        o
      az-c     T    x     l        o    o     o        .
      region   .    l     .        .    o     .        .`,
  },
  {
    title: 'one accuser is certain, the other sees packets lost: one alone decides nothing',
    is: 'lossy-path → none',
    grid: `
      az-a     silent
      az-b     T    o     o        o    o     o        o
      az-c     T    l     l        o    o     o        .
      region   .    l     .        .    o     .        .`,
  },
  {
    title: 'packets get lost, and the machine refuses: that is an answer',
    is: 'postgres-primary-failure → failover-emergency',
    grid: `
      az-a     F    l     l        o    l     l        l
      az-b     F    l     l        o    o     o        o
      az-c     F    x     l        o    o     o        .
      region   .    l     .        .    o     .        .`,
  },
  {
    title: 'the API of az-a times out, and the rest of the zone now and then: no partial failure',
    is: 'none → none',
    grid: `
      az-a     o    o     o        o    o     o        o
      az-b     l    T     l        o    o     o        o
      az-c     l    T     x        o    o     o        .
      region   .    T     .        .    o     .        .`,
  },

  {
    title: 'the API of az-a died, its PostgreSQL lives',
    is: 'partial-service-failure → failover-planned',
    grid: `
      az-a     o    F     o        o    o     o        o
      az-b     o    F     o        o    o     o        o
      az-c     o    F     o        o    o     o        .
      region   .    F     .        .    o     .        .`,
  },
  {
    title: 'the API of az-a is silent only since its threshold: it may be stalled, so wait',
    is: 'none → none',
    grid: `
      az-a     o    C     o        o    o     o        o
      az-b     o    C     o        o    o     o        o
      az-c     o    C     o        o    o     o        .
      region   .    C     .        .    o     .        .`,
  },
  {
    title: 'the API died in both zones: moving would not help',
    is: 'none → none',
    grid: `
      az-a     o    F     o        o    F     o        o
      az-b     o    F     o        o    F     o        o
      az-c     o    F     o        o    F     o        .
      region   .    F     .        .    F     .        .`,
  },
  {
    title:
      'the API is voted failed first, and one elector already sees PostgreSQL fail: not a partial failure',
    is: 'none → none',
    grid: `
      az-a     o    o     o        o    o     o        o
      az-b     o    F     o        o    o     o        o
      az-c     f    F     F        o    o     o        .
      region   .    F     .        .    o     .        .`,
  },

  {
    title: 'the standby’s zone died; az-c sees the primary alive',
    is: 'standby-loss → degrade',
    grid: `
      az-a     o    o     o        F    F     F        o
      az-b     silent
      az-c     o    o     o        F    F     F        .
      region   .    o     .        .    F     .        .`,
  },
  {
    title: 'the pair az-a/az-b is cut: nobody is voted failed, but the primary shows no standby (§3b.6)',
    is: 'standby-loss → degrade',
    grid: `
      az-a     s    o     o        F    F     F        o
      az-b     F    F     F        o    o     o        o
      az-c     s    o     o        o    o     o        .
      region   .    o     .        .    o     .        .`,
  },
  {
    title:
      'only az-a’s own witness sees the primary without its standby: a dying zone must not poison the seat (§3b.5)',
    is: 'network-partition → none',
    grid: `
      az-a     s    o     o        F    F     F        o
      az-b     F    F     F        o    o     o        o
      az-c     o    o     o        o    o     o        .
      region   .    o     .        .    o     .        .`,
  },
  {
    title: 'both zones are gone for az-c: whoever sees no primary alive degrades nothing',
    is: 'witness-cut-off → none',
    grid: `
      az-a     s    o     o        F    F     F        o
      az-b     silent
      az-c     u    u     u        F    F     F        .
      region   .    o     .        .    F     .        .`,
  },
  {
    title: 'nobody is eligible, and az-c alone has not looked since az-a was let go on',
    setting: ALONE,
    is: 'standby-loss → none',
    grid: `
      az-a     o    o     o        F    F     F        o
      az-b     silent
      az-c     s    o     o        F    F     F        .
      region   .    o     .        .    F     .        .`,
  },
  {
    title:
      'nobody is eligible, and az-a waits for az-b all the same: what a degrade that died has left behind',
    setting: ALONE,
    is: 'standby-loss → degrade',
    grid: `
      az-a     s    o     o        F    F     F        o
      az-b     silent
      az-c     s    o     o        F    F     F        .
      region   .    o     .        .    F     .        .`,
  },
  {
    title: 'degraded already, the standby’s zone still dead: nothing to do',
    setting: ALONE,
    is: 'standby-loss → none',
    grid: `
      az-a     o    o     o        F    F     F        o
      az-b     silent
      az-c     o    o     o        F    F     F        .
      region   .    o     .        .    F     .        .`,
  },

  {
    title: 'after the failover, az-a’s machine answers again, its PostgreSQL is down',
    setting: AWAY,
    is: 'standby-returned → rejoin',
    grid: `
      az-a     F    F     o        o    o     o        o
      az-b     F    F     o        o    o     o        o
      az-c     F    F     o        o    o     o        .
      region   .    F     .        .    o     .        .`,
  },
  {
    title: 'after the failover, az-a thaws: its old primary answers as a zombie, its agent is not watched',
    setting: AWAY,
    is: 'standby-returned → rejoin',
    grid: `
      az-a     o    o     o        o    o     o        o
      az-b     o    o     .        o    o     o        o
      az-c     o    o     .        o    o     o        .
      region   .    o     .        .    o     .        .`,
  },
  {
    title: 'it has answered for one round only: not steady yet',
    setting: AWAY,
    is: 'none → none',
    grid: `
      az-a     o    o     n        o    o     o        o
      az-b     n    o     n        o    o     o        o
      az-c     n    o     n        o    o     o        .
      region   .    o     .        .    o     .        .`,
  },
  {
    title: 'az-c sees it again, the writer’s own zone does not: what it cannot reach cannot stream from it',
    setting: AWAY,
    is: 'network-partition → none',
    grid: `
      az-a     o    o     o        F    F     F        o
      az-b     F    F     F        o    o     o        o
      az-c     o    o     o        o    o     o        .
      region   .    o     .        .    o     .        .`,
  },
  {
    title: 'it is back, but the writer is not seen alive from outside: first things first',
    setting: AWAY,
    is: 'witness-cut-off → none',
    grid: `
      az-a     o    o     o        u    u     u        o
      az-b     o    o     o        o    o     o        o
      az-c     silent
      region   .    o     .        .    o     .        .`,
  },

  {
    title: 'the data zones do not see each other, az-c sees both, the standby streams by another way',
    is: 'network-partition → none',
    grid: `
      az-a     o    o     o        F    F     F        o
      az-b     F    F     F        o    o     o        o
      az-c     o    o     o        o    o     o        .
      region   .    o     .        .    o     .        .`,
  },

  {
    title: 'az-c is silent',
    is: 'witness-cut-off → none',
    grid: `
      az-a     o    o     o        o    o     o        o
      az-b     o    o     o        o    o     o        o
      az-c     silent
      region   .    o     .        .    o     .        .`,
  },
  {
    title: 'az-b sees nothing but itself, and still reaches the state store',
    is: 'witness-cut-off → none',
    grid: `
      az-a     o    o     o        o    o     o        o
      az-b     F    F     F        o    o     o        F
      az-c     o    o     o        o    o     o        .
      region   .    o     .        .    o     .        .`,
  },

  {
    title: 'az-a writes alone, az-b is gone, and nobody outside can tell how PostgreSQL in az-a does',
    setting: ALONE,
    is: 'witness-cut-off → none',
    grid: `
      az-a     o    o     o        F    F     F        o
      az-b     silent
      az-c     u    o     o        F    F     F        .
      region   .    o     .        .    F     .        .`,
  },
];
