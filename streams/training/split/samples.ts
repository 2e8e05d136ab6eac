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
export type Moments = Readonly<{ order: Uint32Array; starts: Uint32Array; count: number; samples: Samples }>

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
  const order = Uint32Array.from(t0.keys()).sort((a, b) => t0[a] - t0[b] || a - b)
  const starts = [0]
  for (let i = 1; i < order.length; i++) if (t0[order[i]] !== t0[order[i - 1]]) starts.push(i)
  return { order, starts: Uint32Array.from([...starts, order.length]), count: starts.length, samples }
}

/** The rows of the moments `from` (inclusive) to `to` (exclusive). */
export const rowsOf = (moments: Moments, from: number, to: number): Uint32Array =>
  moments.order.subarray(moments.starts[from], moments.starts[to])

/** The `t0` of the k-th moment. */
export const momentAt = (moments: Moments, k: number): Micros =>
  moments.samples.t0[moments.order[moments.starts[k]]]
