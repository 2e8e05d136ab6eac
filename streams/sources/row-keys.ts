/** The declared columns that tell rows of one entity and event time apart, as codes with an order that no file decides. */
import { typeOfColumn } from '../../schemas/column-type.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { SortKey } from './counting-sort.ts'
import { BEAT_ROWS } from './room.ts'
import { placeIn } from './sliced.ts'
import type { Staging } from './staging.ts'

/** For each key column, the first one counting most, a code for each staged row and the rank of each code. */
export function rowKeys(rows: Staging, spec: DatasetSpec): readonly SortKey[] {
  return spec.rows.key.map((column) => {
    const at = spec.columns.findIndex(({ name }) => name === column)
    const placeOf = placeIn(typeOfColumn(spec, column))
    const { texts } = rows.texts[at]
    const values = rows.values[at]
    const codes = new Uint32Array(rows.length)
    const codeOf = new Map<number, number>()
    for (let row = 0; row < rows.length; row++) {
      if (row % BEAT_ROWS === 0) rows.room.alive()
      const code = codeOf.get(values[row]) ?? codeOf.size
      codeOf.set(values[row], code)
      codes[row] = code
    }
    const cellOf = (staged: number): number | bigint | string => {
      const place = placeOf(staged)
      if (place < 0) return staged
      return typeOfColumn(spec, column) === 'int64' ? BigInt(texts[place]) : texts[place]
    }
    const told = [...codeOf].map(([staged, code]) => ({ cell: cellOf(staged), code }))
    told.sort((a, b) => (a.cell < b.cell ? -1 : a.cell > b.cell ? 1 : 0))
    const rankOf = new Uint32Array(told.length)
    for (const [rank, { code }] of told.entries()) rankOf[code] = rank
    return { codes, rankOf }
  })
}
