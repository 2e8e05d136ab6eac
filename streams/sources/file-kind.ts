/** What a data file is before it is opened: a regular file, or a link to one, with an extension that is read. */
import { type Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { pathProblem } from '../log/regular.ts'

const EXTENSIONS = [
  '.csv',
  '.csv.gz',
  '.txt',
  '.txt.gz',
  '.zip',
  '.tsv',
  '.tsv.gz',
  '.ndjson',
  '.ndjson.gz',
  '.jsonl',
  '.jsonl.gz',
  '.parquet',
  '.arrow',
  '.feather',
  '.ipc',
  '.xml',
  '.xml.gz',
] as const
export type Extension = (typeof EXTENSIONS)[number]

/** The extension of a file's base name, in lower case. @throws Refusal `source.unknown-format` */
export function extensionOf(file: string): Extension {
  const extension = EXTENSIONS.find((end) => file.toLowerCase().endsWith(end))
  if (extension === undefined) throw refuse('source.unknown-format', { file, formats: EXTENSIONS.join(' ') })
  return extension
}

/** What is said of a document that is brought in as a table. */
export const noTable = (file: string): Refusal =>
  refuse('source.unreadable', {
    file,
    why: 'it is no table; declare what it is, such as reads: sec-ownership',
  })

/** Whether a file's base name has an extension that is read. */
export const isRead = (file: string): boolean =>
  !file.startsWith('.') && EXTENSIONS.some((end) => file.toLowerCase().endsWith(end))

/** A pipe would keep its reader waiting for ever, and a device may never end. @throws Refusal `source.unreadable` */
export function assertFile(path: string): void {
  const why = pathProblem(path)
  if (why !== null) throw refuse('source.unreadable', { file: path, why })
}
