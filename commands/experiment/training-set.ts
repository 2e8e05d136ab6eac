/** A training set: asked for once under its name, then frozen for ever. */
import type { PolicySpec } from '../../schemas/events/approval.ts'
import { TrainingSetRequested, type TrainingSetSpec } from '../../schemas/events/experiment.ts'
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import { HOLDOUT_PREFIX } from '../../schemas/holdout.ts'
import { digestOf, isSame } from '../../schemas/kernel/canonical.ts'
import { err } from '../../schemas/kernel/result.ts'
import { heldOutOf } from '../../schemas/policy.ts'
import { parseFormula } from '../../streams/features/formula/parser.ts'
import { RESERVED } from '../../streams/training/sample.ts'
import type { Decider } from '../decider.ts'
import type { DatasetColumns } from '../feature/feature-set.ts'
import { accept, alreadySo, attempt, reject } from '../rejections.ts'

/** The feature set that the spec names, and the data sets, as they were when the command was made. */
type RequestTrainingSet = Readonly<{
  kind: 'request'
  spec: TrainingSetSpec
  features: FeatureSetSpec | undefined
  datasets: DatasetColumns
  /** The data sets that declare what they are traded at. */
  traded: ReadonlySet<string>
  /** The policy in force, and what the opening of its holdout lets be frozen under this name. */
  policy: PolicySpec | null
  opened: TrainingSetSpec | null
}>

type State = Readonly<{ specDigest: string | null }>

export const trainingSet: Decider<RequestTrainingSet, State> = {
  initial: () => ({ specDigest: null }),

  evolve: (state, event) => (TrainingSetRequested.is(event) ? { specDigest: digestOf(event.data) } : state),

  decide({ spec, features, datasets, traded, policy, opened }, state, { now }) {
    const { trainingSet, label } = spec
    if (state.specDigest === digestOf(spec)) return alreadySo
    if (state.specDigest !== null) return reject('experiment.training-set-exists', { trainingSet })
    const isOpened = opened !== null && isSame(opened, spec)
    if (!isOpened && trainingSet.startsWith(HOLDOUT_PREFIX))
      return reject('experiment.reserved-name', { trainingSet, prefix: HOLDOUT_PREFIX })
    const heldOut = isOpened ? null : heldOutOf(policy, spec)
    if (heldOut !== null) return err(heldOut)
    if (spec.from >= spec.to) return reject('experiment.empty-range', { trainingSet })
    if (label.exitRows <= label.entryRows) {
      return reject('experiment.label-backwards', { entry: label.entryRows, exit: label.exitRows })
    }
    if (features === undefined || features.hash !== spec.featureHash) {
      return reject('feature.unknown-set', { set: `${spec.featureSet}@${spec.featureVersion}` })
    }
    const taken = features.features.find(({ name }) => RESERVED.includes(name))
    if (taken !== undefined) return reject('experiment.reserved-column', { column: taken.name, trainingSet })
    const columns = datasets.get(label.dataset)
    if (columns === undefined) return reject('data.unknown-dataset', { dataset: label.dataset })
    if (!traded.has(label.dataset)) return reject('experiment.no-prices', { dataset: label.dataset })
    // A request that cannot be met would stop what comes after it, so it is not recorded.
    const parsed = attempt(() => parseFormula(label.formula, columns))
    if (!parsed.ok) return parsed
    return accept(TrainingSetRequested.draft(spec, { eventTime: now, knownAt: now }))
  },
}
