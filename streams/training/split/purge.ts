/** Which samples may train a model that is tested on given blocks of time. */
import type { Micros } from '../../../schemas/kernel/time.ts'
import type { Samples } from './samples.ts'

/**
 * `closed` (the default; López de Prado 2018, snippet 7.1): a sample goes if [t0, t1] touches the block [T0, T1].
 * `half-open` (the behaviour of snippet 7.3): labels lie in (t0, t1], so t1 = T0 and t0 = T1 may stay.
 */
export type PurgeForm = 'closed' | 'half-open'

export type PurgeOptions = Readonly<{
  form?: PurgeForm
  /** After a block, beyond the purge: both stack. For features that are slow to forget. */
  embargoMicros?: Micros
  /** Before a block, beyond the purge. For features whose look-back reaches the test. */
  gapBeforeMicros?: Micros
}>

/** A contiguous block of test samples: from its first `t0` to its greatest `t1`, which need not be its last row's. */
export type Block = Readonly<{ from: Micros; to: Micros }>

export function blockOf(samples: Samples, rows: Uint32Array): Block {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const row of rows) {
    from = Math.min(from, samples.t0[row])
    to = Math.max(to, samples.t1[row])
  }
  return { from, to }
}

export type Purged = Readonly<{ train: Uint32Array; purged: number; embargoed: number }>

/**
 * The candidates that no block touches. Each contiguous block is judged by itself, so that what lies between two blocks
 * is kept. Counts of what was left out tell a purge from an embargo or gap.
 */
export function purge(
  candidates: Uint32Array,
  samples: Samples,
  { blocks, ...options }: PurgeOptions & Readonly<{ blocks: readonly Block[] }>,
): Purged {
  const { form = 'closed', embargoMicros = 0, gapBeforeMicros = 0 } = options
  const { t0, t1 } = samples
  const touches =
    form === 'closed'
      ? (row: number, from: Micros, to: Micros) => t1[row] >= from && t0[row] <= to
      : (row: number, from: Micros, to: Micros) => t1[row] > from && t0[row] < to
  let [purged, embargoed] = [0, 0]
  const train = new Uint32Array(candidates.length)
  let kept = 0
  for (let i = 0; i < candidates.length; i++) {
    const row = candidates[i]
    let [overlaps, near] = [false, false]
    for (const { from, to } of blocks) {
      overlaps ||= touches(row, from, to)
      near ||= touches(row, from - gapBeforeMicros, to + embargoMicros)
    }
    if (overlaps) purged++
    else if (near) embargoed++
    else train[kept++] = row
  }
  return { train: train.slice(0, kept), purged, embargoed }
}
