/** Moves the columns of Arrow batches into staged rows. */
import type { RecordBatch } from 'apache-arrow'
import { nameCodes, timeCodes, valuesOf } from './arrow-columns.ts'
import { cellsFor } from './cells.ts'
import type { Plan } from './columns.ts'
import type { Asked } from './staged.ts'
import type { Staging } from './staging.ts'

type Columns = Readonly<{
  time: Uint32Array
  known: Uint32Array | null
  values: readonly Float64Array[]
  /** The line of the first row. */
  line: number
}>

/** What adds one batch after the other. */
export function arrowFiller(
  rows: Staging,
  { spec, entity: ofFile, room }: Pick<Asked, 'spec' | 'entity' | 'room'>,
  plan: Plan,
): (batch: RecordBatch) => void {
  const wide = spec.layout === 'wide'
  const wideCodes = Uint32Array.from(plan.entities, (name) => rows.names.codeOf(name))
  const fileCode = ofFile === null ? 0 : rows.names.codeOf(ofFile)
  const cells = cellsFor(spec, rows.texts)
  let line = 1
  return (batch) => {
    const { numRows } = batch
    const columns: Columns = {
      time: timeCodes(batch, plan, (text) => rows.times.codeOf(text)),
      known:
        plan.known < 0
          ? null
          : timeCodes(batch, { time: plan.known, clock: -1 }, (text) => rows.knowns.codeOf(text)),
      values: plan.values.map((column, at) => {
        room.alive()
        return valuesOf(batch, column, cells[wide ? 0 : at])
      }),
      line,
    }
    line += numRows
    if (wide) addWide(rows, columns, wideCodes)
    else if (plan.entity >= 0) addLong(rows, columns, nameCodes(batch, plan.entity, rows.names))
    else addLong(rows, columns, new Uint32Array(numRows).fill(fileCode))
  }
}

function addLong(rows: Staging, { time, known, values, line }: Columns, entity: Uint32Array): void {
  const first = rows.extend(time.length)
  for (let row = 0; row < time.length; row++) rows.line[first + row] = line + row
  rows.time.set(time, first)
  rows.entity.set(entity, first)
  if (known !== null) rows.known.set(known, first)
  for (const [column, numbers] of values.entries()) rows.values[column]?.set(numbers, first)
  rows.settleFrom(first)
}

function addWide(rows: Staging, { time, known, values, line }: Columns, entity: Uint32Array): void {
  for (let row = 0; row < time.length; row++) {
    const { fault } = rows.times.read[time[row]]
    if (fault !== 0) {
      rows.reject(line + row, fault)
      continue
    }
    for (const [column, numbers] of values.entries()) {
      if (Number.isNaN(numbers[row])) continue
      const at = rows.add(line + row, entity[column], 0)
      rows.time[at] = time[row]
      if (known !== null) rows.known[at] = known[row]
      const target = rows.values[0]
      target[at] = numbers[row]
      rows.settle(at)
    }
  }
}
