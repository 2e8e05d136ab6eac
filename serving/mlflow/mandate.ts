/** What of the reproducibility mandate a run that somebody attests lacks, by name: each bars it from promotion. */
import type { TrackedRun } from '../../projections/tracking/runs.ts'

const SHA256 = /^[0-9a-f]{64}$/
const SEEDS = ['seed', 'random_state', 'random_seed']
const ENVIRONMENT = 'asof.environment'

/**
 * What is stated counts as stated. That the platform made the same file again is what a client cannot state, nor can it say that a
 * commit's signature holds.
 */
export function attestedMissing(run: TrackedRun): readonly string[] {
  const { params, tags, metrics, inputs, files, outputs } = run
  const parts: Readonly<Record<string, boolean>> = {
    'training-set hash': inputs.some(({ digest }) => SHA256.test(digest)),
    'commit SHA': (tags.get('mlflow.source.git.commit') ?? '') !== '',
    'verified commit signature': false,
    hyperparameters: params.size > 0,
    seed: SEEDS.some((key) => /^-?\d+$/.test(params.get(key) ?? '')),
    'environment digest': SHA256.test(tags.get(ENVIRONMENT) ?? ''),
    'model artifact': files.size > 0 || outputs.length > 0,
    'held-out metrics': metrics.size > 0,
    'reproduction by the platform': false,
  }
  return Object.keys(parts).filter((part) => !parts[part])
}
