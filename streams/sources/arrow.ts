/** Reads Arrow IPC, as a file or a stream. The parser is not trusted: it runs in a process with limits, and is ended at them. */
import { stat } from 'node:fs/promises'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { Ended, tell } from './arrow-process.ts'
import type { ArrowBatch, ArrowSaid, ArrowTask } from './arrow-said.ts'
import { reasonCode } from './rejects.ts'
import { type Asked, type Staged, stagingFor, type Wanted } from './staged.ts'
import type { Staging } from './staging.ts'

const BAD_NAME = { encoding: reasonCode('entity.encoding'), 'not-a-name': reasonCode('entity.not-a-name') }

/** @throws Refusal `source.*`, `dataset.*`. The line of a reject is a row of the file, from 1. */
export async function readArrow(asked: Asked): Promise<Staged> {
  let rows: Staging | null = null
  let fill: ((batch: ArrowBatch) => void) | null = null
  let sourceHash: Digest = ''
  await converse(asked, null, (said) => {
    if (said.kind === 'opened') {
      rows = stagingFor(asked, said)
      fill = filler(rows, asked, said.entities)
    } else if (said.kind === 'batch') fill?.(said)
    else if (said.kind === 'end') sourceHash = said.sourceHash
  })
  const staged = rows as Staging | null
  if (staged === null) throw refuse('source.unreadable', { file: asked.path, why: 'it has no schema' })
  return {
    rows: staged,
    sourceHash,
    blankLines: 0,
    skippedLines: 0,
    textsOf: (wanted) => readTexts(asked, wanted),
  }
}

async function readTexts(asked: Asked, wanted: readonly Wanted[]): Promise<readonly string[]> {
  let texts: readonly string[] = []
  await converse(asked, wanted, (said) => {
    if (said.kind === 'texts') texts = said.texts
  })
  return texts
}

/** The first rows as texts, and the columns that are stored as times. @throws Refusal `source.unreadable` */
export async function sampleArrow(
  asked: Pick<Asked, 'path' | 'file' | 'limits' | 'room'>,
  most: number,
): Promise<Pick<Extract<ArrowSaid, { kind: 'sample' }>, 'names' | 'rows' | 'timeColumns'>> {
  let sample: Extract<ArrowSaid, { kind: 'sample' }> | null = null
  await converse({ ...asked, spec: null }, most, (said) => {
    if (said.kind === 'sample') sample = said
  })
  return sample ?? { names: [], rows: [], timeColumns: [] }
}

/** Gives a parser its task and hands on what it says, within the time that the size of the file allows. */
async function converse(
  asked: Pick<Asked, 'path' | 'file' | 'limits' | 'room'> & Readonly<{ spec: DatasetSpec | null }>,
  wanted: ArrowTask['wanted'],
  hear: (said: ArrowSaid) => void,
): Promise<void> {
  const { path, file, spec, limits, room } = asked
  const unreadable = (why: string) => refuse('source.unreadable', { file: path, why })
  const { size } = await stat(path).catch((error: Error) => {
    throw unreadable(error.message)
  })
  room.unpacked(size)
  const task: ArrowTask = { path, file, spec: spec && { ...spec }, wanted, unpackedBytes: limits.stagedBytes }
  let failure: Refusal | null = null
  await tell(task, { silentMillis: limits.silentMillis + size / 10_000 }, (said) => {
    if (said.kind === 'refused') failure = new Refusal(said.fault)
    else if (said.kind === 'failed') failure = unreadable(said.why)
    else hear(said)
  }).catch((error: unknown) => {
    throw error instanceof Ended ? unreadable(error.message) : error
  })
  if (failure !== null) throw failure
}

function filler(rows: Staging, { spec, entity: ofFile }: Asked, entities: readonly string[]) {
  const fileCode = ofFile === null ? 0 : rows.names.codeOf(ofFile)
  const wide = entities.map((name) => rows.names.codeOf(name))
  let line = 1
  const codesOf = <T>(
    told: Readonly<{ codes: Uint32Array; of: readonly T[] }>,
    codeOf: (one: T) => number,
  ) => {
    const codes = Uint32Array.from(told.of, codeOf)
    return (row: number): number => codes[told.codes[row]]
  }
  return (batch: ArrowBatch): void => {
    const time = codesOf(batch.time, (text) => rows.times.codeOf(text))
    const known = batch.known === null ? null : codesOf(batch.known, (text) => rows.knowns.codeOf(text))
    const first = line
    line += batch.rows
    if (spec.layout === 'wide') {
      addWide(rows, batch, { time, known, entity: (column) => wide[column], line: first })
      return
    }
    const entity =
      batch.entity === null
        ? () => fileCode
        : codesOf(batch.entity, (cell) => {
            if (cell === null) return rows.names.codeOf('')
            return typeof cell === 'string' ? rows.names.codeOf(cell) : rows.names.badOf(BAD_NAME[cell.bad])
          })
    addLong(rows, batch, { time, known, entity, line: first })
  }
}

type Codes = Readonly<{
  time: (row: number) => number
  known: ((row: number) => number) | null
  /** Of a row in a long file, of a column in a wide one. */
  entity: (at: number) => number
  /** The line of the first row. */
  line: number
}>

function addLong(rows: Staging, batch: ArrowBatch, codes: Codes): void {
  const first = rows.extend(batch.rows)
  for (let row = 0; row < batch.rows; row++) {
    rows.line[first + row] = codes.line + row
    rows.time[first + row] = codes.time(row)
    rows.entity[first + row] = codes.entity(row)
    if (codes.known !== null) rows.known[first + row] = codes.known(row)
  }
  for (const [column, values] of batch.values.entries()) rows.values[column]?.set(values, first)
  rows.settleFrom(first)
}

function addWide(rows: Staging, batch: ArrowBatch, codes: Codes): void {
  for (let row = 0; row < batch.rows; row++) {
    const time = codes.time(row)
    const { fault } = rows.times.read[time]
    if (fault !== 0) {
      rows.reject(codes.line + row, fault)
      continue
    }
    for (const [column, values] of batch.values.entries()) {
      if (Number.isNaN(values[row])) continue
      const at = rows.add(codes.line + row, codes.entity(column), 0)
      rows.time[at] = time
      if (codes.known !== null) rows.known[at] = codes.known(row)
      const target = rows.values[0]
      target[at] = values[row]
      rows.settle(at)
    }
  }
}
