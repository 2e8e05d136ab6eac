/** Claims worked out again: each that was approved, once a day of the platform's clock, and one whenever somebody asks. */

import type { Found } from '../../commands/claim/kept.ts'
import type { Handled } from '../../commands/handle.ts'
import type { ClaimView } from '../../projections/claim/claims.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Act } from '../act.ts'
import type { Platform } from '../platform.ts'
import { decidedOn } from './acts.ts'
import { draftedClaim, figureNow, trialsOf } from './record.ts'

/** @throws Refusal `claim.unknown`, `claim.not-checked`, `claim.withdrawn` */
export async function rederiveClaim(platform: Platform, name: string, act: Act): Promise<Handled> {
  const { draft, sent } = await draftedClaim(platform.log, name)
  const problems: string[] = []
  const tried = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      problems.push(error.message)
      return null
    }
  }
  // Read whole, and held against its hash.
  for (const { advertisement } of sent) await tried(() => platform.chunks.get(advertisement))
  const worked = await tried(async () => {
    const figure = await figureNow(platform, draft)
    return { figure, trials: trialsOf(platform, figure) }
  })
  const found: Found = { worked, problems }
  return decidedOn(platform, name, () => ({ kind: 'rederive', claim: name, found }), act)
}

const dayOf = (micros: number): number => Math.floor(micros / MICROS_PER_DAY)

const isWatched = ({ status, approvals }: ClaimView): boolean =>
  status !== 'withdrawn' && status !== 'refused' && approvals.length > 0

/**
 * Works out again each claim that was approved and not withdrawn, unless that was done on this day of the platform's clock.
 * @returns how many there were
 */
export async function rederiveDue(platform: Platform, act: Pick<Act, 'actor' | 'once'>): Promise<number> {
  const today = dayOf(platform.moment.nowMicros())
  const due = Object.entries(platform.folds.claims.state().claims).filter(
    ([, view]) => isWatched(view) && (view.rederived === null || dayOf(view.rederived.at) < today),
  )
  for (const [claim] of due)
    await rederiveClaim(platform, claim, { ...act, commandId: `rederive:${claim}:${today}` })
  return due.length
}
