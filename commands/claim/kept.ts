/** A claim after it was approved: worked out again night by night, and put under legal holds. */
import { type Checked, checkDigest, type Drafted, draftDigest } from '../../schemas/claim.ts'
import type { Draft } from '../../schemas/envelope.ts'
import {
  ClaimHeld,
  ClaimRederived,
  ClaimReleased,
  type Figure,
  type TrialList,
} from '../../schemas/events/claim.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Context, Decision } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import { factsOf, judged } from './rules.ts'
import { staleness } from './staleness.ts'

/** What was worked out at the head, and what could not be: a copy that is gone, a model that is no longer in force. */
export type Found = Readonly<{
  worked: Readonly<{ figure: Figure; trials: TrialList }> | null
  problems: readonly string[]
}>

type State = Readonly<{
  draft: Drafted | null
  check: Checked | null
  holds: Readonly<Record<string, string>>
}>

const at = ({ now }: Context) => ({ eventTime: now, knownAt: now })

export function rederived(
  { found: { worked, problems } }: Readonly<{ found: Found }>,
  draft: Drafted,
  { check }: State,
  context: Context,
): Decision {
  const { claim } = draft
  if (check === null) return reject('claim.not-checked', { claim })
  const data = {
    ...{ claim, draft: draftDigest(draft), check: checkDigest(check) },
    ...{ figure: worked?.figure ?? null, trials: worked?.trials ?? null },
    problems: [...problems, ...(worked === null ? [] : notFollowing(draft, worked, check))],
  }
  return accept(ClaimRederived.draft(data, at(context)))
}

/** What is stale, and each rule of today that it breaks. That its period was the whole record is of the day on which it was checked. */
function notFollowing(
  draft: Drafted,
  worked: NonNullable<Found['worked']>,
  check: Checked,
): readonly string[] {
  const why = staleness(draft, worked, check)
  const facts = factsOf(draft, { ...worked.figure, wholeRecord: check.figure.wholeRecord })
  const broken = judged('check', facts).filter(({ passed }) => !passed)
  return [
    ...(why === null ? [] : [why]),
    ...broken.map(({ rule, says }) => `it breaks rule ${rule}: ${says}`),
  ]
}

export const rederivedAt = <S extends { proven: Micros | null }>(
  state: S,
  problems: readonly string[],
  when: Micros,
): S => ({ ...state, problems, proven: problems.length === 0 ? when : state.proven })

type Holding = Readonly<{ kind: 'hold' | 'release'; claim: string; hold: string; reason: string }>

/** Whatever became of the claim: a hold counts until somebody releases it. */
export function holding({ kind, ...said }: Holding, { draft, holds }: State, context: Context): Decision {
  const { claim, hold, reason } = said
  if (draft === null) return reject('claim.unknown', { claim })
  const standing = Object.hasOwn(holds, hold) ? holds[hold] : null
  if (kind === 'release') {
    if (standing === null) return reject('claim.no-hold', { claim, hold })
    return accept(ClaimReleased.draft(said, at(context)))
  }
  if (standing === reason) return alreadySo
  if (standing !== null) return reject('claim.held-already', { claim, hold, reason: standing })
  return accept(ClaimHeld.draft(said, at(context)))
}

export function held(holds: State['holds'], event: Draft): State['holds'] {
  if (ClaimHeld.is(event)) return { ...holds, [event.data.hold]: event.data.reason }
  if (!ClaimReleased.is(event)) return holds
  const { [event.data.hold]: _, ...rest } = holds
  return rest
}
