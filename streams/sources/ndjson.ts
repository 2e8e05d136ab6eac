/** Reads newline-delimited JSON: one object per line, its keys being the columns. */
import { createHash } from 'node:crypto'
import { refuse } from '../../schemas/kernel/fault.ts'
import { cellsFor } from './cells.ts'
import { missingColumn, neededColumns, trimmed, valueColumns } from './columns.ts'
import { blocksOf, visitLines } from './lines.ts'
import { plainLines } from './ndjson-plain.ts'
import { INEXACT, isExact } from './number-text.ts'
import { reasonCode } from './rejects.ts'
import { type Asked, type Staged, stagingFor, type Wanted } from './staged.ts'
import type { Staging } from './staging.ts'

type Json = Readonly<Record<string, unknown>>

const NOT_JSON = reasonCode('row.not-json')
const KEY_TWICE = reasonCode('row.key-twice')
const NOT_A_NAME = reasonCode('entity.not-a-name')
/** Keys of a file that are told where a declared one is missing. */
const KEYS_TOLD = 100

/** @throws Refusal `source.*`, `dataset.*` */
export async function readNdjson(asked: Asked): Promise<Staged> {
  const { file, spec } = asked
  const rows = stagingFor(asked)
  const needed = new Set(neededColumns(spec))
  const seen = new Set<string>()
  const add = spec.layout === 'wide' ? wideAdder(rows, asked) : longAdder(rows, asked)
  const plain = plainLines(rows, asked)
  const hash = createHash('sha256')
  let blankLines = 0
  for await (const block of blocksOf(asked, hash)) {
    blankLines += visitLines(block, (from, to, line) => {
      if (plain?.add(block.bytes, from, to, line)) return
      const object = objectIn(block.bytes.subarray(from, to))
      if (object === null) return rows.reject(line, NOT_JSON)
      // What counts of a key that is there twice is not the reader's to say.
      const keys = Object.keys(object).length
      if (membersIn(block.bytes, from, to) !== keys) return rows.reject(line, KEY_TWICE)
      for (const key in object) if (seen.size < KEYS_TOLD || needed.has(key)) seen.add(key)
      add(object, line)
      plain?.learn()
    })
  }
  const lost = rows.passedOver.some((count) => count > 0)
  if (rows.length === 0 && seen.size === 0 && !lost) throw refuse('source.empty', { file })
  for (const column of asked.isPart ? [] : needed) {
    if (seen.size > 0 && !seen.has(column)) throw missingColumn(file, column, [...seen])
  }
  const textsOf = (wanted: readonly Wanted[]) => readTexts(asked, wanted)
  return { rows, sourceHash: hash.digest('hex'), blankLines, skippedLines: 0, textsOf }
}

function objectIn(bytes: Uint8Array): Json | null {
  const text = new TextDecoder().decode(bytes)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return hasUnsafeInteger(value as Json) ? exactIn(text) : (value as Json)
  } catch {
    return null
  }
}

const hasUnsafeInteger = (object: Json): boolean =>
  Object.values(object).some((value) => Number.isInteger(value) && !Number.isSafeInteger(value))

/** An integer that no double holds is kept as it is written: nanoseconds since 1970, or a number for a name. */
function exactIn(text: string): Json {
  const exact = (_: string, value: unknown, { source = '' }: { source?: string } = {}): unknown => {
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value
    if (/^-?\d+$/.test(source)) return BigInt(source)
    return isExact(source, Number(value)) ? value : INEXACT
  }
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown) as Json
}

const [MARK, ESCAPE, COLON, OPEN, CLOSE, LIST, END] = [...'"\\:{}[]'].map((mark) => mark.charCodeAt(0))

/** How many members an object's text has, whatever their keys: its colons outside of texts and of other values. */
function membersIn(bytes: Uint8Array, from: number, to: number): number {
  let [members, depth] = [0, 0]
  for (let at = from; at < to; at++) {
    const byte = bytes[at]
    if (byte === MARK) {
      for (at++; at < to && bytes[at] !== MARK; at++) if (bytes[at] === ESCAPE) at++
    } else if (byte === COLON && depth === 1) members++
    else if (byte === OPEN || byte === LIST) depth++
    else if (byte === CLOSE || byte === END) depth--
  }
  return members
}

/** A number is a time only where its unit, or its pattern, is declared: it could count seconds, milliseconds or days. */
function timeText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return trimmed(value)
  return typeof value === 'bigint' || value === INEXACT ? String(value) : JSON.stringify(value)
}

type Adder = (object: Json, line: number) => void

/** The time of a record, with its clock where that has a key of its own. */
function timeOf({ spec }: Asked): (object: Json) => string {
  const { clockColumn } = spec.format
  if (clockColumn === '') return (object) => timeText(object[spec.timeColumn])
  return (object) => {
    const [date, clock] = [timeText(object[spec.timeColumn]), timeText(object[clockColumn])]
    return date === '' || clock === '' ? '' : `${date} ${clock}`
  }
}

function longAdder(rows: Staging, asked: Asked): Adder {
  const { spec, entity: ofFile } = asked
  const declared = spec.knownAt.kind === 'declared'
  const keys = valueColumns(spec)
  const columns = cellsFor(spec, rows.texts).map((cells, at) => ({ key: keys[at], ...cells }))
  const timeIn = timeOf(asked)
  const entityIn = (told: unknown): number => {
    if (told === null || told === undefined) return rows.names.codeOf('')
    if (typeof told === 'string') return rows.names.codeOf(told)
    const whole = Number.isInteger(told) || typeof told === 'bigint'
    return whole ? rows.names.codeOf(String(told)) : rows.names.badOf(NOT_A_NAME)
  }
  return (object, line) => {
    const at = rows.add(
      line,
      ofFile === null ? entityIn(object[spec.entityColumn]) : rows.names.codeOf(ofFile),
      0,
    )
    rows.time[at] = rows.times.codeOf(timeIn(object))
    if (declared) rows.known[at] = rows.knowns.codeOf(timeText(object[spec.knownAt.column]))
    for (const [column, { key, of }] of columns.entries()) {
      const values = rows.values[column]
      values[at] = of(object[key])
    }
    rows.settle(at)
  }
}

function wideAdder(rows: Staging, asked: Asked): Adder {
  const { spec } = asked
  const declared = spec.knownAt.kind === 'declared'
  const [{ of }] = cellsFor(spec, rows.texts)
  const timeIn = timeOf(asked)
  const others = new Set([
    spec.timeColumn,
    spec.format.clockColumn,
    declared ? spec.knownAt.column : spec.timeColumn,
  ])
  return (object, line) => {
    const time = rows.times.codeOf(timeIn(object))
    const { fault } = rows.times.read[time]
    if (fault !== 0) {
      rows.reject(line, fault)
      return
    }
    for (const [key, told] of Object.entries(object)) {
      const value = others.has(key) ? Number.NaN : of(told)
      if (Number.isNaN(value)) continue
      const at = rows.add(line, rows.names.codeOf(key), 0)
      rows.time[at] = time
      if (declared) rows.known[at] = rows.knowns.codeOf(timeText(object[spec.knownAt.column]))
      const values = rows.values[0]
      values[at] = value
      rows.settle(at)
    }
  }
}

async function readTexts(asked: Asked, wanted: readonly Wanted[]): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const block of blocksOf(asked)) {
    visitLines(block, (from, to, line) => {
      let want = wanted[texts.length]
      while (want !== undefined && want.line === line) {
        texts.push(textIn(block.bytes.subarray(from, to), want.entity))
        want = wanted[texts.length]
      }
    })
    if (texts.length === wanted.length) break
  }
  return texts
}

function textIn(bytes: Uint8Array, entity: string | null): string {
  const whole = () => new TextDecoder().decode(bytes.subarray(0, 2048))
  if (entity === null) return whole()
  const [, cell] = Object.entries(objectIn(bytes) ?? {}).find(([key]) => trimmed(key) === entity) ?? []
  if (cell === undefined || cell === INEXACT) return whole()
  return typeof cell === 'bigint' ? String(cell) : JSON.stringify(cell)
}
