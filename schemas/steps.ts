/** The steps of a ladder: the one below, the one above, and what is more than one signature gives. */
import type { LadderRule } from './events/approval.ts'
import { type Fault, fault } from './kernel/fault.ts'

/** The step below a fraction; null where there is none. */
export const stepBelow = ({ steps }: LadderRule, fraction: number): number | null =>
  steps.find((step) => step < fraction) ?? null

/** The most that one signature gives: the step above a fraction. */
export const stepAbove = ({ steps }: LadderRule, fraction: number): number =>
  steps.findLast((step) => step > fraction) ?? Math.max(fraction, steps[0])

/** Why a fraction is more than one signature gives under the policy; null where it is not. */
export function tooFar(
  ladder: LadderRule | null,
  { model, fraction }: Readonly<{ model: string; fraction: number }>,
  granted: number,
): Fault | null {
  if (ladder === null) return null
  const most = stepAbove(ladder, granted)
  return fraction > most ? fault('capital.not-a-step', { model, fraction, most }) : null
}
