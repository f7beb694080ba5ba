import { createHash, createHmac } from 'node:crypto';
import { DeadlineExceeded, EvacError, Unreachable } from '../../../domain/errors';
import type { Deadline } from '../../deadline';
import { isTimeout, networkReasonOf } from '../failure';

export interface MinioAccess {
  readonly endpoint: string;
  readonly region: string;
  /** Of a user who may administer. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface AdminRequest {
  readonly method: 'GET' | 'PUT';
  /** After `/minio/admin/v3/`. */
  readonly what: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const hashOf = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const keyed = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** As the signature wants it: also what encodeURIComponent leaves alone. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

interface Unsigned {
  readonly method: string;
  readonly url: URL;
  readonly query: string;
  readonly body: Buffer;
}

/** AWS Signature Version 4; the SDK signs only the calls that it knows. */
function signedHeaders(
  { region, credentials }: MinioAccess,
  { method, url, query, body }: Unsigned,
): Readonly<Record<string, string>> {
  const at = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const headers = { host: url.host, 'x-amz-content-sha256': hashOf(body), 'x-amz-date': at };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const request = [method, url.pathname, query, ...lines, '', names, headers['x-amz-content-sha256']].join(
    '\n',
  );
  const scope = `${at.slice(0, 8)}/${region}/s3/aws4_request`;
  const key = scope.split('/').reduce<string | Buffer>(keyed, `AWS4${credentials.secretAccessKey}`);
  const signature = keyed(key, ['AWS4-HMAC-SHA256', at, scope, hashOf(request)].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

interface Sending {
  readonly sentence: string;
  readonly deadline: Deadline;
}

async function send(url: string, request: RequestInit, { sentence, deadline }: Sending): Promise<Response> {
  for (let isSecond = false; ; isSecond = true) {
    try {
      return await fetch(url, { ...request, signal: AbortSignal.timeout(Math.ceil(deadline.remainingMs())) });
    } catch (error) {
      if (isTimeout(error))
        throw new DeadlineExceeded(`${sentence}: no answer within ${Math.round(deadline.totalMs)} ms`);
      const reason = networkReasonOf(error);
      // A session that was ended while it was idle says nothing of the server.
      if (reason !== 'connection lost' || isSecond)
        throw new Unreachable(`${sentence}: ${reason ?? String(error)}`, { cause: error });
    }
  }
}

/**
 * One call of MinIO's admin API; the answer's text, null for 404.
 * @throws DeadlineExceeded, Unreachable, EvacError with MinIO's own answer.
 */
export async function callAdmin(
  access: MinioAccess,
  { method, what, query, body = Buffer.alloc(0) }: AdminRequest,
  deadline: Deadline,
): Promise<string | null> {
  const pairs = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  const text = pairs.toSorted().join('&');
  const url = new URL(`${access.endpoint}/minio/admin/v3/${what}`);
  const headers = signedHeaders(access, { method, url, query: text, body });
  const request = { method, headers, ...(method === 'PUT' ? { body: new Uint8Array(body) } : {}) };
  const sentence = `MinIO at ${url.host}, ${what}`;
  const response = await send(`${url.href}?${text}`, request, { sentence, deadline });
  const answer = await response.text();
  if (response.status === 404) return null;
  if (!response.ok) throw new EvacError(`${sentence}: ${response.status} ${answer.slice(0, 300)}`);
  return answer;
}
