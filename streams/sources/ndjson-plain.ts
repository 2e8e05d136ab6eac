/** Rows of plain lines of NDJSON, staged from their bytes: no object, and no text that was met before, is made of a line. */
import { ByteDictionary } from './byte-dictionary.ts'
import { cellsFor } from './cells.ts'
import { trimmed, valueColumns } from './columns.ts'
import { shortNumberIn } from './number-text.ts'
import { FALSE, NUMBER, PlainLine, TEXT, TRUE } from './plain-json.ts'
import type { Asked } from './staged.ts'
import type { Moments, Staging } from './staging.ts'

export type PlainLines = Readonly<{
  /** Adds the row of a line; false where it is not plain, or not such as one that was learned: then nothing is added. */
  add: (bytes: Uint8Array, from: number, to: number, line: number) => boolean
  /** Such a line as was tried last is an object in which each key is there once, as JSON was asked. */
  learn: () => void
}>

/** Which members a line has, and where what is read stands among them; -1 where it is missing. */
type Shape = Readonly<{
  keys: readonly Uint8Array[]
  time: number
  known: number
  entity: number
  values: readonly number[]
}>

/** So many shapes take turns in a file before it is no gain to look for one. */
const MOST_SHAPES = 4
/** As many digits a number has that is as good as its text. */
const WHOLE_DIGITS = 15

// As a line is decoded: what is no UTF-8 is replaced, a mark of the byte order within it is a character.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const latin1 = new TextDecoder('latin1')

/** Null for a data set whose lines are read as objects alone: a wide one, or one whose time is in two columns. */
export function plainLines(rows: Staging, asked: Asked): PlainLines | null {
  const { spec, entity: ofFile } = asked
  if (spec.layout === 'wide' || spec.format.clockColumn !== '') return null
  const columns = valueColumns(spec)
  const cells = cellsFor(spec, rows.texts)
  const declared = spec.knownAt.kind === 'declared'
  const plain = new PlainLine()
  const numbers = new Float64Array(columns.length)
  const [names, times, knowns] = [nameCodes(rows), momentCodes(rows.times), momentCodes(rows.knowns)]
  let shapes: readonly Shape[] = []
  let current: Uint8Array = new Uint8Array(0)
  /** Whether the line that was tried last is plain, and none of the shapes. */
  let isNew = false

  const isCode = (member: number): boolean =>
    member < 0 || plain.kind[member] === TEXT || (plain.kind[member] === NUMBER && isWhole(member))
  const isWhole = (member: number): boolean => {
    const [from, to] = [plain.from[member], plain.to[member]]
    if (to - from > WHOLE_DIGITS) return false
    for (let at = from; at < to; at++) if (current[at] < 48 || current[at] > 57) return false
    return true
  }
  /** False where a column has an integer that no double may hold. */
  const readNumbers = (values: readonly number[]): boolean => {
    for (let column = 0; column < values.length; column++) {
      const member = values[column]
      if (member < 0 || plain.kind[member] !== NUMBER) continue
      const [from, to] = [plain.from[member], plain.to[member]]
      let value = shortNumberIn(current, from, to)
      if (Number.isNaN(value)) value = Number(latin1.decode(current.subarray(from, to)))
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false
      numbers[column] = value
    }
    return true
  }
  const toldIn = (member: number, column: number): unknown => {
    if (member < 0) return undefined
    const kind = plain.kind[member]
    if (kind === NUMBER) return numbers[column]
    if (kind === TEXT) return utf8.decode(current.subarray(plain.from[member], plain.to[member]))
    return kind === TRUE ? true : kind === FALSE ? false : null
  }
  const codeOf = (codes: ByteDictionary, member: number, absent: () => number): number =>
    member < 0 ? absent() : codes.codeOf(current, plain.from[member], plain.to[member])

  return {
    add(bytes, from, to, line) {
      current = bytes
      const isPlain = plain.read(bytes, from, to)
      const shape = isPlain ? shapes.find((one) => isOf(plain, bytes, one)) : undefined
      isNew = isPlain && shape === undefined
      if (shape === undefined || !isCode(shape.time) || !isCode(shape.known) || !isCode(shape.entity))
        return false
      if (!readNumbers(shape.values)) return false
      const entity =
        ofFile === null ? codeOf(names, shape.entity, () => rows.names.codeOf('')) : rows.names.codeOf(ofFile)
      const at = rows.add(line, entity, 0)
      rows.time[at] = codeOf(times, shape.time, () => rows.times.codeOf(''))
      if (declared) rows.known[at] = codeOf(knowns, shape.known, () => rows.knowns.codeOf(''))
      for (let column = 0; column < columns.length; column++)
        rows.values[column][at] = cells[column].of(toldIn(shape.values[column], column))
      rows.settle(at)
      return true
    },
    learn() {
      if (!isNew) return
      const keys = Array.from({ length: plain.count }, (_, member) =>
        current.slice(plain.keyFrom[member], plain.keyTo[member]),
      )
      const told = keys.map((key) => utf8.decode(key))
      const place = (name: string): number => told.indexOf(name)
      const shape = {
        ...{ keys, time: place(spec.timeColumn), known: declared ? place(spec.knownAt.column) : -1 },
        ...{ entity: ofFile === null ? place(spec.entityColumn) : -1, values: columns.map(place) },
      }
      shapes = [shape, ...shapes].slice(0, MOST_SHAPES)
    },
  }
}

function isOf({ count, keyFrom, keyTo }: PlainLine, bytes: Uint8Array, { keys }: Shape): boolean {
  if (count !== keys.length) return false
  for (let member = 0; member < count; member++) {
    const key = keys[member]
    const from = keyFrom[member]
    if (keyTo[member] - from !== key.length) return false
    for (let at = 0; at < key.length; at++) if (bytes[from + at] !== key[at]) return false
  }
  return true
}

/** Names that are none share a code, and are not remembered; so it is with moments. */
const nameCodes = ({ names }: Staging): ByteDictionary =>
  new ByteDictionary((bytes) => {
    const code = names.codeOf(utf8.decode(bytes))
    return names.isShared(code) ? ~code : code
  })

const momentCodes = (moments: Moments): ByteDictionary =>
  new ByteDictionary((bytes) => {
    const code = moments.codeOf(trimmed(utf8.decode(bytes)))
    return moments.hasFailed(code) ? ~code : code
  })
