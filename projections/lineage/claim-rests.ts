/** What a claim's acts rest on: the outcomes that its number is worked out from, the trials, and what was said of it before. */
import { PolicySet } from '../../schemas/events/approval.ts'
import {
  ClaimApproved,
  ClaimChecked,
  ClaimDisseminated,
  ClaimDrafted,
  ClaimHeld,
  ClaimRederived,
  ClaimReleased,
  ClaimWithdrawn,
} from '../../schemas/events/claim.ts'
import { RunFinished } from '../../schemas/events/experiment.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { OutcomeObserved, OutcomesRestated } from '../../schemas/events/prediction.ts'
import type { Citing } from './reference.ts'
import { DECIDED, READ, SIGNED, trials } from './sources.ts'

const policy = (it: Citing): void => void it.latest(DECIDED, PolicySet.type, '')

/** The latest draft, with the outcomes and the trials that its number is worked out from. */
function workedOut(it: Citing): void {
  const drafted = it.latest(DECIDED, ClaimDrafted.type, it.name)
  if (drafted === null) return
  const { model, run } = it.places.facts(it.places.positionOf(drafted))
  it.every(READ, OutcomeObserved.type, String(model ?? ''))
  it.every(READ, OutcomesRestated.type, String(model ?? ''))
  trials(it, String(run ?? ''))
}

export const CLAIM_ROWS: Readonly<Record<string, (citing: Citing) => void>> = {
  [ClaimDrafted.type](it) {
    const model = it.fact('model')
    it.latest(DECIDED, Promoted.type, model)
    it.every(READ, OutcomeObserved.type, model)
    it.every(READ, OutcomesRestated.type, model)
    const run = it.fact('run')
    it.latest(READ, RunFinished.type, run)
    it.latest(DECIDED, ClaimDrafted.type, it.name)
  },
  [ClaimChecked.type](it) {
    policy(it)
    workedOut(it)
  },
  [ClaimApproved.type](it) {
    policy(it)
    it.latest(SIGNED, ClaimChecked.type, it.name)
    it.latest(SIGNED, ClaimDrafted.type, it.name)
  },
  [ClaimDisseminated.type](it) {
    it.latest(DECIDED, ClaimApproved.type, it.name)
    it.latest(DECIDED, ClaimChecked.type, it.name)
    it.latest(DECIDED, ClaimRederived.type, it.name)
    it.latest(DECIDED, ClaimDrafted.type, it.name)
  },
  [ClaimWithdrawn.type]: (it) => void it.latest(DECIDED, ClaimDrafted.type, it.name),
  [ClaimRederived.type](it) {
    it.latest(DECIDED, ClaimChecked.type, it.name)
    it.every(READ, ClaimDisseminated.type, it.name)
    workedOut(it)
  },
  [ClaimHeld.type]: (it) => void it.latest(DECIDED, ClaimDrafted.type, it.name),
  [ClaimReleased.type]: (it) => void it.latest(DECIDED, ClaimHeld.type, it.name),
}
