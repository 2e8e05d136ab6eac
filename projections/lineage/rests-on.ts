/**
 * What each type of event rests on. One row a type, in the words of the code that makes it: never less than it read, and said to be
 * an upper bound where the log does not tell which of several.
 */
import { PolicySet, Signed } from '../../schemas/events/approval.ts'
import { Reviewed } from '../../schemas/events/capital.ts'
import { DatasetDeclared, RowsArrived, RowsQuarantined, SessionClosed } from '../../schemas/events/data.ts'
import { DriftMeasured, LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import { RunFinished, TrainingSetFrozen, TrainingSetRequested } from '../../schemas/events/experiment.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import { OffsetsMoved, OffsetsTaken } from '../../schemas/events/intake.ts'
import {
  GateReported,
  HoldoutOpened,
  Promoted,
  Retired,
  RolledBack,
  ValidationRequested,
} from '../../schemas/events/model.ts'
import {
  OutcomeObserved,
  OutcomesRestated,
  PredictionMade,
  PredictionServed,
} from '../../schemas/events/prediction.ts'
import { Quarantined, Retried, Waived } from '../../schemas/events/processor.ts'
import { ALARM_ROWS } from './alarm-rests.ts'
import { CAPITAL_ROWS } from './capital-rests.ts'
import { CLAIM_ROWS } from './claim-rests.ts'
import { GRANT_ROWS } from './grant-rests.ts'
import type { Place, Places } from './places.ts'
import { Citing } from './reference.ts'
import { SHADOW_ROWS } from './shadow-rests.ts'
import {
  AMONG,
  capitalOf,
  DECIDED,
  givenBy,
  marked,
  pricesOf,
  READ,
  SIGNED,
  sessionOf,
  setBehind,
  signatures,
  trials,
  valuesOf,
} from './sources.ts'
import { attested, TRACKING_ROWS } from './tracking-rests.ts'
import { splitsOf, TRAINER_ROWS } from './trainer-rests.ts'

/** Its references and those that lead nowhere. */
export function restsOn(places: Places, place: Place): Citing {
  const citing = new Citing(places, place)
  const cause = places.series(place.key).cause[place.index]
  if (cause > 0) citing.one({ edge: 'caused by' }, cause)
  ROWS[places.typeOf(place.key)]?.(citing)
  return citing
}

type Rule = (citing: Citing) => void

const policy: Rule = (it) => it.latest(DECIDED, PolicySet.type, '')
const declared: Rule = (it) => it.latest(READ, DatasetDeclared.type, it.name)

/** The data sets that a feature set reads, its own first. */
function datasetsIn({ dataset, joined }: ReturnType<Citing['places']['facts']>): readonly string[] {
  return [...new Set([dataset ?? '', ...(Array.isArray(joined) ? joined : [])].map(String))]
}

const ROWS: Readonly<Record<string, Rule>> = {
  [RowsArrived.type](it) {
    declared(it)
    if (it.column('judged') === 0) return
    it.every(AMONG, RowsArrived.type, it.name)
    it.every(AMONG, SessionClosed.type, it.name)
  },
  [RowsQuarantined.type]: declared,
  [OffsetsTaken.type]: declared,
  [OffsetsMoved.type]: declared,
  [SessionClosed.type](it) {
    declared(it)
    it.latest(DECIDED, SessionClosed.type, it.name)
    const key = it.places.key(RowsArrived.type, it.name)
    const count = it.places.countBefore(key, it.before)
    it.where(AMONG, key, { count, column: 'lastSession', atLeast: it.column('previous') })
  },
  [SetDefined.type](it) {
    for (const dataset of datasetsIn(it.facts)) it.latest(READ, DatasetDeclared.type, dataset)
  },
  [ValuesComputed.type](it) {
    const [defined = 0] = it.places.series(it.places.key(SetDefined.type, it.name)).position
    if (defined !== it.before) it.latest(READ, SetDefined.type, it.name)
    // A set that is defined takes all that arrived before; a row that arrives, what its windows hold.
    const how = defined === it.before ? READ : AMONG
    const below = it.column('eventTo') + 1
    for (const dataset of datasetsIn(it.places.facts(defined))) {
      it.latest(READ, DatasetDeclared.type, dataset)
      const arrivals = it.places.key(RowsArrived.type, dataset)
      it.where(how, arrivals, {
        count: it.places.countBefore(arrivals, it.before),
        column: 'eventFrom',
        below,
      })
    }
  },
  [TrainingSetRequested.type](it) {
    policy(it)
    it.latest(READ, SetDefined.type, it.fact('set'))
    it.latest(READ, DatasetDeclared.type, it.fact('dataset'))
    it.all(DECIDED, HoldoutOpened.type)
  },
  [TrainingSetFrozen.type](it) {
    const asked = it.places.facts(it.before)
    const set = String(asked.set ?? '')
    const dataset = String(asked.dataset ?? '')
    const to = Number(asked.to ?? Number.MAX_SAFE_INTEGER)
    it.latest(READ, SetDefined.type, set)
    const values = it.places.key(ValuesComputed.type, set)
    it.where(READ, values, {
      count: it.places.countBefore(values, it.before),
      column: 'eventFrom',
      below: to,
    })
    for (const name of pricesOf(it, dataset)) {
      it.latest(READ, DatasetDeclared.type, name)
      const key = it.places.key(RowsArrived.type, name)
      const count = it.places.countBefore(key, it.before)
      it.where(READ, key, { count, column: 'knownFrom', below: to })
      // Which sessions there are follows from every row, whenever it was known.
      it.where(AMONG, key, { count, column: 'eventFrom', below: to })
    }
  },
  [ValidationRequested.type](it) {
    policy(it)
    it.having(DECIDED, RunFinished.type, { name: 'artifact', is: it.fact('artifact') })
  },
  [GateReported.type](it) {
    policy(it)
    it.having(READ, RunFinished.type, { name: 'artifact', is: it.fact('artifact') })
    trials(it, it.fact('run'))
    splitsOf(it, it.fact('run'))
    attested(it)
    it.all(DECIDED, TrainingSetFrozen.type)
    it.all(DECIDED, ValidationRequested.type)
    it.all(DECIDED, HoldoutOpened.type)
    it.all(DECIDED, Promoted.type)
    for (const name of givenBy(it)) {
      it.latest(READ, DatasetDeclared.type, name)
      it.every(READ, RowsArrived.type, name)
    }
  },
  [PolicySet.type]: (it) => it.latest(DECIDED, PolicySet.type, ''),
  [Signed.type](it) {
    policy(it)
    it.having(SIGNED, GateReported.type, { name: 'report', is: it.fact('report') })
  },
  [HoldoutOpened.type](it) {
    policy(it)
    it.having(SIGNED, GateReported.type, { name: 'report', is: it.fact('report') })
    it.having(DECIDED, RunFinished.type, { name: 'artifact', is: it.fact('artifact') })
  },
  [Promoted.type](it) {
    policy(it)
    it.having(DECIDED, GateReported.type, { name: 'report', is: it.fact('report') })
    it.having(DECIDED, RunFinished.type, { name: 'artifact', is: it.fact('artifact') })
    trials(it, it.fact('run'))
    attested(it)
    signatures(it)
    it.all(DECIDED, Promoted.type)
    for (const { type } of [RolledBack, Retired]) it.latest(DECIDED, type, it.name)
  },
  [PredictionMade.type](it) {
    const promotion = it.one(DECIDED, it.column('of'), [Promoted.type])
    const at = sessionOf(it)
    if (promotion === null || at === null) return
    const run = String(it.places.facts(it.places.positionOf(promotion)).run ?? '')
    valuesOf(it, setBehind(it, run), at)
    marked(it, at)
    // A name without a score keeps its target, and weights are the mean of the latest ones.
    it.latest(AMONG, PredictionMade.type, it.name)
    it.latest(AMONG, OutcomeObserved.type, it.name)
  },
  [PredictionServed.type](it) {
    const promotion = it.one(DECIDED, it.column('of'), [Promoted.type])
    if (promotion === null || it.column('readAt') === 0) return
    const run = String(it.places.facts(it.places.positionOf(promotion)).run ?? '')
    const values = it.places.key(ValuesComputed.type, setBehind(it, run))
    const count = it.places.countBefore(values, it.column('readAt') + 1)
    it.where(AMONG, values, { count, column: 'eventFrom', below: it.column('moment') + 1 })
  },
  [OutcomeObserved.type](it) {
    if (it.column('of') > 0) it.one(READ, it.column('of'), [PredictionMade.type])
    capitalOf(it)
    const at = sessionOf(it)
    if (at !== null) marked(it, at)
    // What is held went on from the session before.
    it.latest(AMONG, PredictionMade.type, it.name)
    it.latest(AMONG, OutcomeObserved.type, it.name)
  },
  [OutcomesRestated.type](it) {
    for (const { type } of [PredictionMade, OutcomeObserved, OutcomesRestated])
      it.every(AMONG, type, it.name, it.position)
    const at = sessionOf(it)
    if (at !== null) marked(it, at)
  },
  [DriftMeasured.type](it) {
    const promotion = it.latest(DECIDED, Promoted.type, it.name)
    if (promotion === null) return
    const run = String(it.places.facts(it.places.positionOf(promotion)).run ?? '')
    it.every(AMONG, ValuesComputed.type, setBehind(it, run))
    it.every(AMONG, PredictionMade.type, it.name)
  },
  [SharpeWatched.type](it) {
    const promotion = it.latest(DECIDED, Promoted.type, it.name)
    const key = it.places.key(OutcomeObserved.type, it.name)
    const since = promotion === null ? 0 : it.places.countBefore(key, it.places.positionOf(promotion))
    it.part(READ, key, [since, it.places.countBefore(key, it.before)])
  },
  [LossLimitBreached.type](it) {
    policy(it)
    it.latest(DECIDED, Promoted.type, it.name)
    for (const { type } of [OutcomeObserved, OutcomesRestated, Reviewed]) it.every(AMONG, type, it.name)
  },
  [Quarantined.type]: (it) => void it.one(DECIDED, it.column('of')),
  [Retried.type](it) {
    it.one(DECIDED, it.column('of'))
    it.latest(DECIDED, Quarantined.type, it.name)
  },
  [Waived.type](it) {
    policy(it)
    it.one(SIGNED, it.column('of'))
    it.latest(SIGNED, Quarantined.type, it.name)
  },
  ...CLAIM_ROWS,
  'access.TokenRevoked': (it) => void it.latest(DECIDED, 'access.TokenIssued', it.name),
  'access.PolicySet': (it) => void it.latest(DECIDED, 'access.PolicySet', ''),
  ...ALARM_ROWS,
  ...CAPITAL_ROWS,
  ...GRANT_ROWS,
  ...SHADOW_ROWS,
  ...TRACKING_ROWS,
  ...TRAINER_ROWS,
}
