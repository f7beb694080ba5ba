import { createHash } from 'node:crypto';

/** How an item's key is written for people: a key may say something of a person. */
export type NameKey = (key: string) => string;

const SHOWN_DIGITS = 16;

/** As it is, or as the beginning of its SHA-256: who has the key finds it, who can guess keys finds it, too. */
export const nameKeys = (are: 'shown' | 'hashed'): NameKey =>
  are === 'shown'
    ? (key) => key
    : (key) => `sha256:${createHash('sha256').update(key, 'utf8').digest('hex').slice(0, SHOWN_DIGITS)}`;
