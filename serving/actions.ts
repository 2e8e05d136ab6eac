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
import { evidenceFor } from '../projections/model/registry.ts'
import type { Session } from '../schemas/calendar.ts'
import type { DataOf } from '../schemas/event.ts'
import type { PolicySet, PolicySignature, PolicySpec } from '../schemas/events/approval.ts'
import type { DatasetSpec } from '../schemas/events/data.ts'
import type { RunSpec, TrainingSetSpec } from '../schemas/events/experiment.ts'
import type { FeatureSetSpec } from '../schemas/events/feature.ts'
import type { Depth, Service } from '../schemas/events/model.ts'
import type { Opening } from '../schemas/holdout.ts'
import { type Digest, isSame } from '../schemas/kernel/canonical.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import { type Governance, POLICY_STREAM, policyDigest } from '../schemas/policy.ts'
import { weighed, wordsOf } from '../schemas/promotion.ts'
import type { Review } from '../schemas/review.ts'
import { experimentStream } from '../streams/training/stream.ts'
import { type Act, actId, by } from './act.ts'
import { openedSet } from './holdout-view.ts'
import { columnsOf, isDeclared, openedUnder } from './known.ts'
import type { SlowLane } from './lanes/names.ts'
import type { Platform } from './platform.ts'
import { assertFollows } from './recheck.ts'
import {
  type Approval,
  type Approving,
  approvalStatement,
  assertValidFor,
  type Opened,
  openingOf,
  openingStatement,
  policyStatement,
  type Reviewing,
  reviewStatement,
  signedWith,
} from './statements.ts'

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
    done: () => isDeclared(platform, spec),
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
    done: () => platform.folds.features.state().sets[`${spec.set}@${spec.version}`]?.spec.hash === spec.hash,
    ...act,
  })

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
    done: () => {
      const requested = platform.folds.experiments.state().trainingSets[spec.trainingSet]?.spec
      return requested !== undefined && isSame(requested, spec)
    },
    ...act,
  })

/** Starts a run on a frozen training set; it is trained before this returns. */
export const startRun = (platform: Platform, spec: RunSpec, act: Act): Promise<Handled> =>
  answered(platform, 'research', beginRun(platform, spec, act))

const beginRun = (platform: Platform, spec: RunSpec, act: Act): Promise<Handled> =>
  by(run)(platform, {
    stream: experimentStream(spec.run),
    command: () => {
      const set = platform.folds.experiments.state().trainingSets[spec.trainingSet]
      if (set?.frozen == null)
        throw refuse('experiment.unknown-training-set', { trainingSet: spec.trainingSet })
      const { policy } = platform.folds.registry.state()
      const { trainers, retired } = platform.folds.experiments.state()
      const admitted = Object.hasOwn(trainers, spec.trainer) ? trainers[spec.trainer] : undefined
      return {
        ...{ kind: 'start', spec, columns: set.frozen.features, trainingSet: set.spec, policy },
        ...{ trainer: admitted?.spec, trainerRetired: admitted?.retired ?? null },
        familyRetired: Object.hasOwn(retired, spec.family) ? retired[spec.family] : null,
      }
    },
    done: () => {
      const started = platform.folds.experiments.state().runs[spec.run]?.spec
      return started !== undefined && isSame(started, spec)
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
  inForce: Governance,
  { member, privateKey }: Readonly<{ member: string; privateKey: string }>,
): PolicySignature => {
  const { signature } = signedWith(policyStatement(spec, inForce), privateKey)
  return { member, signature }
}

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

/** A member's own key, where the act signs by itself: PKCS#8 PEM. */
type WithKey = Readonly<{ privateKey: string }>

/** Signs an opening with the member's own key, and opens the holdout with it. */
export const openHoldout = (platform: Platform, { privateKey, ...said }: Opened & WithKey, act: Act) =>
  openHoldoutSigned(platform, signedWith(openingStatement(platform, said), privateKey), act)

/** Opens the holdout for a file, freezes it, and has the gate report again; it has reported when this returns. */
export async function openHoldoutSigned(platform: Platform, opening: Opening, act: Act): Promise<Handled> {
  const { registry, experiments } = platform.folds
  const { model, artifact } = opening
  const opened = await by(holdout)(platform, {
    stream: `holdout-${artifact}`,
    command: () => {
      const now = platform.moment.nowMicros()
      const isOpen = openingOf(platform, artifact) !== null
      if (!isOpen) assertValidFor(opening, Math.max(now, registry.state().at))
      if (!isOpen && opening.to > now) {
        const version = registry.state().policy?.version ?? 0
        throw refuse('model.holdout-span', { model, version })
      }
      const evidence = evidenceFor(registry.state(), model, artifact)
      return { kind: 'open', opening, evidence, isOpen }
    },
    done: () => openingOf(platform, artifact) !== null,
    ...act,
  })
  const found = openingOf(platform, artifact)
  const set = found === null ? null : openedSet(experiments.state(), found)
  if (found === null || set === null) throw refuse('model.no-report', { model, artifact })
  await requestTrainingSet(platform, set, { ...act, commandId: actId('training-set', set) })
  const asked = { model, run: found.run }
  return requestValidation(platform, asked, { ...act, commandId: `${act.commandId}:report` }).then(
    () => opened,
  )
}

/** Signs the statement with the member's own key and records it. */
export const sign = (platform: Platform, { privateKey, ...said }: Approving & WithKey, act: Act) =>
  recordApproval(platform, signedWith(approvalStatement(platform, said), privateKey), act)

/** Records what a member signed about a report: an approval or a refusal. */
export function recordApproval(platform: Platform, signed: Approval, act: Act): Promise<Handled> {
  const { model, artifact, member, decision } = signed
  const evidence = () => evidenceFor(platform.folds.registry.state(), model, artifact)
  return by(approval)(platform, {
    stream: `approval-${model}-${artifact.slice(0, 12)}`,
    command: () => {
      assertValidFor(signed, weighed(evidence(), platform.moment.nowMicros()).at)
      return { kind: 'sign', signed, evidence: evidence() }
    },
    done: () => wordsOf(evidence(), member).at(-1) === decision,
    ...act,
  })
}

/** Puts a model in force. Its report is made again first, and compared. */
export async function promote(
  platform: Platform,
  { service = 'durable', ...what }: Readonly<{ model: string; artifact: string; service?: Service }>,
  act: Act,
): Promise<Handled> {
  const { registry, experiments } = platform.folds
  const latest = () => registry.state().models[what.model]?.reports[what.artifact]?.position
  const checked = latest()
  if (checked !== undefined) await assertFollows(platform, { model: what.model, position: checked })
  const inForce = () => registry.state().models[what.model]?.live ?? null
  return by(model)(platform, {
    stream: `model-${what.model}`,
    command: (readAt) => {
      if (latest() !== checked) throw refuse('model.report-changed', what)
      const evidence = evidenceFor(registry.state(), what.model, what.artifact)
      const record = experiments.state().runs[evidence.report?.run ?? '']
      return { kind: 'promote', ...what, service, record, evidence, inForce: inForce(), readAt }
    },
    done: () => inForce()?.artifact === what.artifact && inForce()?.service === service,
    ...act,
  })
}

/** Signs a review of the cut that waits for one, with the member's own key, and records it. */
export const reviewCapital = (platform: Platform, { privateKey, ...said }: Reviewing & WithKey, act: Act) =>
  recordReview(platform, signedWith(reviewStatement(platform, said), privateKey), act)

/** Records a review that a member signed. */
export function recordReview(platform: Platform, review: Review, act: Act): Promise<Handled> {
  const view = platform.folds.capital.state
  return by(capital)(platform, {
    stream: capitalStream(review.model),
    command: () => {
      const { models, policy, log, at } = view()
      assertValidFor(review, Math.max(platform.moment.nowMicros(), at))
      return { kind: 'review', review, policy, log, at, standing: models[review.model] }
    },
    done: () => view().models[review.model]?.pendingReview === null,
    ...act,
  })
}
