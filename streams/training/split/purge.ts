/** Which samples may train a model that is tested on given blocks of time. */
import { firstAbove, firstAtLeast } from '../../../schemas/kernel/search.ts'
import type { Micros } from '../../../schemas/kernel/time.ts'
import type { Moments } from './samples.ts'

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

/** A run of moments, `from` inclusive, `to` exclusive. */
export type Cut = Readonly<{ from: number; to: number }>

/** A contiguous block of test samples: from its first `t0` to its greatest `t1`, which need not be its last row's. */
type Block = Readonly<{ from: Micros; to: Micros }>

export function blockOf({ samples, order, starts, times }: Moments, cut: Cut): Block {
  let to = Number.NEGATIVE_INFINITY
  for (let i = starts[cut.from]; i < starts[cut.to]; i++) to = Math.max(to, samples.t1[order[i]])
  return { from: times[starts[cut.from]], to }
}

type Purged = Readonly<{ train: Uint32Array; purged: number; embargoed: number }>

/**
 * The rows of the candidate cuts that no block touches. Each contiguous block is judged by itself, so that what lies between
 * two blocks is kept. Counts of what was left out tell a purge from an embargo or gap.
 * @param options.blocks in order of time, as the candidates are
 */
export function purge(
  moments: Moments,
  candidates: readonly Cut[],
  { blocks, ...options }: PurgeOptions & Readonly<{ blocks: readonly Block[] }>,
): Purged {
  const { order, starts, times, latestEnds } = moments
  const judge = judgeOf(moments, blocks, options)
  const { embargoMicros = 0, gapBeforeMicros = 0 } = options
  // Before such a stretch all labels have ended, and beyond it all samples start too late, for the block to touch them.
  const stretches = blocks.map(({ from, to }) => ({
    from: firstAtLeast(latestEnds, from - gapBeforeMicros),
    to: firstAbove(times, to + embargoMicros),
  }))
  const train = new Uint32Array(candidates.reduce((sum, { from, to }) => sum + starts[to] - starts[from], 0))
  const left = { purged: 0, embargoed: 0 }
  let kept = 0
  for (const candidate of candidates) {
    let at = starts[candidate.from]
    const end = starts[candidate.to]
    const keepUpTo = (place: number): void => {
      train.set(order.subarray(at, place), kept)
      kept += place - at
      at = place
    }
    for (const { from, to } of stretches) {
      if (from > at) keepUpTo(Math.min(from, end))
      for (; at < Math.min(to, end); at++) {
        const verdict = judge(order[at])
        if (verdict === 'kept') train[kept++] = order[at]
        else left[verdict]++
      }
    }
    keepUpTo(end)
  }
  return { train: train.slice(0, kept), ...left }
}

/** What becomes of one row, whichever block touches it. */
function judgeOf(
  { samples: { t0, t1 } }: Moments,
  blocks: readonly Block[],
  { form = 'closed', embargoMicros = 0, gapBeforeMicros = 0 }: PurgeOptions,
): (row: number) => 'kept' | 'purged' | 'embargoed' {
  const touches = (row: number, from: Micros, to: Micros): boolean =>
    form === 'closed' ? t1[row] >= from && t0[row] <= to : t1[row] > from && t0[row] < to
  return (row) => {
    if (blocks.some(({ from, to }) => touches(row, from, to))) return 'purged'
    const near = blocks.some(({ from, to }) => touches(row, from - gapBeforeMicros, to + embargoMicros))
    return near ? 'embargoed' : 'kept'
  }
}
