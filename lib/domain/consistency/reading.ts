/** A part of a store that both sides group alike: a range of rows, of hash slots, of offsets, of names. */
export interface Chunk {
  /** For people: `orders.orders, rows after id=17`. */
  readonly name: string;
  /** For the adapter that made it; it never leaves the process. */
  readonly place: unknown;
}

/** How many items, and a hash over all of them that does not depend on their order. */
export interface ChunkDigest {
  readonly count: number;
  readonly hash: string;
}

/** One item of a chunk; `key` is the adapter's own writing of it. */
export interface ItemDigest {
  readonly key: string;
  readonly digest: string;
}

/** The server answered that its data cannot be read, in its own words: that is a difference. */
export interface Damaged {
  readonly state: 'damaged';
  readonly words: string;
}

/** Whatever else kept it from being read: never equal, and never a difference. */
export interface Unread {
  readonly state: 'unknown';
  readonly words: string;
}

export type Reading<T> = { readonly state: 'read'; readonly value: T } | Damaged | Unread;
