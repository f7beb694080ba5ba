import { readFileSync, writeFileSync, openSync, writeSync, closeSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeadlineExceeded,
  InvalidConfiguration,
  Refused,
  StaleEpoch,
  Unreachable,
} from '../../../lib/domain/errors';
import type { Connection } from '../../../lib/engines/postgres/streaming/connection';
import { startDeadline } from '../../../lib/engines/deadline';
import { lockKey } from '../../../lib/engines/postgres/streaming/epoch-guard';
import { createPostgresStreaming } from '../../../lib/engines/postgres/streaming/postgres-streaming';
import { createSessions } from '../../../lib/engines/postgres/streaming/sessions';
import { createHostAgentControl } from '../../../lib/engines/host-agent/host-agent-control';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { RealServers } from './real-servers';
import { startRealServers } from './real-servers';

jest.setTimeout(90_000);

const effect = (epoch: number, deadlineMs = 8_000) => ({ epoch, deadlineMs });

let servers: RealServers;
beforeEach(async () => {
  servers = await startRealServers();
});
afterEach(() => servers.close());

const countRows = async (zone: string, text: string): Promise<number> =>
  (await servers.sql(zone, text)).length;

const checkpointerOf = async (zone: string): Promise<number> => {
  const text = `select pid from pg_stat_activity where backend_type = 'checkpointer'`;
  const [row] = await servers.sql(zone, text);
  return (row as { readonly pid: number }).pid;
};

describe('the lock of an effect', () => {
  const holdLock = async (zone: string, epoch: number): Promise<Connection> => {
    const { endpoints, password } = servers;
    const sessions = createSessions({ endpoints, database: 'orders', user: 'evac', password });
    const deadline = startDeadline(20_000);
    const holder = await sessions.openEffect(zone, epoch, deadline);
    await holder.query('select pg_advisory_lock($1)', [lockKey], deadline);
    return holder;
  };

  it('ends a stuck holder of an older epoch at once, on the writer and on a standby', async () => {
    for (const zone of ['az-a', 'az-b']) {
      const holder = await holdLock(zone, 1);
      const startedMs = performance.now();
      await servers.engine.ensureWriterIn(zone, effect(zone === 'az-a' ? 2 : 3));
      expect(performance.now() - startedMs).toBeLessThan(3_000);
      await waitUntil({ what: 'the holder to be ended', timeoutMs: 2_000 }, () => !holder.isOpen());
    }
  });

  it('waits for a holder of the same epoch, then ends it: the same step ran twice', async () => {
    const holder = await holdLock('az-a', 2);
    const startedMs = performance.now();
    await servers.engine.degrade('az-a', effect(2, 1_500));
    expect(performance.now() - startedMs).toBeGreaterThan(450);
    expect(holder.isOpen()).toBe(false);
  });

  it('yields to a holder of a newer epoch', async () => {
    const holder = await holdLock('az-a', 3);
    await expect(servers.engine.degrade('az-a', effect(2))).rejects.toThrow(StaleEpoch);
    expect(holder.isOpen()).toBe(true);
    holder.close();
  });

  it('is released by the server itself when its owner froze past its deadline', async () => {
    const { endpoints, password } = servers;
    const sessions = createSessions({ endpoints, database: 'orders', user: 'evac', password });
    const holder = await sessions.openEffect('az-a', 2, startDeadline(200));
    await holder.query('select pg_advisory_lock($1)', [lockKey], startDeadline(2_000));
    await waitUntil({ what: 'the idle session to end', timeoutMs: 4_000 }, () => !holder.isOpen());
  });
});

describe('a server without a free connection', () => {
  /** Whoever gets one keeps it; those that are refused come again, as clients do. */
  const crowd = async (zone: string) => {
    const { endpoints, password } = servers;
    const sessions = createSessions({ endpoints, database: 'orders', user: 'evac', password });
    const holders: Connection[] = [];
    for (let full = false; !full;)
      await sessions.openProbe(zone, startDeadline(2_000)).then(
        (holder) => void holders.push(holder),
        (error: unknown) => {
          expect(error).toMatchObject({ code: '53300' });
          full = true;
        },
      );
    return holders;
  };

  it('is no failed one to a probe, and an effect waits for its turn', async () => {
    const { engine } = servers;
    const holders = await crowd('az-a');
    try {
      expect(await engine.probe('az-a', 1_000)).toMatchObject({ state: 'unknown' });
      // The server's own word, or no word when the last try was cut short.
      const late: unknown = await engine.degrade('az-a', effect(2, 500)).catch((error: unknown) => error);
      expect(late instanceof DeadlineExceeded || (late as { code?: string }).code === '53300').toBe(true);
      const degraded = engine.degrade('az-a', effect(2, 8_000));
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (const holder of holders.splice(0, 4)) holder.close();
      await degraded;
    } finally {
      for (const holder of holders) holder.close();
    }
  });
});

describe('the gate', () => {
  const setting = async (): Promise<string> => {
    const [row] = await servers.sql('az-a', `select current_setting('synchronous_standby_names') as value`);
    return (row as { readonly value: string }).value;
  };

  it('is not taken for closed while the setting is not applied, whatever sync_state shows', async () => {
    const { engine } = servers;
    await engine.degrade('az-a', effect(2));
    await engine.rejoin('az-b', 'az-a', effect(3, 30_000));
    const checkpointer = await checkpointerOf('az-a');
    process.kill(checkpointer, 'SIGSTOP');
    try {
      await expect(engine.ensureSynchronous('az-a', 'az-b', effect(3, 2_000))).rejects.toThrow(
        DeadlineExceeded,
      );
    } finally {
      process.kill(checkpointer, 'SIGCONT');
    }
    await engine.ensureSynchronous('az-a', 'az-b', effect(3));
    await servers.sql('az-a', `insert into orders values ('both')`, 'orders');
    expect(await countRows('az-b', `select 1 from orders where id = 'both'`)).toBe(1);
  });

  it('stays closed when the standby freezes behind it, until a degrade at a newer epoch', async () => {
    const { engine } = servers;
    await engine.degrade('az-a', effect(2));
    await engine.rejoin('az-b', 'az-a', effect(3, 30_000));
    servers.signal('az-b', 'SIGSTOP');
    await expect(engine.ensureSynchronous('az-a', 'az-b', effect(3, 1_500))).rejects.toThrow(
      DeadlineExceeded,
    );
    expect(await setting()).toBe('FIRST 2 ("az-b-e3", evac_gate)');
    const held = servers.sql('az-a', `insert into orders values ('held')`, 'orders');
    await engine.degrade('az-a', effect(4));
    expect(await setting()).toBe('');
    await held;
  });

  it('is opened by the second of two runs, and the first one, whose session was ended, leaves it so', async () => {
    const { engine } = servers;
    await engine.degrade('az-a', effect(2));
    await engine.rejoin('az-b', 'az-a', effect(3, 30_000));
    const checkpointer = await checkpointerOf('az-a');
    process.kill(checkpointer, 'SIGSTOP');
    const first = engine
      .ensureSynchronous('az-a', 'az-b', effect(3, 12_000))
      .catch((error: unknown) => error);
    try {
      await waitUntil({ what: 'the gate to be closed', timeoutMs: 4_000 }, async () =>
        (await setting()).startsWith('FIRST 2'),
      );
      const second = engine.ensureSynchronous('az-a', 'az-b', effect(3, 4_000));
      expect(await first).toBeInstanceOf(Unreachable);
      process.kill(checkpointer, 'SIGCONT');
      await second;
    } finally {
      process.kill(checkpointer, 'SIGCONT');
    }
    expect(await setting()).toBe('FIRST 1 ("az-b-e3")');
  });

  it('is not closed again by a second run that finds it open', async () => {
    const { engine } = servers;
    await engine.degrade('az-a', effect(2));
    await engine.rejoin('az-b', 'az-a', effect(3, 30_000));
    await engine.ensureSynchronous('az-a', 'az-b', effect(3));
    const reloads = async () => (await servers.sql('az-a', 'select pg_conf_load_time() as at'))[0];
    const before = await reloads();
    await engine.ensureSynchronous('az-a', 'az-b', effect(3));
    expect(await reloads()).toEqual(before);
  });
});

describe('a planned fence', () => {
  it('ends sessions that are open, in the middle of a transaction, or waiting for the standby', async () => {
    servers.signal('az-b', 'SIGSTOP');
    const waiting = servers.sql('az-a', `insert into orders values ('waiting')`, 'orders');
    const sleeping = servers.sql(
      'az-a',
      `begin; insert into orders values ('open'); select pg_sleep(20)`,
      'orders',
    );
    const settled = Promise.allSettled([waiting, sleeping]);
    await waitUntil({ what: 'both sessions', timeoutMs: 3_000, everyMs: 20 }, async () => {
      const text = `select 1 from pg_stat_activity where usename = 'orders' and wait_event in ('SyncRep', 'PgSleep')`;
      return (await countRows('az-a', text)) === 2;
    });
    const how = { mode: 'planned', standbyEligible: true } as const;
    expect(await servers.engine.fence('az-a', how, effect(2))).toMatchObject({
      kind: 'read-only',
      holds: true,
    });
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(servers.sql('az-a', `insert into orders values ('x')`, 'orders')).rejects.toThrow(
      /read-only/,
    );
  });

  it('holds on a standby as it is', async () => {
    const how = { mode: 'planned', standbyEligible: true } as const;
    expect(await servers.engine.fence('az-b', how, effect(2))).toMatchObject({ holds: true });
  });
});

describe('a promotion', () => {
  it('keeps the workload out until it is admitted, whatever the settings were before', async () => {
    await servers.sql('az-b', 'alter system set default_transaction_read_only = off');
    await servers.sql('az-b', `alter system set synchronous_standby_names = 'FIRST 1 (nobody)'`);
    await servers.sql('az-b', 'select pg_reload_conf()');
    await waitUntil({ what: 'the settings', timeoutMs: 3_000, everyMs: 20 }, async () => {
      const [row] = await servers.sql('az-b', 'show synchronous_standby_names');
      return (row as { readonly synchronous_standby_names: string }).synchronous_standby_names !== '';
    });
    await servers.engine.ensureWriterIn('az-b', effect(2));
    await expect(servers.sql('az-b', `insert into orders values ('x')`, 'orders')).rejects.toThrow(
      /read-only/,
    );
    await servers.engine.admitWrites('az-b', effect(2));
    await servers.sql('az-b', `insert into orders values ('x')`, 'orders');
  });

  it('raises a fence row that still names the old writer', async () => {
    await servers.engine.ensureWriterIn('az-b', effect(2));
    await servers.sql('az-b', `begin read write; update evac.fence set zone = 'az-a'; commit`);
    await servers.engine.ensureWriterIn('az-b', effect(2));
    expect(await servers.sql('az-b', 'select zone from evac.fence')).toEqual([{ zone: 'az-b' }]);
  });

  it('refuses a server that was never provisioned', async () => {
    await servers.sql('az-a', 'begin read write; delete from evac.fence; commit');
    const error = await servers.engine.degrade('az-a', effect(2)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ code: 'no-fence-row' });
  });
});

describe('an emergency fence', () => {
  it('falls back to power when the standby follows somebody else', async () => {
    await servers.sql('az-a', `begin read write; update evac.fence set zone = 'az-z'; commit`);
    await waitUntil(
      { what: 'az-b to replay it', timeoutMs: 3_000, everyMs: 10 },
      async () => (await countRows('az-b', `select 1 from evac.fence where zone = 'az-z'`)) === 1,
    );
    const how = { mode: 'emergency', standbyEligible: true } as const;
    const fence = await servers.engine.fence('az-a', how, effect(2));
    expect(fence).toMatchObject({ kind: 'power', holds: true });
    expect(fence.why).toContain('az-z');
    expect(servers.stateOf('az-a')).toBe('stopped');
  });

  it('does not hold without a second server', async () => {
    const { endpoints, password } = servers;
    const only = { 'az-a': endpoints['az-a'] ?? { host: '', port: 0 } };
    const component = { endpoints: only, database: 'orders', user: 'evac' };
    const engine = createPostgresStreaming({ component, password }, createHostAgentControl({}));
    const how = { mode: 'emergency', standbyEligible: true } as const;
    expect(await engine.fence('az-a', how, effect(2))).toMatchObject({ holds: false });
    await expect(engine.verify('az-q', effect(2))).rejects.toThrow(InvalidConfiguration);
  });
});

describe('a look', () => {
  const engineWith = (password: string) =>
    createPostgresStreaming(
      { component: { endpoints: servers.endpoints, database: 'orders', user: 'evac' }, password },
      servers.control,
    );

  it('takes no ended session for a dead server', async () => {
    const { engine } = servers;
    expect((await engine.probe('az-a', 500)).state).toBe('ok');
    await servers.sql(
      'az-a',
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'evac-look'`,
    );
    expect((await engine.probe('az-a', 1_000)).state).toBe('ok');
  });

  it('serves several callers at once', async () => {
    const { engine } = servers;
    const results = await Promise.all([1, 2, 3].map(() => engine.probe('az-a', 2_000)));
    expect(results.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
  });

  it('does not know when it may not log in', async () => {
    const engine = engineWith('wrong');
    expect(await engine.probe('az-a', 1_000)).toMatchObject({ state: 'unknown' });
    await engine.close();
  });

  it('sees a server that shuts down or starts up as failed, with the reason', async () => {
    // An open session keeps a smart shutdown from ending.
    const open = servers.sql('az-a', 'select pg_sleep(2)');
    await waitUntil({ what: 'the session', timeoutMs: 3_000, everyMs: 20 }, async () => {
      return (await countRows('az-a', `select 1 from pg_stat_activity where wait_event = 'PgSleep'`)) === 1;
    });
    const { data } = servers.filesOf('az-a');
    process.kill(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGTERM');
    await waitUntil({ what: 'the shutdown to begin', timeoutMs: 3_000, everyMs: 20 }, async () => {
      const { state, reason } = await engineWith(servers.password).probe('az-a', 500);
      return state === 'failed' && /shutting down \(57P03\)/.test(reason ?? '');
    });
    await open;
  });

  it('finds what would escape the standby before a promotion', async () => {
    await servers.sql('az-a', 'alter role orders set synchronous_commit = off');
    await servers.sql('az-a', 'alter database orders set synchronous_commit = local');
    await servers.sql('az-b', 'alter system set synchronous_commit = local');
    await servers.sql('az-b', 'select pg_wal_replay_pause()');
    await waitUntil({ what: 'all findings', timeoutMs: 3_000, everyMs: 20 }, async () => {
      const { ok, findings } = await servers.engine.preflight('az-b', effect(2));
      return !ok && findings.length >= 2;
    });
    await servers.sql('az-b', 'select pg_wal_replay_resume()');
    await waitUntil({ what: 'all findings', timeoutMs: 3_000, everyMs: 20 }, async () => {
      const { findings } = await servers.engine.preflight('az-b', effect(2));
      return ['role orders', 'database orders', 'synchronous_commit is local'].every((word) =>
        findings.some((finding) => finding.includes(word)),
      );
    });
  });

  it('finds a table that cannot be read', async () => {
    const [row] = await servers.sql(
      'az-a',
      `insert into orders values ('1') returning pg_relation_filepath('orders') as path`,
    );
    await servers.sql('az-a', 'checkpoint');
    await servers.kill('az-a');
    const handle = openSync(
      join(servers.filesOf('az-a').data, (row as { readonly path: string }).path),
      'r+',
    );
    writeSync(handle, Buffer.alloc(8_192, 0xff), 0, 8_192, 0);
    closeSync(handle);
    await servers.startServer('az-a');
    const { ok, findings } = await servers.engine.verify('az-a', effect(1));
    expect({ ok, findings }).toMatchObject({
      ok: false,
      findings: [expect.stringContaining('public.orders')],
    });
  });
});

describe('a rejoin', () => {
  it('clones when the old data cannot be rewound, and leaves nothing of the other side in the settings', async () => {
    const { engine } = servers;
    await engine.ensureWriterIn('az-b', effect(2));
    await engine.admitWrites('az-b', effect(2));
    await servers.kill('az-a');
    const { data } = servers.filesOf('az-a');
    rmSync(join(data, 'global', 'pg_control'));
    expect(await engine.rejoin('az-a', 'az-b', effect(3, 60_000))).toEqual({ how: 'recloned' });
    const auto = readFileSync(join(data, 'postgresql.auto.conf'), 'utf8');
    expect(auto).toContain(`default_transaction_read_only = 'on'`);
    expect(auto).toContain(`synchronous_standby_names = ''`);
    expect(auto).toContain('az-a-e3');
    expect(auto).not.toContain(servers.password);
  });

  it('restarts a stopped standby whose history fits', async () => {
    await servers.kill('az-b');
    expect(await servers.engine.rejoin('az-b', 'az-a', effect(2, 30_000))).toEqual({ how: 'restarted' });
  });

  it('brings back a server whose promotion was undone', async () => {
    const { engine } = servers;
    const how = { mode: 'planned', standbyEligible: true } as const;
    await engine.fence('az-a', how, effect(2));
    await engine.ensureWriterIn('az-b', effect(2));
    await servers.control.stop('az-b', { epoch: 3 }, 5_000);
    await engine.undoFence('az-a', { standby: null }, effect(3));
    await engine.degrade('az-a', effect(3));
    await servers.sql('az-a', `insert into orders values ('kept')`, 'orders');
    expect(await engine.rejoin('az-b', 'az-a', effect(3, 60_000))).toEqual({ how: 'rewound' });
    await engine.ensureSynchronous('az-a', 'az-b', effect(3));
    expect(await countRows('az-b', `select 1 from orders where id = 'kept'`)).toBe(1);
  });

  describe('a standby that went on alone, then was made to follow again behind everybody’s back', () => {
    const goOnAlone = async (beforeStop: () => Promise<unknown>): Promise<void> => {
      const { engine } = servers;
      await engine.ensureWriterIn('az-b', effect(2));
      await engine.admitWrites('az-b', effect(2));
      await servers.sql('az-b', `insert into orders values ('lost')`, 'orders');
      await beforeStop();
      await servers.control.stop('az-b', { epoch: 2 }, 5_000);
      await engine.degrade('az-a', effect(3));
      writeFileSync(join(servers.filesOf('az-b').data, 'standby.signal'), '');
    };

    it('is cloned while its control file does not tell of the promotion: pg_rewind sees nothing to do', async () => {
      // The first checkpoint after a promotion writes the new timeline down; it may be done before the stop, or not.
      process.kill(await checkpointerOf('az-b'), 'SIGSTOP');
      await goOnAlone(() => Promise.resolve());
      expect(await servers.engine.rejoin('az-b', 'az-a', effect(4, 60_000))).toEqual({ how: 'recloned' });
      expect(await countRows('az-b', `select 1 from orders where id = 'lost'`)).toBe(0);
    });

    it('is rewound once a checkpoint has written the promotion down', async () => {
      await goOnAlone(() => servers.sql('az-b', 'checkpoint'));
      expect(await servers.engine.rejoin('az-b', 'az-a', effect(4, 60_000))).toEqual({ how: 'rewound' });
      expect(await countRows('az-b', `select 1 from orders where id = 'lost'`)).toBe(0);
    });
  });

  it('gives up while its upstream does not answer, and keeps what it has', async () => {
    await servers.engine.rejoin('az-b', 'az-a', effect(2, 30_000));
    await servers.control.stop('az-b', { epoch: 2 }, 5_000);
    await servers.kill('az-a');
    const upstream = { upstreamHost: servers.addressOf('az-a'), upstreamPort: servers.port };
    const order = { epoch: 3, ...upstream, standbyName: 'az-b-e3' };
    await expect(servers.control.rejoin('az-b', order, 30_000)).rejects.toThrow(Unreachable);
    await servers.startServer('az-a');
    await servers.engine.degrade('az-a', effect(4));
    const { how } = await servers.engine.rejoin('az-b', 'az-a', effect(4, 30_000));
    expect(how).not.toBe('recloned');
  });
});
