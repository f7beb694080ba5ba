import { z } from 'zod';
import type { Copy, CopyOutcome } from './copy-target';

const identity = z.object({ zone: z.string(), versionId: z.string() });
const kind = z.enum(['put', 'delete']);
const term = z.object({ from: z.string(), epoch: z.number(), holder: z.string() });
const report = z.object({
  sweepKey: z.string().nullable(),
  sweeps: z.number(),
  drained: z.string().nullable(),
  levelAgeMs: z.number().nullable(),
  pendingObjects: z.number(),
  pendingBytes: z.number(),
});

const version = z.object({
  key: z.string(),
  localId: z.string(),
  identity,
  kind,
  bytes: z.number(),
  atMs: z.number(),
});

const copy = z.object({
  version,
  after: z.string().nullable(),
  attributes: z
    .object({
      ContentType: z.string(),
      ContentEncoding: z.string(),
      ContentLanguage: z.string(),
      ContentDisposition: z.string(),
      CacheControl: z.string(),
    })
    .partial(),
  metadata: z.record(z.string(), z.string()),
  sha256: z.string(),
});
type CopyHeader = z.infer<typeof copy>;

const deadlineMs = z.number().positive();

export const callShape = z.discriminatedUnion('what', [
  z.object({ what: z.literal('claim'), deadlineMs, from: z.string(), holder: z.string() }),
  z.object({ what: z.literal('held'), deadlineMs, term, keys: z.array(z.string()) }),
  z.object({ what: z.literal('keys'), deadlineMs, term, after: z.string().nullable() }),
  z.object({ what: z.literal('quarantine'), deadlineMs, term, key: z.string(), known: z.array(identity) }),
  z.object({
    what: z.literal('settle'),
    deadlineMs,
    term,
    keys: z.array(z.string()),
    olderThanMs: z.number(),
  }),
  z.object({ what: z.literal('report'), deadlineMs, term, report }),
  z.object({
    what: z.literal('deliver'),
    deadlineMs,
    term,
    report: report.nullable(),
    copies: z.array(copy),
  }),
]);
export type Call = z.infer<typeof callShape>;

const held = z
  .object({ identity, kind, etag: z.string().nullable(), sourceAtMs: z.number().nullable() })
  .nullable();

const outcome: z.ZodType<CopyOutcome> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('copied'), etag: z.string() }),
  z.object({ kind: z.literal('changed') }),
  z.object({ kind: z.literal('corrupt'), why: z.string() }),
  z.object({ kind: z.literal('refused'), why: z.string() }),
  z.object({ kind: z.literal('held-back') }),
]);

/** What each call answers; of a cursor only what a copier needs. */
export const answerShapes = {
  held: z.array(held),
  settle: z.array(held),
  keys: z.object({ keys: z.array(z.string()), isLast: z.boolean() }),
  quarantine: z.object({ moved: z.number(), common: identity.nullable(), held }),
  deliver: z.array(outcome),
} as const;

export const failureShape = z.object({
  error: z.string(),
  message: z.string(),
  code: z.string().nullable(),
});

export const headerOf = ({ body: _, ...rest }: Copy) => rest;

/** Headers and bodies come in the same order. */
export const asCopies = (headers: readonly CopyHeader[], bodies: readonly Buffer[]): readonly Copy[] =>
  headers.map((header, index) => ({
    ...header,
    attributes: Object.fromEntries(
      Object.entries(header.attributes).filter(([, value]) => value !== undefined),
    ),
    body: bodies[index] ?? Buffer.alloc(0),
  }));
