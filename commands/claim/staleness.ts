/** Whether a claim still follows from the log. */
import type { Checked, Drafted } from '../../schemas/claim.ts'
import type { Figure, TrialList } from '../../schemas/events/claim.ts'

type Now = Readonly<{ figure: Figure; trials: TrialList }>

/** Why a claim does not follow from the log as it is now; null where it does. */
export function staleness(draft: Drafted, { figure, trials }: Now, check: Checked): string | null {
  for (const which of ['gross', 'net'] as const) {
    const [was, is] = [draft.figure[which], figure[which]]
    if (draft[which] !== null && was !== is)
      return `its ${which} number was ${was} and is ${is}, with ${figure.restated} of ${figure.sessions} sessions restated`
  }
  if (draft.figure.sessions !== figure.sessions)
    return `its period had ${draft.figure.sessions} sessions and has ${figure.sessions}`
  if (draft.measure === 'held-out-sharpe' && check.trials.digest !== trials.digest)
    return `its family had ${check.trials.started} trials when it was checked and has ${trials.started}`
  return null
}
