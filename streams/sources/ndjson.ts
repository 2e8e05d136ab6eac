/** Reads newline-delimited JSON: one object per line, its keys being the columns. */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { missingColumn, trimmed } from './columns.ts'
import { blocksOf, visitLines } from './lines.ts'
import { numberFrom } from './number-text.ts'
import { reasonCode } from './rejects.ts'
import { type Staged, stagingFor, type Wanted } from './staged.ts'
import { NONE, type Staging } from './staging.ts'

type Json = Readonly<Record<string, unknown>>

const NOT_JSON = reasonCode('row.not-json')
const ENCODING = reasonCode('entity.encoding')

/** @throws Refusal `source.*`, `dataset.time-zone` */
export async function readNdjson(path: string, spec: DatasetSpec): Promise<Staged> {
  const rows = stagingFor(spec)
  const seen = new Set<string>()
  const add = spec.layout === 'wide' ? wideAdder(rows, spec) : longAdder(rows, spec)
  const hash = createHash('sha256')
  let blankLines = 0
  for await (const block of blocksOf(path, hash)) {
    blankLines += visitLines(block, (from, to, line) => {
      const object = objectIn(block.bytes.subarray(from, to))
      if (object === null) {
        rows.add(line, NONE, NOT_JSON)
        return
      }
      for (const key in object) seen.add(key)
      add(object, line)
    })
  }
  if (rows.length === 0 && seen.size === 0) throw refuse('source.empty', { file: basename(path) })
  const wide = spec.layout === 'wide'
  const needed = wide ? [spec.timeColumn] : [spec.entityColumn, spec.timeColumn, ...names(spec)]
  for (const column of [...needed, ...(spec.knownAt.kind === 'declared' ? [spec.knownAt.column] : [])]) {
    if (seen.size > 0 && !seen.has(column)) throw missingColumn(basename(path), column, [...seen])
  }
  return { rows, sourceHash: hash.digest('hex'), blankLines, textsOf: (wanted) => textsOf(path, wanted) }
}

const names = (spec: DatasetSpec): readonly string[] => spec.columns.map((column) => column.name)

function objectIn(bytes: Uint8Array): Json | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null
  } catch {
    return null
  }
}

/** A time must be text: a bare number could count seconds, milliseconds or days. */
const timeText = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : typeof value === 'string'
      ? trimmed(value)
      : JSON.stringify(value)

type Adder = (object: Json, line: number) => void

function entityCodes(rows: Staging): (name: string) => number {
  const codes = new Map<string, number>()
  return (name) => {
    const known = codes.get(name)
    if (known !== undefined) return known
    codes.set(name, rows.entities.length)
    return rows.entities.push(name) - 1
  }
}

function longAdder(rows: Staging, spec: DatasetSpec): Adder {
  const codeOf = entityCodes(rows)
  const declared = spec.knownAt.kind === 'declared'
  return (object, line) => {
    const told = object[spec.entityColumn]
    const name = typeof told === 'string' || typeof told === 'number' ? trimmed(String(told)) : ''
    const damaged = name.includes('\ufffd')
    const entity = name === '' || damaged ? NONE : codeOf(name)
    const at = rows.add(line, entity, damaged ? ENCODING : 0)
    rows.time[at] = rows.times.codeOf(timeText(object[spec.timeColumn]))
    if (declared) rows.known[at] = rows.knowns.codeOf(timeText(object[spec.knownAt.column]))
    for (const [column, { name: key }] of spec.columns.entries()) {
      const values = rows.values[column]
      values[at] = numberFrom(object[key])
    }
  }
}

function wideAdder(rows: Staging, spec: DatasetSpec): Adder {
  const codeOf = entityCodes(rows)
  const declared = spec.knownAt.kind === 'declared'
  return (object, line) => {
    const time = rows.times.codeOf(timeText(object[spec.timeColumn]))
    const unread = rows.times.read[time]?.fault ?? 0
    if (unread !== 0) {
      rows.add(line, NONE, unread)
      return
    }
    for (const [key, told] of Object.entries(object)) {
      const value = numberFrom(told)
      if (key === spec.timeColumn || (declared && key === spec.knownAt.column) || Number.isNaN(value))
        continue
      const at = rows.add(line, trimmed(key) === '' ? NONE : codeOf(trimmed(key)), 0)
      rows.time[at] = time
      if (declared) rows.known[at] = rows.knowns.codeOf(timeText(object[spec.knownAt.column]))
      const values = rows.values[0]
      values[at] = value
    }
  }
}

async function textsOf(path: string, wanted: readonly Wanted[]): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const block of blocksOf(path)) {
    visitLines(block, (from, to, line) => {
      let want = wanted[texts.length]
      while (want !== undefined && want.line === line) {
        const bytes = block.bytes.subarray(from, to)
        const cell = want.entity === null ? undefined : objectIn(bytes)?.[want.entity]
        texts.push(cell === undefined ? new TextDecoder().decode(bytes) : JSON.stringify(cell))
        want = wanted[texts.length]
      }
    })
    if (texts.length === wanted.length) break
  }
  return texts
}
