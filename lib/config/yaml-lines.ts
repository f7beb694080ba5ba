import type { Document, LineCounter, Node, Pair, YAMLMap } from 'yaml';
import { isMap, isScalar, isSeq } from 'yaml';
import type { Path } from './findings';

type YamlNode = Node | null | undefined;

const pairOf = (map: YAMLMap, key: PropertyKey): Pair<YamlNode, YamlNode> | undefined =>
  (map.items as Pair<YamlNode, YamlNode>[]).find(
    (pair) => isScalar(pair.key) && String(pair.key.value) === String(key),
  );

/** The place of a path, or of its nearest ancestor that is in the file. */
const offsetOf = (node: YamlNode, path: Path, fallback: number): number => {
  const [key, ...rest] = path;
  if (key === undefined) return fallback;
  if (isMap(node)) {
    const pair = pairOf(node, key);
    return pair === undefined ? fallback : offsetOf(pair.value, rest, pair.key?.range?.[0] ?? fallback);
  }
  if (!isSeq(node)) return fallback;
  const item = node.items[Number(key)] as YamlNode;
  return offsetOf(item, rest, item?.range?.[0] ?? fallback);
};

/** The line, from 1, on which a path stands in a YAML document. */
export const lineOf = (document: Document.Parsed, lines: LineCounter, path: Path): number => {
  const start = document.contents?.range?.[0] ?? 0;
  return Math.max(1, lines.linePos(offsetOf(document.contents as YamlNode, path, start)).line);
};
