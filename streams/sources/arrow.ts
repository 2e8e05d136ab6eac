/** Reads Arrow IPC, as a file or a stream. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type RecordBatch, RecordBatchReader } from 'apache-arrow'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { cellText, columnIn, numbersOf, textCodes, timeTextOf } from './arrow-columns.ts'
import { type Plan, planColumns } from './columns.ts'
import { type Staged, stagingFor, type Wanted } from './staged.ts'
import { NONE, type Staging } from './staging.ts'

/**
 * @throws Refusal `source.*`, `dataset.time-zone`. Buffers must not be compressed. The line of a reject is a row of the
 * file, from 1.
 */
export async function readArrow(path: string, spec: DatasetSpec): Promise<Staged> {
  const rows = stagingFor(spec)
  const bytes = await readFile(path).catch((error: Error) => {
    throw refuse('source.unreadable', { file: path, why: error.message })
  })
  try {
    const reader = RecordBatchReader.from(bytes).open()
    const names = reader.schema.fields.map((field) => field.name)
    const fill = filler(rows, planColumns(basename(path), names, spec), spec)
    let line = 1
    for (const batch of reader) {
      fill(batch, line)
      line += batch.numRows
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw refuse('source.unreadable', { file: path, why: error instanceof Error ? error.message : 'unknown' })
  }
  return {
    rows,
    sourceHash: createHash('sha256').update(bytes).digest('hex'),
    blankLines: 0,
    textsOf: async (wanted) => textsOf(bytes, wanted),
  }
}

function filler(rows: Staging, plan: Plan, spec: DatasetSpec): (batch: RecordBatch, line: number) => void {
  const codes = new Map<string, number>()
  const entityCode = (name: string): number => {
    if (name === '') return NONE
    const code = codes.get(name) ?? rows.entities.push(name) - 1
    codes.set(name, code)
    return code
  }
  if (plan.entity < 0) rows.entities.push(...plan.entities)
  return (batch, line) => {
    const timeText = timeTextOf(batch, plan.time, spec)
    const time = textCodes(batch, plan.time, (value) => rows.times.codeOf(timeText(value)))
    const knownText = plan.known < 0 ? null : timeTextOf(batch, plan.known, spec)
    const known =
      knownText === null
        ? null
        : textCodes(batch, plan.known, (value) => rows.knowns.codeOf(knownText(value)))
    const values = plan.values.map((column) => numbersOf(batch, column))
    const coded = { time, known, values, line }
    if (plan.entity < 0) addWide(rows, coded)
    else
      addLong(rows, {
        ...coded,
        entity: textCodes(batch, plan.entity, (value) => entityCode(cellText(value))),
      })
  }
}

type Coded = Readonly<{
  time: Uint32Array
  known: Uint32Array | null
  values: readonly Float64Array[]
  /** The line of the first row. */
  line: number
}>

function addLong(rows: Staging, coded: Coded & Readonly<{ entity: Uint32Array }>): void {
  const first = rows.extend(coded.entity.length)
  rows.entity.set(coded.entity, first)
  rows.time.set(coded.time, first)
  if (coded.known !== null) rows.known.set(coded.known, first)
  for (const [column, values] of coded.values.entries()) rows.values[column]?.set(values, first)
  for (let index = 0; index < coded.entity.length; index++) rows.line[first + index] = coded.line + index
}

function addWide(rows: Staging, coded: Coded): void {
  for (const [index, time] of coded.time.entries()) {
    const unread = rows.times.read[time]?.fault ?? 0
    if (unread !== 0) rows.add(coded.line + index, NONE, unread)
    else {
      for (const [entity, values] of coded.values.entries()) {
        const value = values[index]
        if (Number.isNaN(value)) continue
        const at = rows.add(coded.line + index, entity, 0)
        rows.time[at] = time
        if (coded.known !== null) rows.known[at] = coded.known[index]
        const target = rows.values[0]
        target[at] = value
      }
    }
  }
}

function textsOf(bytes: Uint8Array, wanted: readonly Wanted[]): readonly string[] {
  const texts: string[] = []
  let line = 1
  for (const batch of RecordBatchReader.from(bytes)) {
    const names = batch.schema.fields.map((field) => field.name)
    const cell = (column: number, row: number): string => cellText(columnIn(batch, column).get(row))
    let want = wanted[texts.length]
    while (want !== undefined && want.line < line + batch.numRows) {
      const row = want.line - line
      texts.push(
        want.entity === null
          ? names.map((_, column) => cell(column, row)).join(',')
          : cell(names.indexOf(want.entity), row),
      )
      want = wanted[texts.length]
    }
    line += batch.numRows
  }
  return texts
}
