import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { EvacError } from '../../../domain/errors';

/** Quick, since it has to keep up with a network; text and JSON shrink to a third or less all the same. */
const level = 3;
/** A frame that says it is larger is not unpacked: a batch's bytes are bounded, and so is one object. */
const maxBytes = 1 << 30;

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** What travels between the zones in one piece: a JSON header and the bytes of several objects, compressed together. */
export interface Frame {
  readonly header: unknown;
  readonly bodies: readonly Buffer[];
}

const sized = (bytes: Buffer): readonly Buffer[] => {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return [size, bytes];
};

export const packFrame = ({ header, bodies }: Frame): Promise<Buffer> =>
  pack(Buffer.concat([Buffer.from(JSON.stringify(header)), ...bodies].flatMap(sized)), { level });

/** @throws EvacError when it is cut short or no frame at all. */
export async function unpackFrame(packed: Buffer): Promise<Frame> {
  try {
    const bytes = await unpack(packed, { maxOutputLength: maxBytes });
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + 4 + bytes.readUInt32BE(at);
      if (end > bytes.length) throw new RangeError(`a part ends at ${end} of ${bytes.length} bytes`);
      parts.push(bytes.subarray(at + 4, end));
      at = end;
    }
    const [header, ...bodies] = parts;
    return { header: JSON.parse(String(header)), bodies };
  } catch (cause) {
    throw new EvacError('what arrived from the other zone is no frame of copies; it is asked for again', {
      cause,
    });
  }
}
