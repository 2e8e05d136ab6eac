/** What a run of a model costs, and whether a row's score depends on the rows beside it: found out when it is put in force. */
import { xoshiro128 } from '../../streams/statistics/random.ts'

type Predict = (features: Float64Array) => Promise<Float64Array>

export type Measured = Readonly<{
  /** Of a run of one row, the shortest of several. */
  rowMicros: number
  /** Of a row in a run of many. */
  batchedMicros: number
  /** Each score has the same bits, alone and beside others. */
  isRowwise: boolean
}>

/** At most so many rows are beside each other in what is found out. */
export const MEASURED_ROWS = 64
/** Sizes at which kernels choose another code path: fewer rows than a vector register holds, as many, more than a block. */
const SIZES = [2, 3, 5, 8, 17, MEASURED_ROWS]

/** After so many runs a model that takes long is known to. */
const ENOUGH = 3
/** A model of which a row takes longer shares no runs: to find out whether it could takes a hundred of them. */
const MOST_MICROS_MEASURED = 10_000

/** @param predict rows of `columns` values one after another, into one score a row */
export async function measured(predict: Predict, columns: number): Promise<Measured> {
  const rows = strange(MEASURED_ROWS, columns)
  const timed = async (from: number, size: number) => {
    const begun = performance.now()
    const scores = await predict(rows.slice(from * columns, (from + size) * columns))
    return { scores, micros: (performance.now() - begun) * 1000 }
  }
  const alone = new Float64Array(MEASURED_ROWS)
  let rowMicros = Number.POSITIVE_INFINITY
  for (let row = 0; row < MEASURED_ROWS; row++) {
    const { scores, micros } = await timed(row, 1)
    alone.set(scores, row)
    rowMicros = Math.min(rowMicros, micros)
    if (row + 1 >= ENOUGH && rowMicros > MOST_MICROS_MEASURED)
      return { rowMicros, batchedMicros: rowMicros, isRowwise: false }
  }
  let batchedMicros = Number.POSITIVE_INFINITY
  let isRowwise = true
  for (const size of SIZES)
    for (let from = 0; from + size <= MEASURED_ROWS; from += size) {
      const { scores, micros } = await timed(from, size)
      batchedMicros = Math.min(batchedMicros, micros / size)
      isRowwise &&= scores.every((score, i) => Object.is(score, alone[from + i]))
    }
  return { rowMicros, batchedMicros, isRowwise }
}

/** A model that takes longer for a row is run in a thread of its own, so that other requests do not wait for it. */
export const MOST_MICROS_HERE = 1_000
const TRIES = 20
/** One that takes so many times longer is tried no more. */
const FAR_SLOWER = 10

/** Whether a row takes longer than this each time that it is tried. */
export async function isSlow(predict: Predict, columns: number, mostMicros: number): Promise<boolean> {
  const row = strange(1, columns)
  let least = Number.POSITIVE_INFINITY
  for (let tried = 1; tried <= TRIES; tried++) {
    const begun = performance.now()
    await predict(row)
    least = Math.min(least, (performance.now() - begun) * 1000)
    if (least < mostMicros) return false
    if (tried >= ENOUGH && least > mostMicros * FAR_SLOWER) return true
  }
  return true
}

/** Values of both signs over many magnitudes, so that another order of a sum shows in its last bits; the same each time. */
function strange(rows: number, columns: number): Float64Array {
  const random = xoshiro128(1)
  return Float64Array.from({ length: rows * columns }, () => (random() - 0.5) * 10 ** (12 * random() - 6))
}
