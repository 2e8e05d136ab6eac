/** What alarms rest on, and what people do about them. */
import { DatasetDeclared, RowsArrived } from '../../schemas/events/data.ts'
import { Promoted } from '../../schemas/events/model.ts'
import {
  AlarmAccepted,
  AlarmAcknowledged,
  AlarmRaised,
  AlarmResolved,
  AlarmSnoozed,
  AlertRuleDeclared,
  AlertRuleRetired,
  DeadlinePassed,
} from '../../schemas/events/monitor.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import type { Citing } from './reference.ts'
import { AMONG, DECIDED, READ } from './sources.ts'

const raised = (it: Citing): void => it.every(AMONG, AlarmRaised.type, it.name, it.position)
const rule = (it: Citing): void => void it.latest(DECIDED, AlertRuleDeclared.type, it.name)

/** What there is to watch shares the rule's budget: the first event of each thing tells that it is there. */
function shared(it: Citing): void {
  for (const { type } of [RowsArrived, PredictionMade])
    for (const key of it.places.keysOf(type))
      if (it.places.countBefore(key, it.before + 1) > 0) it.part(AMONG, key, [0, 1])
}

export const ALARM_ROWS: Readonly<Record<string, (citing: Citing) => void>> = {
  [AlertRuleDeclared.type]: rule,
  [AlertRuleRetired.type]: rule,
  [AlarmRaised.type](it) {
    rule(it)
    for (const position of it.places.facts(it.position).restsOn as readonly string[])
      it.one(READ, Number(position))
    it.latest(READ, DatasetDeclared.type, it.fact('thing'))
    it.latest(DECIDED, Promoted.type, it.fact('thing'))
    it.every(AMONG, AlarmAccepted.type, it.name)
    shared(it)
  },
  [AlarmResolved.type](it) {
    rule(it)
    raised(it)
    shared(it)
  },
  [AlarmAcknowledged.type]: raised,
  [AlarmSnoozed.type]: raised,
  [AlarmAccepted.type]: raised,
  [DeadlinePassed.type](it) {
    rule(it)
    it.one(READ, it.column('of'), [RowsArrived.type])
  },
}
