/** Whom a halt holds for besides the model that was halted: other names of its file at once, and its kin when it is promoted. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { type DataOf, isEvent } from '../../schemas/event.ts'
import { Halted, HaltSpread, UnhaltSigned } from '../../schemas/events/halt.ts'
import type { Halt } from '../../schemas/halt.ts'
import type { Standing } from '../../schemas/review.ts'

/** What the capital view says of halts. */
export type Halts = Readonly<{
  /** Those that hold, by the model that was halted. */
  halts: Readonly<Record<string, Pick<Halt, 'position'>>>
  /** Where the latest halt of a model ended. */
  ended: Readonly<Record<string, Position>>
  /** The models whose halt holds for one. */
  haltedBy: Readonly<Record<string, readonly string[]>>
}>

type Spread = DataOf<typeof HaltSpread>

/** For the other names of the file that was halted, and of all who stood still with it once it is set going again. */
export function spreadBy(event: Recorded, held: Halts, otherNames: (model: string) => readonly string[]) {
  if (isEvent(Halted, event)) {
    const { model: of } = event.data
    // A halt that its signature does not bear out holds nobody.
    if (held.halts[of]?.position !== event.position) return []
    return otherNames(of).map((model): Spread => ({ model, of, halt: event.position, halted: true }))
  }
  if (!isEvent(UnhaltSigned, event)) return []
  const { model: of, halt } = event.data
  if (held.ended[of] !== event.position) return []
  return Object.keys(held.haltedBy)
    .filter((model) => held.haltedBy[model].includes(of))
    .sort()
    .map((model): Spread => ({ model, of, halt, halted: false }))
}

/** Before a model is allocated anything: the halts of its kin that do not hold for it yet. */
export function inherited(model: string, kin: readonly Standing[], { halts, haltedBy }: Halts) {
  const there = haltedBy[model] ?? []
  const origins = new Set(kin.flatMap((one) => one.haltedBy).filter((of) => !there.includes(of)))
  return [...origins].sort().flatMap((of): readonly Spread[] => {
    const { position: halt } = halts[of] ?? {}
    return halt === undefined ? [] : [{ model, of, halt, halted: true }]
  })
}

export const drafted = (data: Spread, { eventTime, knownAt }: Pick<Recorded, 'eventTime' | 'knownAt'>) =>
  HaltSpread.draft(data, { eventTime, knownAt })
