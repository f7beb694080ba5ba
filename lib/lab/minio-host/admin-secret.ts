import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';

/** MinIO's own formats of a secret in an admin call: the one whose key is derived by PBKDF2. */
const pbkdf2AesGcm = 2;
const iterations = 8_192;

/** A nonce is eight random bytes and the fragment's number. */
const nonceOf = (nonce: Buffer, fragment: number): Buffer => {
  const whole = Buffer.alloc(12);
  nonce.copy(whole);
  whole.writeUInt32LE(fragment, 8);
  return whole;
};

/**
 * `data` as MinIO wants what must not be read on the way, encrypted under the caller's own password: salt, format, nonce, one
 * last fragment. The fragment is bound to the stream's beginning by the tag of an empty one.
 */
export function sealed(password: string, data: string): Buffer {
  const [salt, nonce] = [randomBytes(32), randomBytes(8)];
  const key = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const empty = createCipheriv('aes-256-gcm', key, nonceOf(nonce, 0));
  empty.final();
  const lastOne = Buffer.of(0x80);
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(nonce, 1));
  cipher.setAAD(Buffer.concat([lastOne, empty.getAuthTag()]));
  const text = Buffer.concat([cipher.update(data), cipher.final()]);
  return Buffer.concat([salt, Buffer.of(pbkdf2AesGcm), nonce, text, cipher.getAuthTag()]);
}
