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
  const touching = form === 'closed'
  const train = new Uint32Array(candidates.length)
  let kept = 0
  let purged = 0
  let embargoed = 0
  for (let i = 0; i < candidates.length; i++) {
    const row = candidates[i]
    const start = t0[row]
    const end = t1[row]
    let overlaps = false
    let near = false
    for (let block = 0; block < blocks.length; block++) {
      const { from, to } = blocks[block]
      const far = to + embargoMicros
      const close = from - gapBeforeMicros
      if (touching ? end >= from && start <= to : end > from && start < to) overlaps = true
      if (touching ? end >= close && start <= far : end > close && start < far) near = true
    }
    if (overlaps) purged++
    else if (near) embargoed++
    else train[kept++] = row
  }
  return { train: train.slice(0, kept), purged, embargoed }
}
