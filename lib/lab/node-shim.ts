import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabLayout } from './layout';
import { requireExecutable } from './run-tool';
import { clockScriptOf } from './zone-clock';

/** The variable by which a Lambda says in which zone it runs: what its subnet says on AWS. */
const shimZoneVariable = 'EVAC_ZONE';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** One branch a zone, so that a name which is none of them can do no harm. */
const zoneBranch = (layout: LabLayout, place: string): string =>
  `  ${place}) cgroup=${quoted(join(layout.cgroupOf(place), 'cgroup.procs'))}; network=${quoted(layout.namespacePathOf(place))}; clock=${quoted(clockScriptOf(layout, place))} ;;`;

function shimText(layout: LabLayout, realNode: string): string {
  return `#!/bin/sh
# The emulator starts Lambdas as "node …" from its PATH. One that belongs to a zone is put there:
# into the zone's cgroup, so that it dies and freezes with the zone, and into its network.
case "\${${shimZoneVariable}:-}" in
${layout.attached.map((place) => zoneBranch(layout, place)).join('\n')}
  *) exec ${quoted(realNode)} "$@" ;;
esac
[ -e "$network" ] || exec ${quoted(realNode)} "$@"
echo $$ > "$cgroup" || exit 125
# A zone whose clock was set wrong: its Lambdas see it, too.
[ ! -e "$clock" ] || . "$clock"
exec ${quoted(requireExecutable('nsenter'))} "--net=$network" ${quoted(realNode)} "$@"
`;
}

/**
 * Writes an executable `node` into a folder that goes first in the emulator's PATH. Answers its path.
 * It joins the zone named by EVAC_ZONE when there is such a zone, else it is plain node.
 */
export function writeNodeShim(options: {
  readonly layout: LabLayout;
  readonly folder: string;
  readonly realNode: string;
}): string {
  mkdirSync(options.folder, { recursive: true });
  const path = join(options.folder, 'node');
  // Whole or not at all: a Lambda may be started while it is written.
  writeFileSync(`${path}.new`, shimText(options.layout, options.realNode));
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
  return path;
}
