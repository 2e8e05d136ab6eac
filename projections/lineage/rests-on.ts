/**
 * What each type of event rests on. One row a type, in the words of the code that makes it: never less than it read, and said to be
 * an upper bound where the log does not tell which of several.
 */
import { PolicySet, Signed } from '../../schemas/events/approval.ts'
import { Allocated, Reduced, Reviewed } from '../../schemas/events/capital.ts'
import { DatasetDeclared, RowsArrived, RowsQuarantined, SessionClosed } from '../../schemas/events/data.ts'
import { DriftMeasured, LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import {
  RunFailed,
  RunFinished,
  RunStarted,
  TrainingSetFrozen,
  TrainingSetRequested,
} from '../../schemas/events/experiment.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import { GateReported, HoldoutOpened, Promoted, ValidationRequested } from '../../schemas/events/model.ts'
import { OutcomeObserved, OutcomesRestated, PredictionMade } from '../../schemas/events/prediction.ts'
import { Quarantined, Retried, Waived } from '../../schemas/events/processor.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Place, Places } from './places.ts'
import { Citing } from './reference.ts'

/** Its references and those that lead nowhere. */
export function restsOn(places: Places, place: Place): Citing {
  const citing = new Citing(places, place)
  const cause = places.series(place.key).cause[place.index]
  if (cause > 0) citing.one({ edge: 'caused by' }, cause)
  ROWS[places.typeOf(place.key)]?.(citing)
  return citing
}

const READ = { edge: 'read' } as const
const DECIDED = { edge: 'decided on' } as const
const SIGNED = { edge: 'signed' } as const
/** An upper bound: what is read is among these. */
const AMONG = { edge: 'read', exact: false } as const

type Rule = (citing: Citing) => void

const policy: Rule = (it) => it.latest(DECIDED, PolicySet.type, '')
const declared: Rule = (it) => it.latest(READ, DatasetDeclared.type, it.name)

/** The data sets that a traded one's prices, dividends and splits come from. */
function pricesOf(it: Citing, dataset: string): readonly string[] {
  const key = it.places.key(DatasetDeclared.type, dataset)
  if (it.places.countBefore(key, it.before) === 0) return [dataset]
  const { actions } = it.places.facts(it.places.positionOf({ key, index: 0 }))
  return actions === '' || actions === undefined ? [dataset] : [dataset, String(actions)]
}

/** The training set request behind a run, by its name; the first set of a name has it. */
function setBehind(it: Citing, run: string): string {
  const [started] = it.places.series(it.places.key(RunStarted.type, run)).position
  const trainingSet = String(it.places.facts(started ?? 0).trainingSet ?? '')
  const [asked] = it.places.series(it.places.key(TrainingSetRequested.type, trainingSet)).position
  return String(it.places.facts(asked ?? 0).set ?? '')
}

/** Rows of a traded data set as they are marked: those of the session for sure, older ones where a name has no newer price. */
function marked(it: Citing, { dataset, session, decideAt }: Decided): void {
  for (const name of pricesOf(it, dataset)) {
    const key = it.places.key(RowsArrived.type, name)
    const count = it.places.countBefore(key, it.before)
    const { firstSession = [], lastSession = [], knownFrom = [] } = it.places.series(key)
    for (let index = count - 1; index >= it.places.firstReaching(key, 'lastSession', session); index--)
      if (firstSession[index] <= session && lastSession[index] >= session && knownFrom[index] <= decideAt)
        it.part(READ, key, [index, index + 1])
    it.where(AMONG, key, { count, column: 'knownFrom', below: decideAt + 1 })
  }
}

type Decided = Readonly<{ dataset: string; session: number; previous: number; decideAt: Micros }>

/** The data set and the session that an answer to a closed session is about. */
function sessionOf(it: Citing): Decided | null {
  const place = it.places.at(it.before)
  if (place === null || it.places.typeOf(place.key) !== SessionClosed.type) return null
  const { key, index } = place
  const { session, previous, decideAt } = it.places.series(key)
  return {
    dataset: it.places.nameOf(key),
    session: session[index],
    previous: previous[index],
    decideAt: decideAt[index],
  }
}

/** Values that a session's own rows can stand in: none whose last row is of before the session before it. */
function valuesOf(it: Citing, set: string, { session, previous }: Decided): void {
  const key = it.places.key(ValuesComputed.type, set)
  const count = it.places.countBefore(key, it.before)
  it.where(READ, key, { count, column: 'eventTo', atLeast: session * MICROS_PER_DAY })
  it.where(AMONG, key, { count, column: 'eventTo', atLeast: (previous - 1) * MICROS_PER_DAY })
}

function capitalOf(it: Citing): void {
  for (const { type } of [Allocated, Reduced, Reviewed]) it.latest(READ, type, it.name)
}

/** Every trial that a verdict may count: those of its family for sure, related ones by a rule, and none that is not among these. */
function trials(it: Citing, run: string): void {
  const [started] = it.places.series(it.places.key(RunStarted.type, run)).position
  const { family } = it.places.facts(started ?? 0)
  const isOfFamily = ({ key }: Place): boolean => {
    const first = it.places.series(it.places.key(RunStarted.type, it.places.nameOf(key))).position[0]
    return family !== undefined && it.places.facts(first ?? 0).family === family
  }
  for (const { type } of [RunStarted, RunFinished, RunFailed]) it.all(DECIDED, type, isOfFamily)
}

/** The data sets that a policy before it names: one that is not sound never came into force. */
function givenBy(it: Citing): ReadonlySet<string> {
  const { position } = it.places.series(it.places.key(PolicySet.type, ''))
  const policies = position.filter((one) => one < it.before).map((one) => it.places.facts(one).datasets)
  return new Set(policies.flatMap((datasets) => (Array.isArray(datasets) ? datasets : [])))
}

/** What members said of the file under the model's name: of the report that counts for sure, of another one it may be. */
function signatures(it: Citing): void {
  const key = it.places.key(Signed.type, it.name)
  const { position } = it.places.series(key)
  for (let index = 0; index < it.places.countBefore(key, it.before); index++) {
    const { artifact, report } = it.places.facts(position[index])
    if (artifact !== it.fact('artifact')) continue
    it.part({ edge: 'decided on', exact: report === it.fact('report') }, key, [index, index + 1])
  }
}

const ROWS: Readonly<Record<string, Rule>> = {
  [RowsArrived.type](it) {
    declared(it)
    if (it.column('judged') === 0) return
    it.every(AMONG, RowsArrived.type, it.name)
    it.every(AMONG, SessionClosed.type, it.name)
  },
  [RowsQuarantined.type]: declared,
  [SessionClosed.type](it) {
    declared(it)
    it.latest(DECIDED, SessionClosed.type, it.name)
    const key = it.places.key(RowsArrived.type, it.name)
    const count = it.places.countBefore(key, it.before)
    it.where(AMONG, key, { count, column: 'lastSession', atLeast: it.column('previous') })
  },
  [SetDefined.type]: (it) => it.latest(READ, DatasetDeclared.type, it.fact('dataset')),
  [ValuesComputed.type](it) {
    const [defined = 0] = it.places.series(it.places.key(SetDefined.type, it.name)).position
    if (defined !== it.before) it.latest(READ, SetDefined.type, it.name)
    const dataset = String(it.places.facts(defined).dataset ?? '')
    it.latest(READ, DatasetDeclared.type, dataset)
    // A set that is defined takes all that arrived before; a row that arrives, what its windows hold.
    const how = defined === it.before ? READ : AMONG
    const arrivals = it.places.key(RowsArrived.type, dataset)
    const below = it.column('eventTo') + 1
    it.where(how, arrivals, { count: it.places.countBefore(arrivals, it.before), column: 'eventFrom', below })
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
  [RunStarted.type](it) {
    it.having(READ, TrainingSetFrozen.type, { name: 'hash', is: it.fact('hash') })
  },
  [RunFinished.type]: trained,
  [RunFailed.type]: trained,
  [ValidationRequested.type](it) {
    policy(it)
    it.having(DECIDED, RunFinished.type, { name: 'artifact', is: it.fact('artifact') })
  },
  [GateReported.type](it) {
    policy(it)
    it.having(READ, RunFinished.type, { name: 'artifact', is: it.fact('artifact') })
    trials(it, it.fact('run'))
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
    signatures(it)
    it.all(DECIDED, Promoted.type)
  },
  [Allocated.type](it) {
    for (const { type } of [Allocated, Reduced, Reviewed]) it.all(DECIDED, type)
  },
  [Reduced.type](it) {
    policy(it)
    if (it.column('of') !== it.before)
      it.one(DECIDED, it.column('of'), [SharpeWatched.type, LossLimitBreached.type])
    for (const { type } of [Allocated, Reduced, Reviewed])
      it.all(DECIDED, type, ({ key }) => it.places.nameOf(key) === it.name)
  },
  [Reviewed.type](it) {
    policy(it)
    it.one(SIGNED, it.column('of'), [SharpeWatched.type, LossLimitBreached.type])
    it.latest(SIGNED, Reduced.type, it.name)
    it.latest(DECIDED, Allocated.type, it.name)
    it.latest(DECIDED, Reviewed.type, it.name)
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
  'access.TokenRevoked': (it) => void it.latest(DECIDED, 'access.TokenIssued', it.name),
  'access.PolicySet': (it) => void it.latest(DECIDED, 'access.PolicySet', ''),
}

function trained(it: Citing): void {
  const { hash } = it.places.facts(it.before)
  if (hash !== undefined) it.having(READ, TrainingSetFrozen.type, { name: 'hash', is: String(hash) })
}
