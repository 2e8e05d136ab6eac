/** What capital rests on: allocations, cuts, reviews and halts. */
import { CAPITAL_CHANGES } from '../../schemas/capital-changes.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { Allocated, Reduced, Released, Reviewed } from '../../schemas/events/capital.ts'
import { LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import { Halted, HaltSpread, UnhaltSigned } from '../../schemas/events/halt.ts'
import { LadderBreached, Raised, SteppedDown } from '../../schemas/events/ladder.ts'
import { Promoted, Retired } from '../../schemas/events/model.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import type { Citing } from './reference.ts'
import { AMONG, DECIDED, SIGNED } from './sources.ts'

const policy = (it: Citing): void => void it.latest(DECIDED, PolicySet.type, '')
const MEASURED = [SharpeWatched.type, LossLimitBreached.type, LadderBreached.type]

function cut(it: Citing): void {
  policy(it)
  if (it.column('of') !== it.before) it.one(DECIDED, it.column('of'), MEASURED)
  for (const type of CAPITAL_CHANGES) it.all(DECIDED, type, ({ key }) => it.places.nameOf(key) === it.name)
}

export const CAPITAL_ROWS: Readonly<Record<string, (citing: Citing) => void>> = {
  [Allocated.type](it) {
    for (const type of CAPITAL_CHANGES) it.all(DECIDED, type)
  },
  [Reduced.type]: cut,
  [SteppedDown.type]: cut,
  [LadderBreached.type](it) {
    policy(it)
    it.latest(DECIDED, Promoted.type, it.name)
    it.every(AMONG, OutcomeObserved.type, it.name)
    for (const type of CAPITAL_CHANGES) it.every(AMONG, type, it.name)
  },
  [Raised.type](it) {
    policy(it)
    for (const type of CAPITAL_CHANGES) it.latest(DECIDED, type, it.name)
    it.every(AMONG, OutcomeObserved.type, it.name)
  },
  [Released.type](it) {
    it.latest(DECIDED, Retired.type, it.name)
    it.latest(DECIDED, Allocated.type, it.name)
    for (const { type } of [Reduced, SteppedDown, Reviewed, Raised]) it.latest(DECIDED, type, it.name)
  },
  [Reviewed.type](it) {
    policy(it)
    it.one(SIGNED, it.column('of'), MEASURED)
    it.latest(SIGNED, Reduced.type, it.name)
    it.latest(SIGNED, SteppedDown.type, it.name)
    it.latest(DECIDED, Allocated.type, it.name)
    it.latest(DECIDED, Reviewed.type, it.name)
  },
  [Halted.type](it) {
    policy(it)
    it.latest(DECIDED, Allocated.type, it.name)
    it.every(AMONG, UnhaltSigned.type, it.name)
  },
  [UnhaltSigned.type](it) {
    policy(it)
    it.one(SIGNED, it.column('of'), [Halted.type])
    it.latest(SIGNED, Allocated.type, it.name)
    it.every(AMONG, UnhaltSigned.type, it.name)
  },
  [HaltSpread.type](it) {
    it.one(DECIDED, it.column('of'), [Halted.type])
    it.all(DECIDED, Allocated.type)
  },
}
