/**
 * Reads delimited text, line by line, so that a damaged line costs that line alone and is named by its number. DuckDB's
 * reader was tried first; the README says why it is not used.
 */
import { createHash } from 'node:crypto'
import { refuse } from '../../schemas/kernel/fault.ts'
import { ByteDictionary } from './byte-dictionary.ts'
import { cellsFor } from './cells.ts'
import { type Plan, planColumns, trimmed } from './columns.ts'
import { Fields } from './fields.ts'
import { blocksOf } from './lines.ts'
import { reasonCode } from './rejects.ts'
import { type Asked, type Staged, stagingFor, type Wanted } from './staged.ts'
import type { Moments, Staging } from './staging.ts'
import { TableLines } from './table-lines.ts'

const WIDTH = reasonCode('row.width')
const QUOTE = reasonCode('row.quote')
const ENCODING = reasonCode('entity.encoding')
/** More columns than anybody's file has. */
export const COLUMNS_LIMIT = 65_536
/** As much of a line as is shown of a bad one, and room for characters of several bytes. */
const SHOWN_BYTES = 2048

/** @param separator what stands between fields where the data set declares nothing. @throws Refusal `source.*`, `dataset.*` */
export async function readDelimited(asked: Asked, separator: string): Promise<Staged> {
  const { file, spec } = asked
  const delimiter = spec.format.separator || separator
  const rows = stagingFor(asked)
  const hash = createHash('sha256')
  const lines = new TableLines(spec.format)
  const { header } = spec.format
  const begin = (names: readonly string[]) =>
    lineVisitor(asked, { rows, delimiter, plan: planColumns(file, names, spec) })
  let visit: LineVisitor | null = header.length > 0 ? begin(header) : null
  for await (const block of blocksOf(asked, hash)) {
    lines.visit(block, (bytes, from, to, line) => {
      if (visit === null) visit = begin(headerIn(bytes, [from, to], delimiter))
      else visit(bytes, line === 1 ? behindMark(bytes, from) : from, to, line)
    })
  }
  if (visit === null) throw refuse('source.empty', { file })
  const { blankLines, skippedLines } = lines
  const textsOf = (wanted: readonly Wanted[]) => readTexts(asked, delimiter, wanted)
  return { rows, sourceHash: hash.digest('hex'), blankLines, skippedLines, textsOf }
}

/** The names in a line; a byte order mark before them is passed over. */
export function headerIn(
  bytes: Uint8Array,
  [from, to]: readonly [number, number],
  delimiter: string,
): readonly string[] {
  const fields = new Fields(delimiter, COLUMNS_LIMIT)
  const count = fields.split(bytes, behindMark(bytes, from), to)
  if (count < 0) return []
  return Array.from({ length: Math.min(count, COLUMNS_LIMIT) }, (_, field) => fields.text(field))
}

/** Where a line begins whose file may begin with a byte order mark. */
const behindMark = (bytes: Uint8Array, from: number): number =>
  bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf ? from + 3 : from

type LineVisitor = (bytes: Uint8Array, from: number, to: number, line: number) => void

function lineVisitor(
  { spec, entity: ofFile }: Asked,
  { rows, plan, delimiter }: Readonly<{ rows: Staging; plan: Plan; delimiter: string }>,
): LineVisitor {
  const fields = new Fields(delimiter, plan.names.length)
  const { from: starts, to: ends } = fields
  const entities = nameCodes(rows)
  const wide = spec.layout === 'wide'
  const wideCodes = plan.entities.map((name) => rows.names.codeOf(name))
  const fileCode = ofFile === null ? 0 : rows.names.codeOf(ofFile)
  const columns = cellsFor(spec, rows.texts)
  const codeIn = (codes: ByteDictionary, field: number): number =>
    codes.codeOf(fields.bytes, starts[field], ends[field])
  const timeCodes = momentCodes(rows.times)
  const knownCodes = momentCodes(rows.knowns)
  const joined = plan.clock < 0 ? null : joiner()
  const timeCode = (): number => {
    if (joined === null) return codeIn(timeCodes, plan.time)
    const end = joined.join(fields, plan.time, plan.clock)
    return timeCodes.codeOf(joined.bytes, 0, end)
  }

  const addWide = (line: number): void => {
    const time = timeCode()
    const { fault } = rows.times.read[time]
    if (fault !== 0) {
      rows.reject(line, fault)
      return
    }
    const known = plan.known < 0 ? 0 : codeIn(knownCodes, plan.known)
    const [numbers] = columns
    for (let entity = 0; entity < plan.values.length; entity++) {
      const field = plan.values[entity]
      const value = numbers.inBytes(fields.bytes, starts[field], ends[field])
      if (Number.isNaN(value)) continue
      const at = rows.add(line, wideCodes[entity], 0)
      rows.time[at] = time
      if (plan.known >= 0) rows.known[at] = known
      const values = rows.values[0]
      values[at] = value
      rows.settle(at)
    }
  }
  const addLong = (line: number): void => {
    const at = rows.add(line, plan.entity < 0 ? fileCode : codeIn(entities, plan.entity), 0)
    rows.time[at] = timeCode()
    if (plan.known >= 0) rows.known[at] = codeIn(knownCodes, plan.known)
    for (let column = 0; column < plan.values.length; column++) {
      const values = rows.values[column]
      const field = plan.values[column]
      values[at] = columns[column].inBytes(fields.bytes, starts[field], ends[field])
    }
    rows.settle(at)
  }
  return (bytes, from, to, line) => {
    const count = fields.split(bytes, from, to)
    if (count !== plan.names.length) rows.reject(line, count < 0 ? QUOTE : WIDTH)
    else if (wide) addWide(line)
    else addLong(line)
  }
}

/** Texts that are no times share a code, and are not remembered. */
function momentCodes(moments: Moments): ByteDictionary {
  const latin1 = new TextDecoder('latin1')
  return new ByteDictionary((bytes) => {
    const code = moments.codeOf(latin1.decode(bytes))
    return moments.hasFailed(code) ? ~code : code
  })
}

function nameCodes({ names }: Staging): ByteDictionary {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return new ByteDictionary((bytes) => {
    const code = codeOf(bytes)
    return names.isShared(code) ? ~code : code
  })
  function codeOf(bytes: Uint8Array): number {
    try {
      return names.codeOf(utf8.decode(bytes))
    } catch (error) {
      if (error instanceof TypeError) return names.badOf(ENCODING)
      throw error
    }
  }
}

/** Puts two fields behind each other with a space between them; where one is empty there is nothing. */
function joiner() {
  const joiner = {
    bytes: new Uint8Array(256),
    join(fields: Fields, first: number, second: number): number {
      const [from, to] = [fields.from[first], fields.to[first]]
      const [start, end] = [fields.from[second], fields.to[second]]
      if (from === to || start === end) return 0
      const length = to - from + 1 + end - start
      if (joiner.bytes.length < length) joiner.bytes = new Uint8Array(length * 2)
      joiner.bytes.set(fields.bytes.subarray(from, to))
      joiner.bytes[to - from] = 32
      joiner.bytes.set(fields.bytes.subarray(start, end), to - from + 1)
      return length
    },
  }
  return joiner
}

async function readTexts(
  asked: Asked,
  delimiter: string,
  wanted: readonly Wanted[],
): Promise<readonly string[]> {
  const texts: string[] = []
  const { header } = asked.spec.format
  const lines = new TableLines(asked.spec.format)
  let names: readonly string[] | null = header.length > 0 ? header : null
  for await (const block of blocksOf(asked)) {
    lines.visit(block, (bytes, from, to, line) => {
      names ??= headerIn(bytes, [from, to], delimiter)
      let want = wanted[texts.length]
      while (want !== undefined && want.line === line) {
        texts.push(textIn(bytes, [from, to], { names, entity: want.entity, delimiter }))
        want = wanted[texts.length]
      }
    })
    if (texts.length === wanted.length) break
  }
  return texts
}

function textIn(
  bytes: Uint8Array,
  [from, to]: readonly [number, number],
  cell: Readonly<{ names: readonly string[]; entity: string | null; delimiter: string }>,
): string {
  const column = cell.names.findIndex((name) => trimmed(name) === cell.entity)
  if (column < 0) return new TextDecoder().decode(bytes.subarray(from, Math.min(to, from + SHOWN_BYTES)))
  const fields = new Fields(cell.delimiter, cell.names.length)
  fields.split(bytes, from, to)
  return fields.text(column)
}
