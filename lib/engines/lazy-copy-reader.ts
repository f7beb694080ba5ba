import type { CopyReader } from '../ports/consistency';

/** As `createLazyEngine`, of a reader: what compares no copies does not load what it takes. */
export function createLazyCopyReader(
  known: Pick<CopyReader, 'store' | 'nameOf'>,
  load: () => Promise<CopyReader>,
): CopyReader {
  let loading: Promise<CopyReader> | undefined;
  const reader = (): Promise<CopyReader> => (loading ??= load());
  return {
    ...known,
    chunks: async (...of) => (await reader()).chunks(...of),
    digests: async (...of) => (await reader()).digests(...of),
    items: async (...of) => (await reader()).items(...of),
    catchUp: async (...of) => (await reader()).catchUp(...of),
    look: async (...of) => (await reader()).look(...of),
    close: async () => (await loading)?.close(),
  };
}
