/** A file as an arrival: its good rows in canonical order, and every bad one with its line and the reason. */
import type { ChildProcess } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { typeOfColumn } from '../../schemas/column-type.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { type Column, type Rows, sliceRowsOf } from '../../schemas/rows.ts'
import { assertFile, extensionOf } from './file-kind.ts'
import type { Proposal } from './infer/propose.ts'
import type { FileFacts, FileToAskFor, FileToRead } from './reading.ts'
import { type Ask, withReader } from './reading-process.ts'
import { LIMITS, type Limits } from './room.ts'
import { columnOfSlice } from './sliced.ts'

export type FileArrival = FileFacts &
  Readonly<{
    /**
     * The good rows by (knownAt, eventTime, entity), in slices of `sliceRowsOf` its columns, fetched as they are asked for. The
     * same file gives the same slices, and while it is open it can be gone through more than once.
     */
    rows: AsyncIterable<Rows>
  }>

type Options = Readonly<{
  /** What one file may take; `LIMITS` where it is not told. */
  limits?: Partial<Limits>
  /** Makes the process that reads. */
  start?: () => ChildProcess
}>

/**
 * Reads a file as its data set was declared, and hands it to `use`, for as long as that takes. Missing values are NaN in a long file
 * and no row in a wide one. A process of its own reads; it holds the rows, and a slice of them comes over at a time.
 * @param options.receivedAt when it arrived; nothing in it can be about a later moment
 * @returns what `use` returns
 * @throws Refusal `reader.not-started`, `source.unknown-format`, `source.unreadable`, `source.empty`, `source.missing-column`,
 * `source.duplicate-column`, `source.unnamed-column`, `source.line-too-long`, `source.too-large`, `source.changed`,
 * `source.file-name`, `dataset.time-zone`, `dataset.time-of-day`, `dataset.format`; and what `use` throws
 */
export async function readFile<T>(
  path: string,
  options: Options & Pick<FileToRead, 'spec' | 'receivedAt' | 'isPart'>,
  use: (file: FileArrival) => Promise<T> | T,
): Promise<T> {
  const { spec, receivedAt, isPart = false } = options
  return withFile(path, options, async (ask, file) => {
    const facts = await ask('read', { ...file, spec, receivedAt, isPart })
    return use({ ...facts, rows: { [Symbol.asyncIterator]: () => slicesOf(ask, facts, spec) } })
  })
}

/**
 * A declaration that fits the head of a file, read in the same process; null where no column holds times.
 * @throws Refusal `reader.not-started`, `source.unreadable`, `source.empty`, `source.unknown-format`
 */
export const proposalFor = (path: string, options: Options = {}): Promise<Proposal | null> =>
  withFile(path, options, (ask, file) => ask('propose', file))

async function* slicesOf(
  ask: Ask,
  { source, rowCount }: Pick<FileFacts, 'source' | 'rowCount'>,
  spec: DatasetSpec,
): AsyncGenerator<Rows, void, undefined> {
  const { columns, rows } = spec
  const isTakingBack = rows.withdrawn.column !== ''
  const staged = columns.length + (isTakingBack ? 1 : 0)
  for (let slice = 0; slice * sliceRowsOf(staged) < rowCount; slice++) {
    const keys = await ask('keys', { slice })
    const told: Column[] = []
    for (const [column, { name }] of columns.entries()) {
      const type = typeOfColumn(spec, name)
      told.push(columnOfSlice(source, { name, type }, await ask('column', { slice, column, type })))
    }
    if (!isTakingBack) yield { ...keys, columns: told }
    else {
      const { values } = await ask('column', { slice, column: columns.length, type: 'bool' })
      yield { ...keys, columns: told, withdrawn: Uint8Array.from(values, (value) => (value === 1 ? 1 : 0)) }
    }
  }
}

/** A process to ask about a file, which may be silent for as long as the size of the file allows. */
async function withFile<T>(
  told: string,
  { limits, start }: Options,
  use: (ask: Ask, file: FileToAskFor) => Promise<T>,
): Promise<T> {
  // The process that reads may have begun in another folder.
  const path = resolve(told)
  extensionOf(basename(path))
  assertFile(path)
  const { size } = await stat(path).catch((error: Error) => {
    throw refuse('source.unreadable', { file: path, why: error.message })
  })
  const file = { path, limits: { ...LIMITS, ...limits } }
  const silentMillis = file.limits.silentMillis + size / 10_000
  const lost = (why: string) => refuse('source.unreadable', { file: path, why })
  return withReader({ silentMillis, lost, start }, (ask) => use(ask, file))
}
