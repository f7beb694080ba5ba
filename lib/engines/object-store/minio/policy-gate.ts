import { z } from 'zod';
import type { GateState, WriteGate } from '../write-gate';
import type { MinioAccess } from './admin-call';
import { callAdmin } from './admin-call';

export interface PolicyGateOptions extends MinioAccess {
  readonly bucket: string;
  /** The policy that the workload's user has, and no other. */
  readonly policy: string;
}

/** The epoch stands in the statement's name, so that what is set says by whom. */
const sidOf = (isOpen: boolean, epoch: number): string => `Evac${isOpen ? 'Open' : 'Closed'}Epoch${epoch}`;

const reads = ['s3:GetObject', 's3:GetObjectVersion', 's3:ListBucket', 's3:ListBucketVersions'];
const writes = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

/** What the workload may do: its own bucket only, and of the control bucket just the cursor, which says who writes. */
export const workloadPolicy = (bucket: string, isOpen: boolean, epoch: number): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: sidOf(isOpen, epoch),
        Effect: 'Allow',
        Action: isOpen ? [...reads, ...writes] : reads,
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      },
      {
        Sid: 'EvacCursor',
        Effect: 'Allow',
        Action: ['s3:GetObject'],
        Resource: [`arn:aws:s3:::${bucket}-evac/cursor.json`],
      },
    ],
  });

const policyShape = z.object({ Statement: z.array(z.object({ Sid: z.string().optional() })) });

/** No statement of ours: nothing is closed. */
function stateIn(policy: string): GateState {
  const sids = policyShape.parse(JSON.parse(policy)).Statement.map(({ Sid = '' }) => Sid);
  const ours = sids.map((sid) => /^Evac(Open|Closed)Epoch(\d+)$/.exec(sid)).find((match) => match !== null);
  return { isOpen: ours?.[1] !== 'Closed', epoch: ours === undefined ? null : Number(ours[2]) };
}

/** MinIO asks a bucket's policy only of anonymous callers, so the gate is the policy of the workload's user. At once in force. */
export function createPolicyGate({ bucket, policy, ...access }: PolicyGateOptions): WriteGate {
  return {
    set: async (isOpen, epoch, deadline) => {
      const body = Buffer.from(workloadPolicy(bucket, isOpen, epoch));
      const what = { method: 'PUT', what: 'add-canned-policy', query: { name: policy }, body } as const;
      await callAdmin(access, what, deadline);
    },
    state: async (deadline) => {
      const what = { method: 'GET', what: 'info-canned-policy', query: { name: policy } } as const;
      const found = await callAdmin(access, what, deadline);
      return found === null ? { isOpen: true, epoch: null } : stateIn(found);
    },
  };
}
