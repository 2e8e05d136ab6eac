/** What several types of event read alike: prices as they are marked, values of a session, trials, capital, signatures. */
import { CAPITAL_CHANGES } from '../../schemas/capital-changes.ts'
import { PolicySet, Signed } from '../../schemas/events/approval.ts'
import { DatasetDeclared, RowsArrived, SessionClosed } from '../../schemas/events/data.ts'
import { RunFailed, RunFinished, RunStarted, TrainingSetRequested } from '../../schemas/events/experiment.ts'
import { ValuesComputed } from '../../schemas/events/feature.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Place } from './places.ts'
import type { Citing } from './reference.ts'

export const READ = { edge: 'read' } as const
export const DECIDED = { edge: 'decided on' } as const
export const SIGNED = { edge: 'signed' } as const
/** An upper bound: what is read is among these. */
export const AMONG = { edge: 'read', exact: false } as const

/** The data sets that a traded one's prices, dividends and splits come from. */
export function pricesOf(it: Citing, dataset: string): readonly string[] {
  const key = it.places.key(DatasetDeclared.type, dataset)
  if (it.places.countBefore(key, it.before) === 0) return [dataset]
  const { actions } = it.places.facts(it.places.positionOf({ key, index: 0 }))
  return actions === '' || actions === undefined ? [dataset] : [dataset, String(actions)]
}

/** The training set request behind a run, by its name; the first set of a name has it. */
export function setBehind(it: Citing, run: string): string {
  const [started] = it.places.series(it.places.key(RunStarted.type, run)).position
  const trainingSet = String(it.places.facts(started ?? 0).trainingSet ?? '')
  const [asked] = it.places.series(it.places.key(TrainingSetRequested.type, trainingSet)).position
  return String(it.places.facts(asked ?? 0).set ?? '')
}

/** Rows of a traded data set as they are marked: those of the session for sure, older ones where a name has no newer price. */
export function marked(it: Citing, { dataset, session, decideAt }: Decided): void {
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

export type Decided = Readonly<{ dataset: string; session: number; previous: number; decideAt: Micros }>

/** The data set and the session that an answer to a closed session is about. */
export function sessionOf(it: Citing): Decided | null {
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
export function valuesOf(it: Citing, set: string, { session, previous }: Decided): void {
  const key = it.places.key(ValuesComputed.type, set)
  const count = it.places.countBefore(key, it.before)
  it.where(READ, key, { count, column: 'eventTo', atLeast: session * MICROS_PER_DAY })
  it.where(AMONG, key, { count, column: 'eventTo', atLeast: (previous - 1) * MICROS_PER_DAY })
}

export function capitalOf(it: Citing): void {
  for (const type of CAPITAL_CHANGES) it.latest(READ, type, it.name)
}

/** Every trial that a verdict may count: those of its family for sure, related ones by a rule, and none that is not among these. */
export function trials(it: Citing, run: string): void {
  const [started] = it.places.series(it.places.key(RunStarted.type, run)).position
  const { family } = it.places.facts(started ?? 0)
  const isOfFamily = ({ key }: Place): boolean => {
    const first = it.places.series(it.places.key(RunStarted.type, it.places.nameOf(key))).position[0]
    return family !== undefined && it.places.facts(first ?? 0).family === family
  }
  for (const { type } of [RunStarted, RunFinished, RunFailed]) it.all(DECIDED, type, isOfFamily)
}

/** The data sets that a policy before it names: one that is not sound never came into force. */
export function givenBy(it: Citing): ReadonlySet<string> {
  const { position } = it.places.series(it.places.key(PolicySet.type, ''))
  const policies = position.filter((one) => one < it.before).map((one) => it.places.facts(one).datasets)
  return new Set(policies.flatMap((datasets) => (Array.isArray(datasets) ? datasets : [])))
}

/** What members said of the file under the model's name: of the report that counts for sure, of another one it may be. */
export function signatures(it: Citing): void {
  const key = it.places.key(Signed.type, it.name)
  const { position } = it.places.series(key)
  for (let index = 0; index < it.places.countBefore(key, it.before); index++) {
    const { artifact, report } = it.places.facts(position[index])
    if (artifact !== it.fact('artifact')) continue
    it.part({ edge: 'decided on', exact: report === it.fact('report') }, key, [index, index + 1])
  }
}
