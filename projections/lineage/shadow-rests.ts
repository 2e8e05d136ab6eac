/** What the events of challengers in shadow rest on, and of a roll-back to a former model and a retirement. */
import { PolicySet } from '../../schemas/events/approval.ts'
import { RunFinished } from '../../schemas/events/experiment.ts'
import { GateReported, Promoted, Retired, RolledBack } from '../../schemas/events/model.ts'
import { ShadowEnded, ShadowObserved, ShadowPredicted, ShadowStarted } from '../../schemas/events/shadow.ts'
import type { Citing } from './reference.ts'
import { AMONG, DECIDED, marked, READ, SIGNED, sessionOf, setBehind, valuesOf } from './sources.ts'

export const SHADOW_ROWS: Readonly<Record<string, (citing: Citing) => void>> = {
  [ShadowStarted.type](it) {
    it.having(DECIDED, GateReported.type, { name: 'report', is: it.fact('report') })
    it.having(DECIDED, RunFinished.type, { name: 'artifact', is: it.fact('artifact') })
    it.latest(DECIDED, Promoted.type, it.fact('model'))
  },
  [ShadowEnded.type]: (it) => it.latest(DECIDED, ShadowStarted.type, it.name),
  [ShadowPredicted.type](it) {
    it.one(DECIDED, it.column('of'), [ShadowStarted.type])
    it.one(DECIDED, it.column('champion'), [Promoted.type])
    const at = sessionOf(it)
    if (at === null) return
    valuesOf(it, setBehind(it, it.name), at)
    marked(it, at)
    it.latest(AMONG, ShadowPredicted.type, it.name)
    it.latest(AMONG, ShadowObserved.type, it.name)
  },
  [ShadowObserved.type](it) {
    if (it.column('of') > 0) it.one(READ, it.column('of'), [ShadowPredicted.type])
    const at = sessionOf(it)
    if (at !== null) marked(it, at)
    it.latest(AMONG, ShadowPredicted.type, it.name)
    it.latest(AMONG, ShadowObserved.type, it.name)
  },
  [RolledBack.type](it) {
    it.latest(DECIDED, PolicySet.type, '')
    for (const column of ['of', 'former']) it.one(SIGNED, it.column(column), [Promoted.type])
  },
  [Retired.type](it) {
    it.latest(DECIDED, PolicySet.type, '')
    it.one(SIGNED, it.column('of'), [Promoted.type])
  },
}
