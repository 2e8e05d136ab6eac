/** When a halt holds, and what ends it: shared by the decision and by every reader, so that a hand-written event gains nothing. */
import type { Position } from './envelope.ts'
import type { DataOf } from './event.ts'
import type { PolicySpec } from './events/approval.ts'
import type { Halted, UnhaltSigned } from './events/halt.ts'
import { canonicalJson, type Digest } from './kernel/canonical.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { lookAlike } from './kernel/look.ts'
import { holds } from './kernel/signature.ts'
import type { Micros } from './kernel/time.ts'
import type { ReviewContext, Standing } from './review.ts'

export const HALT_TYPE = 'application/vnd.asof.halt.v1+json'
export const UNHALT_TYPE = 'application/vnd.asof.unhalt.v1+json'

/** One member stops a model; so many different ones set it going again. */
export const UNHALT_SIGNATURES = 2

export type Halting = DataOf<typeof Halted>
export type Unhalting = DataOf<typeof UnhaltSigned>

/** The exact bytes that are signed: what is said, and the log that it is said in. */
export const haltBody = (statement: Omit<Halting, 'signature'> & { log: Digest }): string =>
  canonicalJson(statement)
export const unhaltBody = (statement: Omit<Unhalting, 'signature'> & { log: Digest }): string =>
  canonicalJson(statement)

/** A halt that holds. */
export type Halt = {
  position: Position
  at: Micros
  member: string
  reason: string
  /** What was signed to end it, in log order. */
  unhalts: Unhalting[]
}

/** What a halt is held against. */
export type HaltContext = ReviewContext &
  Readonly<{
    standing: Standing | undefined
    /** The one that holds for the model by its own name. */
    halt: Halt | undefined
    /** Position at which the latest one ended; 0 where none ever did. */
    ended: Position
  }>

/** What may be used of what is granted: nothing as long as a halt holds, nor of a model that is retired. */
export const usable = ({
  granted,
  haltedBy,
  isRetired,
}: Pick<Standing, 'granted' | 'haltedBy' | 'isRetired'>): number =>
  haltedBy.length > 0 || isRetired ? 0 : granted

/** The first reason why a halt must not be taken, or null where there is none. Any member may stop any model, the author of it too. */
export function haltObjection(halting: Halting, context: HaltContext): Fault | null {
  const { signature, ...said } = halting
  const { model, ended } = said
  if (context.standing === undefined) return fault('capital.nothing-to-halt', { model })
  if (ended !== context.ended) return fault('capital.halt-outdated', { model, ended: context.ended })
  return unsigned(said, context, (log, publicKey) =>
    holds(HALT_TYPE, haltBody({ ...said, log }), { signature, publicKey }),
  )
}

/** The first reason why a signature does not count towards the end of a halt, or null where there is none. */
export function unhaltObjection(unhalting: Unhalting, context: HaltContext): Fault | null {
  const { signature, ...said } = unhalting
  const { model, artifact, member } = said
  const { standing, halt } = context
  if (standing === undefined || halt === undefined) {
    const others = standing?.haltedBy.filter((one) => one !== model) ?? []
    return others.length > 0
      ? fault('capital.halted-with', { model, of: others.join(', ') })
      : fault('capital.not-halted', { model })
  }
  if (said.halt !== halt.position || artifact !== standing.artifact)
    return fault('capital.unhalt-outdated', { model, halt: halt.position })
  if (lookAlike(member, standing.author)) return fault('approval.by-author', { member, model })
  return unsigned(said, context, (log, publicKey) =>
    holds(UNHALT_TYPE, unhaltBody({ ...said, log }), { signature, publicKey }),
  )
}

/** Those whose word to end a halt counts now, each once: members, none of them the author, whose signature holds and has not expired. */
export const unhaltedBy = (context: HaltContext): readonly string[] => [
  ...new Set(
    context.halt?.unhalts.filter((one) => unhaltObjection(one, context) === null).map(({ member }) => member),
  ),
]

type Said = Readonly<{ model: string; member: string; expires: Micros }>

function unsigned(
  { model, member, expires }: Said,
  { policy, log, at }: ReviewContext,
  holdsUnder: (log: Digest, publicKey: string) => boolean,
): Fault | null {
  if (policy === null || log === null) return fault('approval.no-policy')
  const enrolled = enrolledIn(policy, member)
  if (enrolled === undefined) return fault('approval.not-a-member', { member, version: policy.version })
  if (expires <= at) return fault('approval.expired', { member, model })
  return holdsUnder(log, enrolled.publicKey) ? null : fault('approval.bad-signature', { member, model })
}

const enrolledIn = (policy: PolicySpec, member: string) =>
  policy.quorum.members.find((one) => one.member === member)
