/**
 * An answer as a folder of Parquet files, one for each year, month or day: whole under its name when it is done, or not there. It is
 * written beside, file by file; the same question, broken off and asked again, goes on behind the files that are whole.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { AnswerBatch, AnswerField, AnswerTable } from '../../schemas/answer.ts'
import { canonicalJson, type Digest, sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { digestOfFile } from '../arrived-sources.ts'
import { assertFolderOf, isTaken, putFile } from '../put-out.ts'
import { FILE, type Part, type Period, partitioned } from './partition.ts'

/** What is said of the folder, beside it: Polars reads no folder in which other files lie. */
export const manifestOf = (folder: string): string => `${folder}.asof.json`
const PROGRESS = '_asof.progress'
const FORMAT = 'asof.partitioned/1'
const BROKEN_OFF = /^part-0\.parquet\.[0-9a-f]{8}\.part$/

export type PartFile = Readonly<{
  path: string
  rows: number
  cellsMissing: number
  bytes: number
  sha256: Digest
}>

export type WrittenParts = Readonly<{
  files: readonly PartFile[]
  rows: number
  /** Of columns of numbers. */
  cellsMissing: number
  bytes: number
  /** That of the manifest, which names those of the files: the same question of the same log has the same. */
  sha256: Digest
  /** Files that an earlier attempt had written. */
  filesBefore: number
}>

type Asked = Readonly<{ table: AnswerTable; period: Period; progress?: (done: number, of: number) => void }>

/** @throws Refusal `output.no-folder`, `retrieval.partition-file`; before anything is read */
export function assertPartable(to: string): void {
  assertFolderOf(to)
  if (/\.(parquet|arrows?|feather|ipc|csv)$/i.test(to)) throw refuse('retrieval.partition-file', { file: to })
}

/** @throws Refusal `output.no-folder`, `output.taken`, `retrieval.name-taken`, `retrieval.no-rows`, `retrieval.partition-file` */
export async function writeParts(to: string, { table, period, progress }: Asked): Promise<WrittenParts> {
  assertPartable(to)
  const place = existsSync(to) ? realpathSync(to) : resolve(to)
  const { answer, parts, told, table: named } = partitioned(table, period)
  if (isTaken(place)) return writtenBefore(place, answer)
  const earlier = manifestOf(place)
  if (existsSync(earlier) && toldIn(earlier) === null) throw refuse('output.taken', { path: earlier })
  const beside = `${place}.${answer.slice(0, 12)}.part`
  const before = await wholeIn(beside)
  const files: PartFile[] = []
  for (const part of parts) {
    const path = `${part.path}/${FILE}`
    files.push(
      before.get(path) ??
        (await writePart(beside, { path, part, table: named, done: (row) => progress?.(row, table.rows) })),
    )
  }
  const kept = files.filter((file) => file.rows > 0)
  if (kept.length === 0) {
    rmSync(beside, { recursive: true, force: true })
    throw refuse('retrieval.no-rows', { folder: to })
  }
  const manifest = `${canonicalJson({ format: FORMAT, answer, ...told, files: kept })}\n`
  // First: a folder without it would be nobody's.
  await putFile(earlier, async (part) => writeFileSync(part, manifest, { flag: 'wx', flush: true }))
  finish(beside, place)
  return {
    ...totalOf(kept),
    sha256: sha256(manifest),
    filesBefore: files.filter(({ path }) => before.has(path)).length,
  }
}

const totalOf = (files: readonly PartFile[]) => ({
  files,
  rows: files.reduce((sum, { rows }) => sum + rows, 0),
  cellsMissing: files.reduce((sum, { cellsMissing }) => sum + cellsMissing, 0),
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
})

/** A folder that has this very answer is left as it is; anything else is the user's. */
async function writtenBefore(place: string, answer: Digest): Promise<WrittenParts> {
  const told = toldIn(manifestOf(place))
  if (told === null || told.answer !== answer) throw refuse('output.taken', { path: place })
  for (const { path, sha256 } of told.files)
    if ((await hashOf(join(place, path))) !== sha256) throw refuse('output.taken', { path: place })
  return { ...totalOf(told.files), sha256: sha256(told.text), filesBefore: told.files.length }
}

function toldIn(path: string): Readonly<{ answer: string; files: readonly PartFile[]; text: string }> | null {
  try {
    const text = readFileSync(path, 'utf8')
    const { format, answer, files } = JSON.parse(text)
    return format === FORMAT ? { answer, files, text } : null
  } catch {
    return null
  }
}

const hashOf = async (path: string): Promise<Digest | null> => (existsSync(path) ? digestOfFile(path) : null)

/** The files of an earlier attempt, as far as they are what it said of them. */
async function wholeIn(beside: string): Promise<ReadonlyMap<string, PartFile>> {
  const whole = new Map<string, PartFile>()
  const progress = join(beside, PROGRESS)
  const lines = existsSync(progress) ? readFileSync(progress, 'utf8').split('\n') : []
  for (const line of lines) {
    const file = partIn(line)
    if (file !== null && (file.rows === 0 || (await hashOf(join(beside, file.path))) === file.sha256))
      whole.set(file.path, file)
  }
  return whole
}

/** The last line may have been broken off. */
function partIn(line: string): PartFile | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

async function writePart(
  beside: string,
  {
    path,
    part,
    table,
    done,
  }: Readonly<{ path: string; part: Part; table: AnswerTable; done: (row: number) => void }>,
): Promise<PartFile> {
  // Loaded where it is needed: most answers are no files.
  const { writeParquet } = await import('./parquet.ts')
  const { schema, batches } = table
  let cellsMissing = 0
  const counted = async function* () {
    for await (const batch of batches(part.from, part.to)) {
      cellsMissing += missingIn(schema.fields, batch)
      yield batch
      done(part.from + batch.length)
    }
  }
  const to = join(beside, path)
  mkdirSync(dirname(to), { recursive: true })
  const written = await putFile(to, (beneath) => writeParquet(beneath, schema, counted()))
  if (written.rows === 0) rmSync(dirname(to), { recursive: true })
  const file = { path, ...written, cellsMissing }
  appendFileSync(join(beside, PROGRESS), `${JSON.stringify(file)}\n`)
  done(part.to)
  return file
}

function missingIn(fields: readonly AnswerField[], { length, cells }: AnswerBatch): number {
  let missing = 0
  for (const [place, { kind }] of fields.entries())
    if (kind === 'number')
      for (let row = 0; row < length; row++) if (Number.isNaN(cells[place][row])) missing++
  return missing
}

/** The folder takes its name, unless somebody has put something there meanwhile: then it waits beside for the next attempt. */
function finish(beside: string, place: string): void {
  for (const name of readdirSync(beside, { recursive: true, encoding: 'utf8' }))
    if (BROKEN_OFF.test(name.split(/[\\/]/).at(-1) ?? '')) rmSync(join(beside, name))
  if (isTaken(place)) throw refuse('output.taken', { path: place })
  rmSync(join(beside, PROGRESS))
  renameSync(beside, place)
}
