/** When a policy is sound: shared by the decision and by every reader, so that a hand-written event gains nothing. */
import type { Recorded } from './envelope.ts'
import type { DataOf, EventOf } from './event.ts'
import { ADDED_IN_2, ADDED_IN_3, ADDED_IN_4, type PolicySet, type PolicySpec } from './events/approval.ts'
import type { TrainingSetSpec } from './events/experiment.ts'
import { canonicalJson, type Digest, digestOf } from './kernel/canonical.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { lookAlike, scriptsOf } from './kernel/look.ts'
import { canonicalKey, holds } from './kernel/signature.ts'
import { formatMoment, parseMoment } from './kernel/time.ts'

/** Where policies stand; one that was written elsewhere is none. */
export const POLICY_STREAM = 'approval-policy'

export const POLICY_TYPE = 'application/vnd.asof.policy.v1+json'

/**
 * The policy as it is signed and hashed: what a later version of the form added is left out where nothing is said of it, so
 * that what was signed under an earlier form is the same policy still.
 */
const contentOf = (policy: PolicySpec) =>
  spoken({ ...policy, validation: spoken(policy.validation, ADDED_IN_3) }, { ...ADDED_IN_2, ...ADDED_IN_4 })

/** The fields of a form without those that were added later and hold what they held before they were there. */
const spoken = <T extends object>(form: T, added: Readonly<Partial<T>>): Partial<T> =>
  Object.fromEntries(
    Object.entries(form).filter(
      ([field, value]) =>
        !(field in added && canonicalJson(value) === canonicalJson(added[field as keyof T])),
    ),
  ) as Partial<T>

/** What a policy is known by. */
export const policyDigest = (policy: PolicySpec): Digest => digestOf(contentOf(policy))

/** The exact bytes that are signed: the whole policy, which one it replaces, and the log where one is named. */
export const policyBody = (policy: PolicySpec, inForce: PolicySpec | null, log: Digest | null): string =>
  canonicalJson({
    policy: contentOf(policy),
    replaces: inForce === null ? null : policyDigest(inForce),
    ...(log !== null && { log }),
  })

/** The first reason why a policy must not come into force, or null where there is none. */
export function policyObjection(
  { policy, signatures, log }: DataOf<typeof PolicySet>,
  inForce: PolicySpec | null,
): Fault | null {
  const { version } = policy
  const expected = (inForce?.version ?? 0) + 1
  if (version !== expected) return fault('approval.policy-version', { version, expected })
  const contradiction = contradictionIn(policy)
  if (contradiction !== null) return fault('approval.policy-contradiction', { contradiction })
  // The committee in force decides who comes after it. The first one only shows that it has its keys.
  const { members, required } = (inForce ?? policy).quorum
  const body = policyBody(policy, inForce, log)
  const signers = members.filter(({ member, publicKey }) =>
    signatures.some((one) => one.member === member && holds(POLICY_TYPE, body, { ...one, publicKey })),
  )
  if (signers.length >= required) return null
  const committee = members.map(({ member }) => member).join(', ')
  return fault('approval.policy-unsigned', { version, have: signers.length, required, committee })
}

/** The policy in force, and the identity of the log that everything is signed for. */
export type Governance = { policy: PolicySpec | null; log: Digest | null }

/** What is in force after an event that would set a policy: the same where it is not sound, or was signed for another log. */
export function governanceAfter({ policy, log }: Governance, event: EventOf<typeof PolicySet>): Governance {
  const { stream, data } = event
  const isOthers = log !== null && data.log !== null && data.log !== log
  if (stream !== POLICY_STREAM || isOthers || policyObjection(data, policy) !== null) return { policy, log }
  return { policy: data.policy, log: log ?? data.log ?? identityBySetting(event) }
}

/** What stood for the identity of a log before policies named one: the event that brought the first policy, and when it was recorded. */
export const identityBySetting = ({ id, position, recordedAt }: Recorded): Digest =>
  digestOf({ id, position, recordedAt })

/** Why no trial may rest on a training set: it reads sessions that the policy in force holds out. Null where it does not. */
export function heldOutOf(
  policy: PolicySpec | null,
  set: Pick<TrainingSetSpec, 'trainingSet' | 'to'>,
): Fault | null {
  if (policy?.holdout == null || set.to <= policy.holdout.from) return null
  const { version, holdout } = policy
  return fault('experiment.held-out', {
    trainingSet: set.trainingSet,
    version,
    from: formatMoment(holdout.from),
  })
}

/** What in a policy cannot be met together, or is a rule in name alone, in words; null where nothing is wrong. */
const contradictionIn = (policy: PolicySpec): string | null =>
  quorumProblem(policy.quorum) ??
  gateProblem(policy.gate) ??
  validationProblem(policy) ??
  holdoutProblem(policy) ??
  sharpeProblem(policy) ??
  lossProblem(policy) ??
  ladderProblem(policy)

function quorumProblem(quorum: PolicySpec['quorum']): string | null {
  const names = quorum.members.map((one) => one.member)
  const keys = quorum.members.map((one) => canonicalKey(one.publicKey))
  if (new Set(names).size < names.length) return 'a member is listed twice'
  const twins = names.flatMap((one, i) =>
    names.slice(0, i).flatMap((before) => (lookAlike(before, one) ? [`${before} and ${one}`] : [])),
  )
  if (twins.length > 0)
    return `${twins[0]} look alike: write the members so that nobody takes one for the other`
  const scripts = scriptsOf(names.join(' '))
  if (scripts.length > 1)
    return `the members are written in ${scripts.join(' and ')}, whose letters look alike: write all of them in one script`
  const keyless = names.find((_, i) => keys[i] === null)
  if (keyless !== undefined) return `the public key of ${keyless} is no Ed25519 key (SPKI DER in base64)`
  if (new Set(keys).size < keys.length) return 'two members have the same key'
  if (quorum.required > names.length) {
    return `${quorum.required} approvals are required of ${names.length} members`
  }
  return null
}

function gateProblem(gate: PolicySpec['gate']): string | null {
  for (const rule of gate) {
    const opposite = gate.find((other) => other.test === rule.test && other !== rule)
    if (opposite === undefined) continue
    if (opposite.comparison === rule.comparison) return `${rule.test} has two thresholds on the same side`
    const [least, most] = rule.comparison === 'at-least' ? [rule, opposite] : [opposite, rule]
    if (least.threshold > most.threshold) {
      return `${rule.test} must be at least ${least.threshold} and at most ${most.threshold}`
    }
  }
  return null
}

/** Each split is a training of its own. */
const MOST_SPLITS = 100_000
/** A year by the calendar. */
const MOST_EMBARGO_DAYS = 366

function validationProblem({ validation: { groups, testGroups, embargoDays } }: PolicySpec): string | null {
  if (testGroups >= groups)
    return `validation tests ${testGroups} of ${groups} groups at a time, which leaves none to train on: take fewer testGroups`
  let splits = 1
  for (let k = 1; k <= testGroups; k++) splits = (splits * (groups - testGroups + k)) / k
  if (splits > MOST_SPLITS)
    return `validation makes ${splits} splits of ${groups} groups by ${testGroups}: take fewer, at most ${MOST_SPLITS}`
  if (embargoDays > MOST_EMBARGO_DAYS)
    return `an embargo of ${embargoDays} days leaves little to train on: take at most ${MOST_EMBARGO_DAYS}`
  return null
}

/** A holdout that begins before there is a calendar, or long after any market's data, holds out all or nothing. */
const [FIRST_HOLDOUT, LAST_HOLDOUT] = [parseMoment('1900-01-01'), parseMoment('2200-01-01')]

function holdoutProblem({ holdout }: PolicySpec): string | null {
  if (holdout === null || (holdout.from >= FIRST_HOLDOUT && holdout.from < LAST_HOLDOUT)) return null
  return 'the holdout begins beyond 1900 to 2200: write its date'
}

/** Fewer deviations are crossed by chance on one day in three, more are never crossed; a window is at most ten years. */
const [LEAST_DEVIATIONS, MOST_DEVIATIONS, MOST_WINDOW_DAYS] = [0.5, 10, 2520]

function sharpeProblem({ sharpe: { windowDays, deviations, fractionAfter } }: PolicySpec): string | null {
  if (fractionAfter === 1) return 'fractionAfter 1 cuts no capital when the Sharpe rule fires: set it below 1'
  if (deviations < LEAST_DEVIATIONS || deviations > MOST_DEVIATIONS)
    return `the Sharpe rule fires at ${deviations} deviations: set from ${LEAST_DEVIATIONS} to ${MOST_DEVIATIONS}`
  if (windowDays > MOST_WINDOW_DAYS)
    return `the Sharpe rule waits for a window of ${windowDays} days: set at most ${MOST_WINDOW_DAYS}`
  return null
}

/** A limit below the least is reached by ordinary days; one above the most would be reached when nothing is left to save. */
const [LEAST_LOSS, MOST_DAY_LOSS, MOST_DRAWDOWN] = [0.005, 0.5, 0.9]

function lossProblem({ losses }: PolicySpec): string | null {
  if (losses === null) return null
  const { dayLoss, drawdown, fractionAfter } = losses
  if (fractionAfter === 1)
    return 'fractionAfter 1 cuts no capital when a loss limit is reached: set it below 1'
  if (dayLoss < LEAST_LOSS || dayLoss > MOST_DAY_LOSS)
    return `the loss limit of a day is ${dayLoss} of the capital: set from ${LEAST_LOSS} to ${MOST_DAY_LOSS}`
  if (drawdown > MOST_DRAWDOWN)
    return `the drawdown limit is ${drawdown} of the capital: set at most ${MOST_DRAWDOWN}`
  if (drawdown <= dayLoss)
    return `a day that loses ${dayLoss} is always a drawdown of ${drawdown} too, so the limit of a day says nothing: set drawdown above dayLoss`
  return null
}

function ladderProblem({ ladder }: PolicySpec): string | null {
  if (ladder === null) return null
  const { steps, raiseAfterDays } = ladder
  if (steps[0] !== 1) return `the ladder begins at ${steps[0]}: its first step is 1`
  const flat = steps.findIndex((step, at) => at > 0 && step >= steps[at - 1])
  if (flat > 0)
    return `the ladder goes from ${steps[flat - 1]} to ${steps[flat]}: each step is below the one before`
  if (raiseAfterDays > MOST_RAISE_DAYS)
    return `a raise after ${raiseAfterDays} sessions is none: take at most ${MOST_RAISE_DAYS}`
  return null
}
/** A year of sessions. */
const MOST_RAISE_DAYS = 252
