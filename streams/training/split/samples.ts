/** Labelled samples in time, and the folds that a split makes of them. */
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'

/**
 * For each sample, in any order: `t0`, when its features were known, and `t1`, when its label was determined. Several
 * samples may share a `t0` (a panel); a split never parts them.
 */
export type Samples = Readonly<{ t0: Float64Array; t1: Float64Array }>

/** Rows to train on and to test on, by `t0` and then by row. `fold` counts from 1. */
export type Fold = Readonly<{
  fold: number
  train: Uint32Array
  test: Uint32Array
  /** Samples that were left out of training because their label overlaps the test, and because of gap or embargo. */
  purged: number
  embargoed: number
}>

/** Samples in order of time, cut into moments: `starts[k]..starts[k+1]` of `order` are the rows of the k-th `t0`. */
export type Moments = Readonly<{
  order: Uint32Array
  starts: Uint32Array
  count: number
  samples: Samples
  /** Along `order`: every `t0`, and the greatest `t1` so far. Both ascend. */
  times: Float64Array
  latestEnds: Float64Array
}>

/**
 * Orders the samples and refuses those that cannot be purged: a missing end of a label must never mean "no purge".
 * @throws Refusal `split.no-label-end`, `split.label-order`, `split.invalid`
 */
export function momentsOfSamples(samples: Samples, splitter: string): Moments {
  const { t0, t1 } = samples
  if (t0.length !== t1.length || t0.length === 0)
    throw refuse('split.invalid', { splitter, problem: `it has ${t0.length} starts and ${t1.length} ends` })
  for (let row = 0; row < t0.length; row++) {
    if (!Number.isFinite(t0[row]))
      throw refuse('split.invalid', { splitter, problem: `row ${row} has no time` })
    if (!Number.isFinite(t1[row])) throw refuse('split.no-label-end', { row })
    if (t1[row] < t0[row]) throw refuse('split.label-order', { row, t0: t0[row], t1: t1[row] })
  }
  const order = orderOf(t0)
  const times = new Float64Array(order.length)
  const latestEnds = new Float64Array(order.length)
  const starts = new Uint32Array(order.length + 1)
  let count = 0
  let latest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < order.length; i++) {
    times[i] = t0[order[i]]
    latest = Math.max(latest, t1[order[i]])
    latestEnds[i] = latest
    if (i === 0 || times[i] !== times[i - 1]) starts[count++] = i
  }
  starts[count] = order.length
  return { order, starts: starts.subarray(0, count + 1), count, samples, times, latestEnds }
}

/** Places by time and then by place. Samples mostly come in order, and then cost no sort. */
function orderOf(times: Float64Array): Uint32Array {
  const order = new Uint32Array(times.length)
  let inOrder = true
  for (let i = 0; i < times.length; i++) {
    order[i] = i
    inOrder &&= i === 0 || times[i] >= times[i - 1]
  }
  return inOrder ? order : order.sort((a, b) => times[a] - times[b] || a - b)
}

/** The rows of the moments `from` (inclusive) to `to` (exclusive). */
export const rowsOf = (moments: Moments, from: number, to: number): Uint32Array =>
  moments.order.subarray(moments.starts[from], moments.starts[to])

/** The `t0` of the k-th moment. */
export const momentAt = (moments: Moments, k: number): Micros =>
  moments.samples.t0[moments.order[moments.starts[k]]]
