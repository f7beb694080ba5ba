import { DamagedState, EvacError, Refused } from '../../../lib/domain/errors';
import { createBucket } from '../../../lib/engines/object-store/bucket';
import { createClient } from '../../../lib/engines/object-store/access';
import { callAdmin } from '../../../lib/engines/object-store/minio/admin-call';
import { createPolicyGate } from '../../../lib/engines/object-store/minio/policy-gate';
import { createReplicatedObjects } from '../../../lib/engines/object-store/replicated/replicated-objects';
import { minioRegion, workloadPolicyName } from '../../../lib/lab/minio-host/minio-host';
import { createMinioStoreHost } from '../../../lib/lab/minio-host/minio-store-host';
import { waitUntil } from '../../../lib/lab/wait-until';
import { deadline, startQuickCopier, waitWhole } from './copiers';
import type { RealStores } from './real-stores';
import { bucketName, startRealStores, zoneA, zoneB } from './real-stores';

jest.setTimeout(60_000);

const effect = (epoch: number, deadlineMs = 5_000) => ({ epoch, deadlineMs });
const emergency = { mode: 'emergency', standbyEligible: false } as const;
const planned = { mode: 'planned', standbyEligible: true } as const;

let stores: RealStores;
beforeEach(async () => {
  stores = await startRealStores();
});
afterEach(() => stores.close());

const put = (zone: string, key: string) =>
  stores.asWorkload.at(zone).bucket.put(key, Buffer.from('x'), {}, deadline());
const optionsWithout = (hosts: 'hosts' | 'gate') => {
  const of = (zone: string) => ({
    access: stores.accessOf(zone, 'evac'),
    gate:
      hosts === 'gate'
        ? null
        : createPolicyGate({
            ...stores.accessOf(zone, 'evac'),
            credentials: stores.credentials.evac,
            policy: workloadPolicyName,
          }),
  });
  return { [zoneA]: of(zoneA), [zoneB]: of(zoneB) };
};

describe('the fence of a writer that answers', () => {
  it('is its gate, also in an emergency: it lets reads through and no write', async () => {
    await put(zoneA, 'k');
    expect(await stores.engine.fence(zoneA, emergency, effect(2))).toMatchObject({
      kind: 'read-only',
      holds: true,
    });
    await expect(put(zoneA, 'k')).rejects.toThrow('AccessDenied');
    await expect(stores.asWorkload.at(zoneA).bucket.remove('k', deadline())).rejects.toThrow('AccessDenied');
    expect(String((await stores.asWorkload.at(zoneA).bucket.get('k', deadline()))?.body)).toBe('x');
    expect(await stores.engine.fence(zoneB, planned, effect(2))).toMatchObject({ holds: true });
  });

  it('is power where there is no gate, and none where there is neither, which is said', async () => {
    const withoutGate = createReplicatedObjects(optionsWithout('gate'), null);
    const none = await withoutGate.fence(zoneA, planned, effect(2));
    expect(none).toMatchObject({ kind: 'read-only', holds: false });
    expect(none.why).toContain('its workload may still write');
    expect(await withoutGate.fence(zoneA, emergency, effect(2))).toMatchObject({ holds: false });
    const byPower = createReplicatedObjects(optionsWithout('gate'), stores.control);
    const fence = await byPower.fence(zoneA, emergency, effect(2));
    expect(fence).toMatchObject({ kind: 'power', holds: true });
    expect(await stores.control.status(zoneA, 1_000)).toMatchObject({ engine: 'stopped', epoch: 2 });
    await Promise.all([withoutGate.close(), byPower.close()]);
  });
});

describe('the fence of a writer that does not answer', () => {
  it('does not hold without a host that can stop it, nor when that host is silent', async () => {
    await stores.freeze(zoneA);
    const alone = createReplicatedObjects(optionsWithout('hosts'), null);
    expect(await alone.fence(zoneA, emergency, effect(2, 1_000))).toMatchObject({ holds: false });
    await alone.close();
    await stores.stopAgent(zoneA);
    const silent = await stores.engine.fence(zoneA, emergency, effect(2, 1_000));
    expect(silent).toMatchObject({ kind: 'power', holds: false });
    stores.signal(zoneA, 'SIGCONT');
  });
});

describe('before a standby is turned to writing', () => {
  it('what forbids it is found: nothing copied yet, an open gate, no versions', async () => {
    expect((await stores.engine.preflight(zoneB, effect(2))).findings).toEqual([
      'no sweep of the copier to az-b was whole yet: what it lacks is not known',
    ]);
    const copier = startQuickCopier(stores, zoneA, zoneB);
    await waitWhole(stores, zoneB);
    await copier.stop();
    expect(await stores.engine.preflight(zoneB, effect(2))).toMatchObject({ ok: true, findings: [] });
    const access = { ...stores.accessOf(zoneB, 'evac'), credentials: stores.credentials.evac };
    await createPolicyGate({ ...access, policy: workloadPolicyName }).set(true, 1, deadline());
    expect((await stores.engine.preflight(zoneB, effect(2))).findings.join()).toContain('close its gate');
    expect((await stores.engine.preflight(zoneA, effect(2))).findings).toContain(
      'the store in az-a is no standby',
    );
  });
});

describe('a probe', () => {
  it('tells the age of what was copied, and lets it grow once the copier is gone', async () => {
    const lagOf = async () => (await stores.engine.probe(zoneB, 1_000)).replication?.lagSeconds ?? null;
    const copier = startQuickCopier(stores, zoneA, zoneB);
    await waitWhole(stores, zoneB);
    expect(await lagOf()).toBeNull();
    await waitUntil({ what: 'an age', timeoutMs: 5_000 }, async () => (await lagOf()) !== null);
    await copier.stop();
    await lagOf();
    const first = (await lagOf()) ?? Infinity;
    await waitUntil({ what: 'it to grow', timeoutMs: 5_000 }, async () => ((await lagOf()) ?? 0) > first);
  });

  it('of a store that was never provisioned, or whose cursor is damaged, is unknown', async () => {
    const { control } = stores.stores.at(zoneB);
    await control.put('cursor.json', Buffer.from('{"epoch":"one"}'), {}, deadline());
    expect(await stores.engine.probe(zoneB, 1_000)).toMatchObject({ state: 'unknown' });
    await expect(stores.engine.ensureWriterIn(zoneB, effect(2))).rejects.toThrow(DamagedState);
    await control.remove('cursor.json', deadline());
    await expect(stores.engine.ensureWriterIn(zoneB, effect(2))).rejects.toMatchObject({ code: 'no-cursor' });
    const { cursor } = await stores.stores.at(zoneA).cursor.read(deadline());
    await expect(stores.stores.at(zoneA).cursor.create(cursor, deadline())).rejects.toThrow(Refused);
  });

  it('with wrong keys, or no such bucket, is unknown and no evidence against the store', async () => {
    const wrong = {
      ...stores.accessOf(zoneA, 'evac'),
      credentials: { accessKeyId: 'evac', secretAccessKey: 'wrong' },
    };
    const engine = createReplicatedObjects({ [zoneA]: { access: wrong, gate: null } }, null);
    const { state, reason } = await engine.probe(zoneA, 1_000);
    expect([state, reason?.includes('SignatureDoesNotMatch')]).toEqual(['unknown', true]);
    await engine.close();
    const client = createClient({ ...stores.accessOf(zoneA, 'evac') });
    await expect(createBucket(client, 'no-such-bucket').list({ after: null }, deadline())).rejects.toThrow(
      EvacError,
    );
    client.destroy();
  });
});

describe('MinIO', () => {
  const admin = () => ({
    endpoint: stores.accessOf(zoneA, 'evac').endpoint,
    region: minioRegion,
    credentials: stores.credentials.evac,
  });

  it('says why it refuses an admin call, and no policy is an open gate', async () => {
    const call = { method: 'GET', what: 'info-canned-policy', query: { name: workloadPolicyName } } as const;
    const wrong = { ...admin(), credentials: { accessKeyId: 'evac', secretAccessKey: 'wrong' } };
    await expect(callAdmin(wrong, call, deadline())).rejects.toThrow('403');
    const none = createPolicyGate({ ...admin(), bucket: bucketName, policy: "no-such (policy)'s!*" });
    expect(await none.state(deadline())).toEqual({ isOpen: true, epoch: null });
    await stores.freeze(zoneA);
    await expect(callAdmin(admin(), call, deadline(200))).rejects.toMatchObject({ name: 'DeadlineExceeded' });
    stores.signal(zoneA, 'SIGCONT');
  });

  it('says why it does not start, and never starts as a writer without its data', async () => {
    await stores.kill(zoneB);
    const host = stores.hostOf(zoneB);
    const elsewhere = { ...host, place: { ...host.place, listen: '198.51.100.1' } };
    await expect(createMinioStoreHost(elsewhere).startAsWriter()).rejects.toThrow('did not start');
    const empty = { ...host, files: { ...host.files, data: stores.folder } };
    await expect(createMinioStoreHost(empty).startAsWriter()).rejects.toMatchObject({ code: 'no-data' });
    await createMinioStoreHost(host).startAsWriter();
    expect(createMinioStoreHost(host).state()).toBe('running');
  });
});
