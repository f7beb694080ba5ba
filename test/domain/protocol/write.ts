import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCUMENT, protocolDocument } from './document';

/** Draws docs/protocol.md anew. */
writeFileSync(join(__dirname, '../../..', DOCUMENT), protocolDocument());
