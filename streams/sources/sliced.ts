/** Columns as they came from the reading process as columns of rows: places become what they stand for. */
import { textCode } from '../../schemas/category.ts'
import { type ColumnType, kindOf } from '../../schemas/column-type.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Column } from '../../schemas/rows.ts'
import { placeOfGreat } from './cells.ts'

/** The values of one column in a slice, as they are staged, and what the places among them stand for. */
export type SlicedColumn = Readonly<{ values: Float64Array; texts: ReadonlyMap<number, string> }>

/** The place among a column's texts that a staged value is; -1 where it is itself. */
export const placeIn =
  (type: ColumnType) =>
  (staged: number): number => {
    if (type === 'int64') return placeOfGreat(staged)
    return (type === 'category' || type === 'string') && !Number.isNaN(staged) ? staged : -1
  }

/** @throws Refusal `source.unreadable` where two texts of a column have one code */
export function columnOfSlice(
  file: string,
  { name, type }: Readonly<{ name: string; type: ColumnType }>,
  { values, texts }: SlicedColumn,
): Column {
  const kind = kindOf(type)
  if (kind === undefined) return { name, values }
  if (kind === 'int64') return { name, kind, ...integersOf(values, texts) }
  if (kind !== 'category' && kind !== 'string') return { name, kind, values }
  const codes = new Map<number, number>()
  const told = new Map<number, string>()
  for (const [place, text] of texts) {
    const code = textCode(text)
    const other = told.get(code)
    if (other !== undefined)
      throw refuse('source.unreadable', {
        file,
        why: `its texts "${other}" and "${text}" in ${name} have one code, so that formulas could not tell them apart; write one of them otherwise`,
      })
    codes.set(place, code)
    told.set(code, text)
  }
  return { name, kind, values: values.map((place) => codes.get(place) ?? Number.NaN), texts: told }
}

function integersOf(
  staged: Float64Array,
  texts: ReadonlyMap<number, string>,
): Pick<Column, 'values' | 'integers'> {
  if (texts.size === 0) return { values: staged }
  const great = new Map([...texts].map(([value, digits]) => [value, BigInt(digits)]))
  const integers = new BigInt64Array(staged.length)
  const values = staged.map((value, row) => {
    if (Number.isNaN(value)) return value
    const integer = great.get(value) ?? BigInt(value)
    integers[row] = integer
    return Number(integer)
  })
  return { values, integers }
}
