import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { InvalidConfiguration } from '../domain/errors';
import type { Topology } from '../domain/topology';
import { CROSS_CHECKS } from './cross-checks';
import type { Deployment } from './deployment-schema';
import { deploymentSchema } from './deployment-schema';
import type { Finding } from './findings';
import { findingsOf } from './findings';
import { toTopology } from './to-topology';
import { lineOf } from './yaml-lines';

/** Reads a deployment file. @throws InvalidConfiguration when it cannot be read, or as `parseTopology` */
export const loadTopology = (file: string): Topology => parseTopology(readText(file), file);

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidConfiguration(
      `The configuration file ${file} cannot be read (${String(error)}). ` +
        'Name another with --config FILE, or copy config/aws.example.yaml.',
      { cause: error },
    );
  }
};

/**
 * @param fileName stands in the messages
 * @throws InvalidConfiguration with every finding at once: line, path, what was found, what is allowed
 */
export const parseTopology = (text: string, fileName: string): Topology => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const syntax = [...document.errors, ...document.warnings].map(
    ({ message, pos }) =>
      `${fileName}:${lines.linePos(pos[0]).line}: no valid YAML: ${message.split('\n')[0]}`,
  );
  if (syntax.length > 0) throw refusal(fileName, syntax);
  const raw: unknown = document.toJS();
  const { deployment, findings } = checked(raw);
  if (findings.length === 0) return toTopology(deployment);
  const worded = findings.map((finding) => ({ line: lineOf(document, lines, finding.path), finding }));
  throw refusal(
    fileName,
    worded
      .sort((a, b) => a.line - b.line)
      .map(({ line, finding }) => sentence(`${fileName}:${line}`, finding)),
  );
};

/** Every section is parsed on its own, so that one wrong field does not hide what is wrong between the others. */
const checked = (raw: unknown): { deployment: Deployment; findings: readonly Finding[] } => {
  const whole = deploymentSchema.safeParse(raw);
  const sections = whole.success ? whole.data : (rightSections(raw) as Deployment);
  const crossed = CROSS_CHECKS.filter(({ needs }) => needs.every((section) => section in sections));
  return {
    deployment: sections,
    findings: [
      ...(whole.success ? [] : findingsOf(whole.error.issues, raw)),
      ...crossed.flatMap(({ find }) => find(sections)),
    ],
  };
};

const rightSections = (raw: unknown): Partial<Deployment> => {
  const given = raw !== null && typeof raw === 'object' ? (raw as Record<string, unknown>) : {};
  return Object.fromEntries(
    Object.entries(deploymentSchema.shape).flatMap(([section, schema]) => {
      const parsed = schema.safeParse(given[section]);
      return parsed.success ? [[section, parsed.data]] : [];
    }),
  );
};

const sentence = (place: string, { path, found, allowed, advice }: Finding): string =>
  `${place}: ${path.join('.') || 'the file'}: found ${found}, allowed: ${allowed}${advice === undefined ? '' : `; ${advice}`}`;

const refusal = (fileName: string, sentences: readonly string[]): InvalidConfiguration =>
  new InvalidConfiguration(
    [
      `The configuration ${fileName} is refused, nothing was changed. ${sentences.length} to correct (docs/configuration.md explains every key):`,
      ...sentences.map((line) => `  ${line}`),
    ].join('\n'),
  );
