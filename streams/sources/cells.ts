/** How the cells of a declared column are read, by its type: each as one double, texts and great integers by their places. */
import { typeOfColumn } from '../../schemas/column-type.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { nameProblem } from '../../schemas/kernel/name.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { trimmed } from './columns.ts'
import { EXACT_BELOW, INEXACT, type Numbers, numbersFor } from './number-text.ts'
import { NOT_EXACT, UNREADABLE } from './rejects.ts'
import type { Texts } from './texts.ts'
import { timeReader } from './time-text.ts'

type Read = (text: string) => number

/**
 * The readers of a file's cells: of the declared columns in their order, then of the column that says which rows are taken back. What
 * they give is staged: of a category or a string the place of its text, of an integer from 2^53 on `greatInteger` of that place.
 * @throws Refusal `dataset.format` for a pattern that is none
 */
export function cellsFor(spec: DatasetSpec, texts: readonly Texts[]): readonly Numbers[] {
  const { format, rows } = spec
  const cells = spec.columns.map(({ name }, at): Numbers => {
    const read = readerFor(spec, name, texts[at])
    if (read === null) return numbersFor(format, name)
    const isDate = typeOfColumn(spec, name) === 'date'
    return byText(read, {
      missing: new Set(format.missing.map(trimmed)),
      stored: isDate ? dateReader('') : () => UNREADABLE,
    })
  })
  const { column, words } = rows.withdrawn
  if (column === '') return cells
  const told = new Set(words.map(trimmed))
  const isTold: Read = (text) => (told.has(text) ? 1 : 0)
  return [...cells, byText(isTold, { missing: new Set(), stored: () => UNREADABLE })]
}

function readerFor(spec: DatasetSpec, column: string, texts: Texts): Read | null {
  switch (typeOfColumn(spec, column)) {
    case 'int64':
      return integerReader(texts)
    case 'bool':
      return (text) => BOOLEANS.get(text.toLowerCase()) ?? UNREADABLE
    case 'date':
      return dateReader(spec.rows.types.find((one) => one.column === column)?.pattern ?? '')
    case 'category':
    case 'string':
      return (text) => (isSound(text) ? texts.placeOf(text) : UNREADABLE)
    default:
      return null
  }
}

const BOOLEANS: ReadonlyMap<string, number> = new Map([
  ...['true', 't', 'yes', 'y', '1'].map((word): [string, number] => [word, 1]),
  ...['false', 'f', 'no', 'n', '0'].map((word): [string, number] => [word, 0]),
])

/** As names are, but that nothing is reserved: two texts that look alike are not two categories. */
const isSound = (text: string): boolean => [undefined, 'reserved'].includes(nameProblem(text)?.kind)

const INTEGER = /^([+-]?)0*(\d+)(?:\.0*)?$/
const [LEAST, MOST] = [-(2n ** 63n), 2n ** 63n - 1n]

function integerReader(texts: Texts): Read {
  return (text) => {
    const [, sign = '', digits] = INTEGER.exec(text) ?? []
    if (digits === undefined) return UNREADABLE
    const value = Number(digits)
    if (value < EXACT_BELOW) return sign === '-' && value > 0 ? -value : value
    const integer = BigInt(sign === '-' ? `-${digits}` : digits)
    if (integer < LEAST || integer > MOST) return NOT_EXACT
    return greatInteger(texts.placeOf(String(integer)))
  }
}

/** Stands for an integer from 2^53 on, of which not every one is a double, by the place of its digits: 2^53 itself is of place 0. */
const greatInteger = (place: number): number => EXACT_BELOW + 2 * place

/** The place of a staged integer's digits; -1 where the integer is the double itself. */
export const placeOfGreat = (staged: number): number =>
  staged >= EXACT_BELOW ? (staged - EXACT_BELOW) / 2 : -1

function dateReader(pattern: string): Read {
  const read = timeReader('time', { timeOfDay: '00:00', timeZone: 'UTC', pattern })
  return (text) => {
    const { at, fault } = read(text)
    return fault === 0 ? at / MICROS_PER_DAY : UNREADABLE
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * @param by.missing what stands for nothing, beside nothing itself; `null` and `NaN` may be texts as others
 * @param by.stored reads what is stored as a time, which needs no pattern
 */
function byText(
  read: Read,
  { missing, stored }: Readonly<{ missing: ReadonlySet<string>; stored: Read }>,
): Numbers {
  const ofText = (text: string): number => (text === '' || missing.has(text) ? Number.NaN : read(text))
  const ofNumber = (value: number): number => {
    if (Number.isNaN(value)) return value
    return Number.isSafeInteger(value)
      ? ofText(String(value))
      : Number.isInteger(value)
        ? NOT_EXACT
        : UNREADABLE
  }
  return {
    inBytes(bytes, from, to) {
      try {
        return ofText(utf8.decode(bytes.subarray(from, to)))
      } catch {
        return UNREADABLE
      }
    },
    of(value) {
      if (value === null || value === undefined) return Number.NaN
      if (typeof value === 'string') return ofText(trimmed(value))
      if (typeof value === 'number') return ofNumber(value)
      if (value === INEXACT) return NOT_EXACT
      return typeof value === 'bigint' || typeof value === 'boolean' ? ofText(String(value)) : UNREADABLE
    },
    ofDigits: ofText,
    ofStoredTime: stored,
    ofDouble: ofNumber,
  }
}
