/** Delta Lake tables (PROTOCOL.md of delta-io/delta): commits as lines of JSON, and checkpoints of all that stands. */
import { join } from 'node:path'
import { z } from 'zod'
import type { Micros } from '../../../schemas/kernel/time.ts'
import { checkpointLines } from './checkpoint.ts'
import { fileIn, type LakeFiles, type LakePlace, placeOf, unreadable, unsupported } from './place.ts'
import type { LakeColumn, LakeFile, LakeTable } from './table.ts'

const add = z.object({
  path: z.string(),
  partitionValues: z.record(z.string(), z.string().nullable()).nullish(),
  modificationTime: z.coerce.number().nullish(),
  deletionVector: z.unknown().optional(),
})
const action = z.object({
  commitInfo: z
    .object({ timestamp: z.number().nullish(), inCommitTimestamp: z.number().nullish() })
    .nullish(),
  protocol: z
    .object({ minReaderVersion: z.coerce.number(), readerFeatures: z.array(z.string()).nullish() })
    .nullish(),
  metaData: z.object({ id: z.string(), schemaString: z.string() }).nullish(),
  add: add.nullish(),
  remove: z.object({ path: z.string() }).nullish(),
})
const schema = z.object({
  fields: z.array(
    z.object({ name: z.string(), type: z.unknown(), metadata: z.record(z.string(), z.unknown()).nullish() }),
  ),
})

/** Those that change nothing of what is read here, or are looked at file by file. */
const FEATURES = [
  'columnMapping',
  'timestampNtz',
  'vacuumProtocolCheck',
  'deletionVectors',
  'typeWidening',
  'inCommitTimestamp',
]
const NEWEST_READER = 3
const MICROS_PER_MILLI = 1_000

/** @throws Refusal `lake.*` */
export async function deltaTable(files: LakeFiles, alive: () => void): Promise<LakeTable> {
  const { commits, checkpoints } = await listed(files)

  /** What stands after a checkpoint, or null for the first commit, and then after each later one. */
  async function* from(
    start: number | null,
  ): AsyncGenerator<Readonly<{ number: number; state: DeltaState }>> {
    const state = new DeltaState(files, alive)
    if (start !== null) {
      for (const path of checkpoints.get(start) ?? []) state.apply(await checkpointLines(files, path, alive))
      yield { number: start, state }
    }
    let expected = start === null ? 0 : start + 1
    for (const number of commits.filter((one) => one >= expected)) {
      if (number !== expected) throw unreadable(files, `its log has no version ${expected}`)
      expected++
      const commit = await files.read(commitAt(files, number))
      state.apply(commit.toString('utf8').split('\n').filter(Boolean))
      yield { number, state }
    }
  }

  const oldest = commits[0] === 0 ? null : Math.min(...checkpoints.keys())
  const newest = { id: '', columns: [] as readonly LakeColumn[] }
  for await (const { state } of from(checkpoints.size === 0 ? null : Math.max(...checkpoints.keys())))
    Object.assign(newest, { id: state.id, columns: state.columns })
  return {
    kind: 'delta',
    place: placeOf(files),
    ...newest,
    lost: files.lost,
    async *versions(since) {
      const before = [...checkpoints.keys()].filter((one) => since !== null && one <= Number(since))
      const start = before.length > 0 ? Math.max(...before) : oldest
      for await (const { number, state } of from(start))
        if (since === null || number >= Number(since)) yield state.version(number)
    },
  }
}

type Listed = Readonly<{ commits: readonly number[]; checkpoints: ReadonlyMap<number, readonly string[]> }>

const commitAt = ({ folder }: LakeFiles, version: number): string =>
  join(folder, '_delta_log', `${String(version).padStart(20, '0')}.json`)

async function listed(files: LakeFiles): Promise<Listed> {
  const names = ((await files.names('_delta_log')) ?? []).toSorted()
  const commits = names.flatMap((name) => (/^\d{20}\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
  const checkpoints = new Map<number, string[]>()
  const parts = new Map<number, number>()
  for (const name of names) {
    const [, version, of = '1'] = /^(\d{20})\.checkpoint(?:\.\d{10}\.(\d{10}))?\.parquet$/.exec(name) ?? []
    if (version === undefined) continue
    const paths = checkpoints.get(Number(version)) ?? []
    checkpoints.set(Number(version), [...paths, join(files.folder, '_delta_log', name)])
    parts.set(Number(version), Number(of))
  }
  // One that is still being written has not all of its parts.
  for (const [version, paths] of checkpoints)
    if (paths.length !== parts.get(version)) checkpoints.delete(version)
  if (commits[0] !== 0 && checkpoints.size === 0)
    throw unreadable(files, 'its log has neither version 0 nor a checkpoint')
  return { commits, checkpoints }
}

class DeltaState {
  readonly #place: LakePlace
  readonly #alive: () => void
  readonly #files = new Map<string, LakeFile>()
  #columns: readonly LakeColumn[] = []
  #committedAt: Micros = 0
  #id = ''

  constructor(place: LakePlace, alive: () => void) {
    this.#place = place
    this.#alive = alive
  }

  get id(): string {
    return this.#id
  }

  get columns(): readonly LakeColumn[] {
    return this.#columns
  }

  apply(lines: readonly string[]): void {
    let told: number | null = null
    for (const line of lines) {
      this.#alive()
      const { commitInfo, protocol, metaData, add, remove } = this.#parsed(line)
      const newest = commitInfo?.inCommitTimestamp ?? commitInfo?.timestamp ?? add?.modificationTime ?? null
      if (newest !== null) told = commitInfo == null ? Math.max(told ?? newest, newest) : newest
      if (protocol != null) this.#assertRead(protocol)
      if (metaData != null) {
        this.#id = metaData.id
        this.#columns = this.#said('its schema', () => columnsOf(metaData.schemaString))
      }
      if (remove != null) this.#files.delete(remove.path)
      if (add == null) continue
      if (add.deletionVector != null)
        throw unsupported(
          this.#place,
          'deletion vectors',
          'Write them into the files: REORG TABLE ... APPLY (PURGE).',
        )
      const path = fileIn(
        this.#place,
        this.#said('the path of a file', () => decodeURIComponent(add.path)),
      )
      this.#files.set(add.path, { path, deletes: [], partition: add.partitionValues ?? {} })
    }
    // Clocks of several writers may go back; what came later was not committed before.
    this.#committedAt = Math.max(this.#committedAt, (told ?? 0) * MICROS_PER_MILLI)
  }

  /** @throws Refusal `lake.unreadable` for one before the table said what it is */
  version(version: number) {
    if (this.#id === '') throw unreadable(this.#place, `version ${version} comes before its metadata`)
    const files = [...this.#files.values()]
    return { version: String(version), committedAt: this.#committedAt, columns: this.#columns, files }
  }

  /** What a part of the log says, which may be anything. */
  #said<T>(what: string, read: () => T): T {
    try {
      return read()
    } catch {
      throw unreadable(this.#place, `${what} is not well formed`)
    }
  }

  #parsed(line: string): z.infer<typeof action> {
    try {
      return action.parse(JSON.parse(line))
    } catch {
      throw unreadable(this.#place, `its log has a line that is no action: ${line.slice(0, 100)}`)
    }
  }

  #assertRead({ minReaderVersion, readerFeatures }: NonNullable<z.infer<typeof action>['protocol']>): void {
    const unknown = (readerFeatures ?? []).filter((one) => !FEATURES.includes(one))
    if (minReaderVersion > NEWEST_READER) unknown.push(`reader version ${minReaderVersion}`)
    if (unknown.length > 0)
      throw unsupported(
        this.#place,
        unknown.join(', '),
        'Drop the feature from the table, or export a copy without it.',
      )
  }
}

const columnsOf = (text: string): readonly LakeColumn[] =>
  schema.parse(JSON.parse(text)).fields.map(({ name, type, metadata }) => ({
    name,
    type: typeof type === 'string' ? type : JSON.stringify(type),
    stored: String(metadata?.['delta.columnMapping.physicalName'] ?? name),
  }))
