/** What people and programs may do to a platform: each action is one command, decided, appended, and followed up. */

import { policy } from '../commands/approval/policy.ts'
import { approval } from '../commands/approval/sign.ts'
import { capital } from '../commands/capital/capital.ts'
import { capitalStream } from '../commands/capital/processor.ts'
import { type Arrival, dataset } from '../commands/data/dataset.ts'
import { run } from '../commands/experiment/run.ts'
import { trainingSet } from '../commands/experiment/training-set.ts'
import { featureSet } from '../commands/feature/feature-set.ts'
import type { Handled } from '../commands/handle.ts'
import { holdout } from '../commands/model/holdout.ts'
import { model } from '../commands/model/model.ts'
import { evidenceFor, openingFor } from '../projections/model/registry.ts'
import type { Session } from '../schemas/calendar.ts'
import type { DataOf } from '../schemas/event.ts'
import type { PolicySet, PolicySignature, PolicySpec } from '../schemas/events/approval.ts'
import type { DatasetSpec } from '../schemas/events/data.ts'
import type { RunSpec, TrainingSetSpec } from '../schemas/events/experiment.ts'
import type { FeatureSetSpec } from '../schemas/events/feature.ts'
import type { Depth } from '../schemas/events/model.ts'
import { HOLDOUT_TYPE, holdoutBody } from '../schemas/holdout.ts'
import type { Digest } from '../schemas/kernel/canonical.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import { signStatement } from '../schemas/kernel/signature.ts'
import { type Governance, POLICY_STREAM, POLICY_TYPE, policyBody, policyDigest } from '../schemas/policy.ts'
import { weighed, wordsOf } from '../schemas/promotion.ts'
import { REVIEW_TYPE, reviewBody } from '../schemas/review.ts'
import { STATEMENT_TYPE, statementBody } from '../schemas/statement.ts'
import { experimentStream } from '../streams/training/processor.ts'
import { type Act, actId, by } from './act.ts'
import { expiryFrom } from './expiry.ts'
import { openedSet } from './holdout-view.ts'
import type { SlowLane } from './lanes/names.ts'
import type { Platform } from './platform.ts'
import { assertFollows } from './recheck.ts'

export { type Act, actId } from './act.ts'

/** Waits for what a lane says to an act. */
async function answered(platform: Platform, lane: SlowLane, acting: Promise<Handled>): Promise<Handled> {
  const handled = await acting
  await platform.lanes.answered(handled.position, [lane])
  return handled
}

export const declareDataset = (platform: Platform, spec: DatasetSpec, act: Act) =>
  by(dataset)(platform, {
    stream: `data-${spec.dataset}`,
    command: () => ({ kind: 'declare', spec }),
    ...act,
  })

/** Records an arrival whose rows are in the chunk store already. */
export const arrive = (platform: Platform, arrival: Arrival, act: Act) =>
  by(dataset)(platform, {
    stream: `data-${arrival.dataset}`,
    command: () => ({ kind: 'arrive', arrival }),
    ...act,
  })

/** Closes a session: its decision moment has passed, and what follows from it follows before this returns. */
export const closeSession = (
  platform: Platform,
  what: Readonly<{ dataset: string; session: Session }>,
  act: Act,
) =>
  by(dataset)(platform, {
    stream: `data-${what.dataset}`,
    command: () => ({ kind: 'close', ...what }),
    ...act,
  })

export const defineFeatures = (platform: Platform, spec: FeatureSetSpec, act: Act) =>
  by(featureSet)(platform, {
    stream: `feature-definition-${spec.set}`,
    command: () => ({ kind: 'define', spec, datasets: columnsOf(platform) }),
    ...act,
  })

const columnsOf = (platform: Platform) =>
  new Map(
    Object.values(platform.folds.datasets.state().datasets).map(({ spec }) => [
      spec.dataset,
      spec.columns.map((column) => column.name),
    ]),
  )

/** Asks for a training set; it is frozen when this returns. */
export const requestTrainingSet = (platform: Platform, spec: TrainingSetSpec, act: Act): Promise<Handled> =>
  answered(platform, 'research', beginTrainingSet(platform, spec, act))

const beginTrainingSet = (platform: Platform, spec: TrainingSetSpec, act: Act): Promise<Handled> =>
  by(trainingSet)(platform, {
    stream: `training-request-${spec.trainingSet}`,
    command: () => ({
      kind: 'request',
      spec,
      features: platform.folds.features.state().sets[`${spec.featureSet}@${spec.featureVersion}`]?.spec,
      datasets: columnsOf(platform),
      traded: new Set(
        Object.values(platform.folds.datasets.state().datasets)
          .filter((view) => view.spec.prices !== null)
          .map((view) => view.spec.dataset),
      ),
      policy: platform.folds.registry.state().policy,
      opened: openedUnder(platform, spec.trainingSet),
    }),
    ...act,
  })

/** What the opening of a holdout lets be frozen under a name. */
const openedUnder = ({ folds }: Platform, trainingSet: string): TrainingSetSpec | null =>
  folds.registry
    .state()
    .openings.map((opening) => openedSet(folds.experiments.state(), opening))
    .find((set) => set?.trainingSet === trainingSet) ?? null

/** Starts a run on a frozen training set; it is trained before this returns. */
export const startRun = (platform: Platform, spec: RunSpec, act: Act): Promise<Handled> =>
  answered(platform, 'research', beginRun(platform, spec, act))

/** Starts a run, and does not wait until it is trained. */
export const beginRun = (platform: Platform, spec: RunSpec, act: Act): Promise<Handled> =>
  by(run)(platform, {
    stream: experimentStream(spec.run),
    command: () => {
      const set = platform.folds.experiments.state().trainingSets[spec.trainingSet]
      if (set?.frozen == null)
        throw refuse('experiment.unknown-training-set', { trainingSet: spec.trainingSet })
      const { policy } = platform.folds.registry.state()
      return { kind: 'start', spec, columns: set.frozen.features, trainingSet: set.spec, policy }
    },
    ...act,
  })

/** What signatures are bound to: the log's first checkpoint, or what older policies made of their log. */
export const logIdentity = ({ folds, log }: Platform): Digest | null =>
  folds.registry.state().log ?? log.seal?.identity ?? null

/** A policy as its file has it: which log it is set in, the log knows itself. */
export type SignedPolicy = Omit<DataOf<typeof PolicySet>, 'log'>

/**
 * A member's signature under a policy for one log.
 * @param inForce the policy in force, which it is to replace, and the log's identity
 * @param privateKey PKCS#8 PEM
 */
export const signPolicy = (
  spec: PolicySpec,
  { policy: inForce, log }: Governance,
  { member, privateKey }: Readonly<{ member: string; privateKey: string }>,
): PolicySignature => ({
  member,
  signature: signStatement(POLICY_TYPE, policyBody(spec, inForce, log), privateKey),
})

export const setPolicy = (platform: Platform, set: SignedPolicy, act: Act) =>
  by(policy)(platform, {
    stream: POLICY_STREAM,
    command: () => ({ kind: 'set', ...set, log: logIdentity(platform) }),
    done: () => {
      const { policy: inForce } = platform.folds.registry.state()
      return inForce !== null && policyDigest(inForce) === policyDigest(set.policy)
    },
    ...act,
  })

type Validating = Readonly<{ model: string; run: string; depth?: Depth }>

/** Asks the gate to judge a run as a candidate for a model; it has reported when this returns. */
export const requestValidation = (platform: Platform, what: Validating, act: Act): Promise<Handled> =>
  answered(platform, 'gate', beginValidation(platform, what, act))

/** Asks the gate to judge a run, and does not wait for the report. */
export const beginValidation = (platform: Platform, what: Validating, act: Act): Promise<Handled> =>
  by(model)(platform, {
    stream: `model-${what.model}`,
    command: (readAt) => {
      const record = platform.folds.experiments.state().runs[what.run]
      const policyVersion = platform.folds.registry.state().policy?.version ?? null
      return { kind: 'validate', depth: 'full', ...what, record, policyVersion, readAt }
    },
    ...act,
  })

/** What a member signs of a model with the member's own key, PKCS#8 PEM. */
type ByMember = Readonly<{ model: string; member: string; reason: string; privateKey: string }>
type OpeningHoldout = ByMember & Readonly<{ artifact: string }>

/** Opens the holdout for a file, freezes it, and has the gate report again; it has reported when this returns. */
export async function openHoldout(platform: Platform, what: OpeningHoldout, act: Act): Promise<Handled> {
  const { privateKey, ...said } = what
  const { registry, experiments } = platform.folds
  const from = () => registry.state().policy?.holdout?.from ?? 0
  const opening = () => openingFor(registry.state(), what.artifact, from())
  const opened = await by(holdout)(platform, {
    stream: `holdout-${what.artifact}`,
    command: () => {
      const evidence = evidenceFor(registry.state(), what.model, what.artifact)
      const { run = '', report = '', policyVersion = 0 } = evidence.report ?? {}
      const to = platform.moment.nowMicros()
      const stated = {
        ...said,
        run,
        report,
        from: from(),
        to,
        policyVersion,
        expires: expiryFrom(Math.max(to, evidence.at)),
      }
      const body = holdoutBody({ ...stated, log: evidence.log ?? '' })
      const signature = signStatement(HOLDOUT_TYPE, body, privateKey)
      return { kind: 'open', opening: { ...stated, signature }, evidence, isOpen: opening() !== null }
    },
    done: () => opening() !== null,
    ...act,
  })
  const found = opening()
  const set = found === null ? null : openedSet(experiments.state(), found)
  if (found === null || set === null)
    throw refuse('model.no-report', { model: what.model, artifact: what.artifact })
  await requestTrainingSet(platform, set, { ...act, commandId: actId('training-set', set) })
  const asked = { model: what.model, run: found.run }
  return requestValidation(platform, asked, { ...act, commandId: `${act.commandId}:report` }).then(
    () => opened,
  )
}

type Signing = ByMember & Readonly<{ artifact: string; report: string; decision: 'approve' | 'refuse' }>

/** Signs the statement with the member's own key and records it. */
export function sign(platform: Platform, what: Signing, act: Act): Promise<Handled> {
  const { privateKey, ...said } = what
  const evidence = () => evidenceFor(platform.folds.registry.state(), what.model, what.artifact)
  return by(approval)(platform, {
    stream: `approval-${what.model}-${what.artifact.slice(0, 12)}`,
    command: () => {
      const { policy, log, at } = weighed(evidence(), platform.moment.nowMicros())
      const stated = { ...said, expires: expiryFrom(at) }
      const body = statementBody({ ...stated, log: log ?? '', policyVersion: policy?.version ?? 0 })
      const signed = { ...stated, signature: signStatement(STATEMENT_TYPE, body, privateKey) }
      return { kind: 'sign', signed, evidence: evidence() }
    },
    done: () => wordsOf(evidence(), what.member).at(-1) === what.decision,
    ...act,
  })
}

/** Puts a model in force. Its report is made again first, and compared. */
export async function promote(
  platform: Platform,
  what: Readonly<{ model: string; artifact: string }>,
  act: Act,
): Promise<Handled> {
  const { registry, experiments } = platform.folds
  const latest = () => registry.state().models[what.model]?.reports[what.artifact]?.position
  const checked = latest()
  if (checked !== undefined) await assertFollows(platform, { model: what.model, position: checked })
  const inForce = () => registry.state().models[what.model]?.live?.artifact ?? null
  return by(model)(platform, {
    stream: `model-${what.model}`,
    command: (readAt) => {
      if (latest() !== checked) throw refuse('model.report-changed', what)
      const evidence = evidenceFor(registry.state(), what.model, what.artifact)
      const record = experiments.state().runs[evidence.report?.run ?? '']
      return { kind: 'promote', ...what, record, evidence, inForce: inForce(), readAt }
    },
    done: () => inForce() === what.artifact,
    ...act,
  })
}

type Reviewing = ByMember & Readonly<{ fraction: number }>

/** Signs a review of the cut that waits for one, with the member's own key, and records it. */
export function reviewCapital(platform: Platform, what: Reviewing, act: Act): Promise<Handled> {
  const { privateKey, ...said } = what
  const view = platform.folds.capital.state
  return by(capital)(platform, {
    stream: capitalStream(what.model),
    command: () => {
      const { models, policy, log, at } = view()
      const standing = models[what.model]
      const stated = {
        ...said,
        artifact: standing?.artifact ?? '',
        measurement: standing?.pendingReview ?? 0,
        expires: expiryFrom(Math.max(platform.moment.nowMicros(), at)),
      }
      const body = reviewBody({ ...stated, log: log ?? '' })
      const review = { ...stated, signature: signStatement(REVIEW_TYPE, body, privateKey) }
      return { kind: 'review', review, policy, log, at, standing }
    },
    done: () => view().models[what.model]?.pendingReview === null,
    ...act,
  })
}
