/** A claim: drafted, checked by the rules, approved by compliance, disseminated while it follows from the log, withdrawn. */
import {
  type Approval,
  type Checked,
  checkDigest,
  type Drafted,
  draftDigest,
  isSignedClaim,
} from '../../schemas/claim.ts'
import type { ChunkRef, Draft } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import {
  ClaimApproved,
  ClaimChecked,
  ClaimDisseminated,
  ClaimDrafted,
  ClaimHeld,
  ClaimRederived,
  ClaimReleased,
  type ClaimSpec,
  ClaimWithdrawn,
  type Figure,
  type TrialList,
} from '../../schemas/events/claim.ts'
import { canonicalJson, type Digest } from '../../schemas/kernel/canonical.ts'
import { lookAlike } from '../../schemas/kernel/look.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Context, Decider, Decision } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import { rounded } from './figure.ts'
import { type Found, held, holding, rederived, rederivedAt } from './kept.ts'
import { broken, differing, factsOf, judged, RULES_VERSION } from './rules.ts'
import { staleness } from './staleness.ts'

type Disseminating = Pick<
  DataOf<typeof ClaimDisseminated>,
  'claim' | 'channel' | 'audience' | 'fileName' | 'mediaType'
>

/** `figure` is what the platform worked out at the head, by the claim's own draft. */
export type ClaimCommand =
  | Readonly<{ kind: 'draft'; spec: ClaimSpec; figure: Figure }>
  | Readonly<{ kind: 'check'; claim: string; figure: Figure; trials: TrialList }>
  | Readonly<{ kind: 'approve'; approval: Approval; policy: PolicySpec | null; log: Digest | null }>
  | Readonly<{ kind: 'disseminate'; said: Disseminating; copy: ChunkRef; figure: Figure; trials: TrialList }>
  | Readonly<{ kind: 'rederive'; claim: string; found: Found }>
  | Readonly<{ kind: 'withdraw'; claim: string; reason: string }>
  | Readonly<{ kind: 'hold' | 'release'; claim: string; hold: string; reason: string }>

export type ClaimState = Readonly<{
  draft: Drafted | null
  check: Checked | null
  approval: Approval | null
  /** The checks under which it went out, and what. */
  sent: readonly DataOf<typeof ClaimDisseminated>[]
  withdrawn: string | null
  /** When its number last followed from the log, and what did not when it was last worked out; null where it never did. */
  proven: Micros | null
  problems: readonly string[]
  /** Legal holds that nobody has released, by name, with their reasons. */
  holds: Readonly<Record<string, string>>
}>

export const claim: Decider<ClaimCommand, ClaimState> = {
  initial: () => ({
    ...{ draft: null, check: null, approval: null, sent: [], withdrawn: null },
    ...{ proven: null, problems: [], holds: {} },
  }),

  evolve(state, event: Draft): ClaimState {
    const { eventTime } = event
    if (ClaimDrafted.is(event)) return { ...state, draft: event.data, ...UNCHECKED }
    if (ClaimChecked.is(event)) return { ...state, ...UNCHECKED, check: event.data, proven: eventTime }
    if (ClaimApproved.is(event)) return { ...state, approval: event.data }
    if (ClaimDisseminated.is(event)) return { ...state, sent: [...state.sent, event.data] }
    if (ClaimRederived.is(event)) return rederivedAt(state, event.data.problems, eventTime)
    if (ClaimHeld.is(event) || ClaimReleased.is(event)) return { ...state, holds: held(state.holds, event) }
    return ClaimWithdrawn.is(event) ? { ...state, withdrawn: event.data.reason } : state
  },

  decide(command, state, context) {
    const { draft, withdrawn } = state
    if (command.kind === 'hold' || command.kind === 'release') return holding(command, state, context)
    if (command.kind === 'withdraw' && withdrawn === command.reason) return alreadySo
    if (withdrawn !== null) return reject('claim.withdrawn', { claim: nameIn(command), reason: withdrawn })
    if (command.kind === 'draft') return drafted(command, state, context)
    if (draft === null) return reject('claim.unknown', { claim: nameIn(command) })
    switch (command.kind) {
      case 'check':
        return checked(command, draft, state, context)
      case 'approve':
        return approved(command, draft, state, context)
      case 'disseminate':
        return disseminated(command, draft, state, context)
      case 'rederive':
        return rederived(command, draft, state, context)
      case 'withdraw':
        return accept(ClaimWithdrawn.draft({ claim: draft.claim, reason: command.reason }, at(context)))
    }
  },
}

/** Each night proves it again: one night may be missed, and two may not. */
export const PROVEN_WITHIN_HOURS = 48
const MICROS_PER_HOUR = MICROS_PER_DAY / 24

const UNCHECKED = { check: null, approval: null, proven: null, problems: [] } as const

const at = ({ now }: Context) => ({ eventTime: now, knownAt: now })

function nameIn(command: ClaimCommand): string {
  if (command.kind === 'draft') return command.spec.claim
  if (command.kind === 'approve') return command.approval.claim
  return command.kind === 'disseminate' ? command.said.claim : command.claim
}

type Of<K extends ClaimCommand['kind']> = Extract<ClaimCommand, { kind: K }>

function drafted({ spec, figure }: Of<'draft'>, state: ClaimState, context: Context): Decision {
  const { claim, measure, unit } = spec
  const data = { ...spec, figure, drafter: context.actor }
  if (state.draft !== null && isSame(state.draft, data)) return alreadySo
  if (state.approval !== null || state.sent.length > 0) return reject('claim.approved-already', { claim })
  if (spec.from >= spec.to) return reject('claim.period', { claim })
  const right = measure === 'live-return' ? 'percent' : 'ratio'
  if (unit !== right) return reject('claim.unit', { claim, measure, unit, right })
  if ((spec.gross === null && spec.net === null) || (spec.net !== null && spec.fees === null))
    return reject('claim.number-missing', { claim })
  const { model } = spec
  if (figure.gross === null) return reject('claim.no-figure', { measure, model, sessions: figure.sessions })
  const found = differing(spec, figure)
  if (found !== null)
    return reject('claim.number-differs', {
      ...{ claim, which: found.which, stated: found.stated, exact: found.exact },
      ...{ position: figure.readAt, rounded: rounded(found.exact, spec.decimals) },
    })
  return accept(ClaimDrafted.draft(data, at(context)))
}

/** The same draft, whenever it was worked out. */
function isSame(one: Drafted, other: Drafted): boolean {
  const undated = ({ figure: { readAt: _, ...figure }, ...said }: Drafted) =>
    canonicalJson({ ...said, figure })
  return undated(one) === undated(other)
}

function checked(
  { figure, trials }: Of<'check'>,
  draft: Drafted,
  state: ClaimState,
  context: Context,
): Decision {
  const rules = judged('check', factsOf(draft, figure))
  const data = {
    ...{ claim: draft.claim, draft: draftDigest(draft), figure, trials },
    ...{ rulesVersion: RULES_VERSION, rules, passed: rules.every(({ passed }) => passed) },
  }
  const undated = ({ figure: { readAt: _, ...rest }, ...said }: Checked) => canonicalJson({ ...said, rest })
  if (state.check !== null && undated(state.check) === undated(data)) return alreadySo
  return accept(ClaimChecked.draft(data, at(context)))
}

function approved(
  { approval, policy, log }: Of<'approve'>,
  draft: Drafted,
  { check, approval: before }: ClaimState,
  context: Context,
): Decision {
  const { claim, member } = approval
  if (policy === null || log === null) return reject('approval.no-policy')
  if (check === null) return reject('claim.not-checked', { claim })
  if (!check.passed) return reject('claim.check-failed', { claim, rules: broken(check.rules) })
  if (approval.draft !== draftDigest(draft) || approval.check !== checkDigest(check))
    return reject('claim.other-check', { claim })
  if (lookAlike(member, draft.drafter)) return reject('claim.by-drafter', { claim, member })
  if (!policy.quorum.members.some((one) => one.member === member))
    return reject('approval.not-a-member', { member, version: policy.version })
  if (approval.expires <= context.now) return reject('approval.expired', { member, model: claim })
  if (!isSignedClaim(approval, { log, policy }))
    return reject('approval.bad-signature', { member, model: claim })
  if (before?.member === member && before.expires >= approval.expires) return alreadySo
  return accept(ClaimApproved.draft(approval, at(context)))
}

function disseminated(
  { said, copy, figure, trials }: Of<'disseminate'>,
  draft: Drafted,
  { check, approval, sent, proven, problems }: ClaimState,
  context: Context,
): Decision {
  const { claim } = draft
  if (check === null) return reject('claim.not-checked', { claim })
  if (approval === null || approval.expires <= context.now) return reject('claim.not-approved', { claim })
  const why = staleness(draft, { figure, trials }, check)
  if (why !== null) return reject('claim.stale', { claim, why })
  if (problems.length > 0) return reject('claim.unproven', { claim, problems: problems.join('; ') })
  const hours = (context.now - (proven ?? 0)) / MICROS_PER_HOUR
  if (hours > PROVEN_WITHIN_HOURS)
    return reject('claim.proof-too-old', { claim, hours: Math.floor(hours), most: PROVEN_WITHIN_HOURS })
  const rules = judged('disseminate', factsOf(draft, figure, said.audience))
  if (rules.some(({ passed }) => !passed))
    return reject('claim.not-disseminable', { claim, rules: broken(rules) })
  const data = { ...said, check: checkDigest(check), advertisement: copy.hash, figure, rules }
  const undated = ({ figure: { readAt: _, ...rest }, ...what }: typeof data) =>
    canonicalJson({ ...what, rest })
  if (sent.some((one) => undated(one) === undated(data))) return alreadySo
  return accept(ClaimDisseminated.draft(data, at(context), [copy]))
}
