/**
 * Reads comma or tab separated text, line by line, so that a damaged line costs that line alone and is named by its
 * number. DuckDB's reader was tried first; the README says why it is not used.
 */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { ByteDictionary } from './byte-dictionary.ts'
import { type Plan, planColumns } from './columns.ts'
import { Fields } from './fields.ts'
import { type Block, blocksOf, visitLines } from './lines.ts'
import { numberIn } from './number-text.ts'
import { reasonCode } from './rejects.ts'
import { type Staged, stagingFor, type Wanted } from './staged.ts'
import { NONE, type Staging } from './staging.ts'

const NOT_UTF8 = NONE - 1
const WIDTH = reasonCode('row.width')
const QUOTE = reasonCode('row.quote')
const ENCODING = reasonCode('entity.encoding')
const COLUMNS_LIMIT = 65_536

/** @throws Refusal `source.*`, `dataset.time-zone` */
export async function readDelimited(path: string, spec: DatasetSpec, delimiter: string): Promise<Staged> {
  const rows = stagingFor(spec)
  const hash = createHash('sha256')
  let blankLines = 0
  let visit: LineVisitor | null = null
  for await (const block of blocksOf(path, hash)) {
    blankLines += visitLines(block, (from, to, line) => {
      if (visit === null)
        visit = lineVisitor(rows, planOf(path, headerOf(block, from, to, delimiter), spec), delimiter)
      else visit(block.bytes, from, to, line)
    })
  }
  const plan = visit as LineVisitor | null
  if (plan === null) throw refuse('source.empty', { file: basename(path) })
  return {
    rows,
    sourceHash: hash.digest('hex'),
    blankLines,
    textsOf: (wanted) => textsOf(path, delimiter, wanted),
  }
}

const planOf = (path: string, names: readonly string[], spec: DatasetSpec): Plan =>
  planColumns(basename(path), names, spec)

function headerOf(block: Block, from: number, to: number, delimiter: string): readonly string[] {
  const { bytes } = block
  const marked = bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf
  const fields = new Fields(delimiter, COLUMNS_LIMIT)
  const count = fields.split(bytes, marked ? from + 3 : from, to)
  if (count < 0) return []
  return Array.from({ length: Math.min(count, COLUMNS_LIMIT) }, (_, field) => fields.text(field))
}

type LineVisitor = (bytes: Uint8Array, from: number, to: number, line: number) => void

function lineVisitor(rows: Staging, plan: Plan, delimiter: string): LineVisitor {
  const fields = new Fields(delimiter, plan.names.length)
  const { from: starts, to: ends } = fields
  const latin1 = new TextDecoder('latin1')
  const times = new ByteDictionary((bytes) => rows.times.codeOf(latin1.decode(bytes)))
  const knowns = new ByteDictionary((bytes) => rows.knowns.codeOf(latin1.decode(bytes)))
  const entities = entityCodes(rows.entities)
  const codeAt = (codes: ByteDictionary, field: number): number =>
    codes.codeOf(fields.bytes, starts[field], ends[field])
  const valueAt = (field: number): number => numberIn(fields.bytes, starts[field], ends[field])

  const add = (line: number, entity: number, fault: number): number => {
    const at = rows.add(line, entity, fault)
    if (fault !== 0) return at
    rows.time[at] = codeAt(times, plan.time)
    if (plan.known >= 0) rows.known[at] = codeAt(knowns, plan.known)
    return at
  }
  const addWide = (line: number): void => {
    const unread = rows.times.read[codeAt(times, plan.time)]?.fault ?? 0
    if (unread !== 0) add(line, NONE, unread)
    else {
      for (let entity = 0; entity < plan.values.length; entity++) {
        const value = valueAt(plan.values[entity])
        if (Number.isNaN(value)) continue
        const at = add(line, entity, 0)
        const values = rows.values[0]
        values[at] = value
      }
    }
  }
  const addLong = (line: number): void => {
    const entity = starts[plan.entity] === ends[plan.entity] ? NONE : codeAt(entities, plan.entity)
    const at = add(line, entity, entity === NOT_UTF8 ? ENCODING : 0)
    for (let column = 0; column < plan.values.length; column++) {
      const values = rows.values[column]
      values[at] = valueAt(plan.values[column])
    }
  }
  if (plan.entity < 0) rows.entities.push(...plan.entities)
  return (bytes, from, to, line) => {
    const count = fields.split(bytes, from, to)
    if (count !== plan.names.length) add(line, NONE, count < 0 ? QUOTE : WIDTH)
    else if (plan.entity < 0) addWide(line)
    else addLong(line)
  }
}

function entityCodes(entities: string[]): ByteDictionary {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return new ByteDictionary((bytes) => {
    try {
      return entities.push(utf8.decode(bytes)) - 1
    } catch {
      return NOT_UTF8
    }
  })
}

async function textsOf(
  path: string,
  delimiter: string,
  wanted: readonly Wanted[],
): Promise<readonly string[]> {
  const texts: string[] = []
  let names: readonly string[] | null = null
  for await (const block of blocksOf(path)) {
    visitLines(block, (from, to, line) => {
      names ??= headerOf(block, from, to, delimiter)
      let want = wanted[texts.length]
      while (want !== undefined && want.line === line) {
        texts.push(textOf(block, [from, to], { names, entity: want.entity, delimiter }))
        want = wanted[texts.length]
      }
    })
    if (texts.length === wanted.length) break
  }
  return texts
}

function textOf(
  block: Block,
  [from, to]: readonly [number, number],
  cell: Readonly<{ names: readonly string[]; entity: string | null; delimiter: string }>,
): string {
  if (cell.entity === null)
    return new TextDecoder().decode(block.bytes.subarray(from, Math.min(to, from + 2048)))
  const fields = new Fields(cell.delimiter, cell.names.length)
  fields.split(block.bytes, from, to)
  return fields.text(cell.names.indexOf(cell.entity))
}
