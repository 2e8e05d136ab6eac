/** Models that a trainer made elsewhere, as the log has them, asked here: what they score is the platform's own word. */
import type { RunSpec } from '../../schemas/events/experiment.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Rows } from '../../schemas/rows.ts'
import { loadPredictor } from '../inference/onnx.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { complete, designOf } from './sample.ts'

/** Asks a model, given as its file, about rows one after another: a score for each. @throws Refusal `model.unreadable` */
export type Scorer = (
  model: Uint8Array,
  asked: Readonly<{ features: Float64Array; columns: number }>,
) => Promise<Float64Array>

/** In this thread, which must not be ended meanwhile. */
export const scoreHere: Scorer = async (model, { features, columns }) =>
  (await loadPredictor(model)).predict(features, columns)

/** Rows that are scored at a time: the features of so many lie in memory beside the set. */
const ROWS_AT_ONCE = 65_536

type Scoring = Readonly<{ rows: Rows; spec: RunSpec; which: Uint32Array; scorer?: Scorer | undefined }>

/**
 * A score for each of the given rows, in their order; NaN where a feature is missing: such a row is never shown to a model.
 * @throws Refusal `model.unreadable`, and as the store
 */
export async function scoresOf(
  chunks: Pick<ChunkStore, 'get'>,
  model: Digest,
  { rows, spec, which, scorer = scoreHere }: Scoring,
): Promise<Float64Array> {
  const file = await chunks.get(model)
  const scores = new Float64Array(which.length).fill(Number.NaN)
  const shown = complete(rows, spec.features, which)
  const placeOf = new Map(Array.from(which, (row, place) => [row, place]))
  for (let from = 0; from < shown.length; from += ROWS_AT_ONCE) {
    const part = shown.subarray(from, from + ROWS_AT_ONCE)
    const found = await scorer(file, {
      features: designOf(rows, spec.features, part),
      columns: spec.features.length,
    })
    // Infinity would be traded as the best of all, and a row without a score as if it had not been there.
    if (!found.every(Number.isFinite))
      throw refuse('model.unreadable', { problem: 'it scores a row with what is no number' })
    for (let r = 0; r < part.length; r++) scores[placeOf.get(part[r]) ?? 0] = found[r]
  }
  return scores
}
