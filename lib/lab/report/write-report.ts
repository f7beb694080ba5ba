import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderHtml } from '../../domain/report/html';
import type { DrillReport } from '../../domain/report/report-document';

export interface ReportToWrite {
  /** `reports` of the project. */
  readonly folder: string;
  readonly report: Omit<DrillReport, 'files'>;
  /** What is kept beside it, by name: `{ ledger: '/…/ledger.jsonl', marks: … }`. */
  readonly evidence: Readonly<Record<string, string>>;
  /** Small things that exist only in memory, by file name: `{ 'survivors.json': '[…]' }`. */
  readonly notes?: Readonly<Record<string, string>>;
}

export interface WrittenReport {
  readonly json: string;
  readonly html: string;
  /** The run's own folder, with the evidence. */
  readonly runFolder: string;
  /** As written: with the names of its files. */
  readonly report: DrillReport;
}

/** A reader of `latest.json` sees the old one or the new one, never half of one. */
const replaceFile = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.new`;
  await writeFile(draft, text);
  await rename(draft, path);
};

const copyEvidence = async ({ evidence, report }: ReportToWrite, runFolder: string) => {
  const files: Record<string, string> = {};
  for (const [name, path] of Object.entries(evidence)) {
    const fileName = `${name}.jsonl`;
    await copyFile(path, join(runFolder, fileName));
    files[name] = `${report.run_id}/${fileName}`;
  }
  return files;
};

const writeNotes = async ({ notes = {}, report }: ReportToWrite, runFolder: string) => {
  const files: Record<string, string> = {};
  for (const [fileName, text] of Object.entries(notes)) {
    await writeFile(join(runFolder, fileName), text);
    files[fileName.replace(/\.\w+$/, '')] = `${report.run_id}/${fileName}`;
  }
  return files;
};

/**
 * Writes the run's evidence, its report beside it, and then `latest.json` and `latest.html`. Names inside the report
 * are relative to `folder`, so that the folder can be moved or attached as it is.
 * @throws the file system's error when evidence is missing: a report without it could not be checked.
 */
export const writeReport = async (what: ReportToWrite): Promise<WrittenReport> => {
  const runFolder = join(what.folder, what.report.run_id);
  await mkdir(runFolder, { recursive: true });
  const files = { ...(await copyEvidence(what, runFolder)), ...(await writeNotes(what, runFolder)) };
  const report: DrillReport = { ...what.report, files };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  await writeFile(join(runFolder, 'report.json'), json);
  await replaceFile(join(what.folder, 'latest.json'), json);
  await replaceFile(join(what.folder, 'latest.html'), renderHtml(report));
  return {
    json: join(what.folder, 'latest.json'),
    html: join(what.folder, 'latest.html'),
    runFolder,
    report,
  };
};
