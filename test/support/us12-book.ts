/** A book of the us12 sample by other code than the platform's: what it earned, from scores or weights in the log and the oracle's marks. */
import type { ChunkRef } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { RunFinished } from '../../schemas/events/experiment.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { columnOf } from '../../schemas/rows.ts'
import type { Platform } from '../../serving/platform.ts'
import { getRows } from '../../streams/log/tables.ts'
import { eventsOf } from './memory-platform.ts'
import type { Mark } from './us12.ts'

type Weights = ReadonlyMap<string, number>

/** A book of the oracle: what is decided in a session is traded at the close of the next and earns from then on. */
class OracleBook {
  held: Weights = new Map()
  #decided: Weights = new Map()

  /** @returns what the weights held earned */
  settle(markOf: (name: string) => Mark): number {
    let gross = 0
    for (const [name, weight] of this.held) gross += weight * markOf(name).earned
    const after = new Map<string, number>()
    for (const name of new Set([...this.held.keys(), ...this.#decided.keys()])) {
      const { earned, state } = markOf(name)
      if (state === 'priced') after.set(name, this.#decided.get(name) ?? 0)
      if (state === 'unpriced') after.set(name, ((this.held.get(name) ?? 0) * (1 + earned)) / (1 + gross))
    }
    this.held = after
    return gross
  }

  decide(weights: Weights): void {
    this.#decided = weights
  }
}

/**
 * Ranks less their mean, as shares of a book of one: half long, half short. A name without a score keeps the target that it
 * had, and the others share what is left.
 */
function oracleTarget(scores: ReadonlyMap<string, number>, before: Weights): Map<string, number> {
  const scored = [...scores].filter(([, score]) => !Number.isNaN(score))
  const tilts = scored.map(([name, score]): [string, number] => {
    const below = scored.filter(([, other]) => other < score).length
    const above = scored.filter(([, other]) => other > score).length
    return [name, (below - above) / 2]
  })
  const all = tilts.reduce((sum, [, tilt]) => sum + Math.abs(tilt), 0)
  const kept = [...before].filter(
    ([name, weight]) => weight !== 0 && Number.isNaN(scores.get(name) ?? Number.NaN),
  )
  const room = Math.max(0, 1 - kept.reduce((sum, [, weight]) => sum + Math.abs(weight), 0))
  return new Map([
    ...kept,
    ...tilts.map(([name, tilt]): [string, number] => [name, all === 0 ? 0 : (tilt / all) * room]),
  ])
}

/** A session's gross return as the log tells it and as the oracle finds it, and what the book held before it. */
export type Told = Readonly<{ session: number; told: number; found: number; held: Weights }>

type MarkOn = (session: number) => (name: string) => Mark
type Parts = Pick<Platform, 'log' | 'chunks'>

/** The held-out sessions of a run, from its scores. @param horizon how many targets are held */
export async function heldOutSessions(
  platform: Parts,
  { run, horizon, markOn }: Readonly<{ run: string; horizon: number; markOn: MarkOn }>,
): Promise<Told[]> {
  const events = await eventsOf(platform.log)
  const finished = events.find((event) => isEvent(RunFinished, event) && event.data.run === run)
  const rowsOf = (ref: ChunkRef) => getRows(platform.chunks, ref)
  const [, scoreRef, dayRef] = finished?.chunks ?? []
  const [scores, days] = [await rowsOf(scoreRef), await rowsOf(dayRef)]
  const scoresAt = new Map<number, Map<string, number>>()
  for (let row = 0; row < scores.length; row++) {
    const own = scoresAt.get(scores.knownAt[row]) ?? new Map<string, number>()
    scoresAt.set(scores.knownAt[row], own)
    own.set(scores.entities[scores.entity[row]], scores.columns[0].values[row])
  }
  const book = new OracleBook()
  let targets: Map<string, number>[] = []
  const [sessions, gross] = ['session', 'gross'].map((name) => [...(columnOf(days, name) ?? [])])
  return sessions.map((session, at) => {
    const held = book.held
    const found = book.settle(markOn(session))
    for (const target of targets)
      for (const name of target.keys()) if (markOn(session)(name).state === 'closed') target.delete(name)
    const decided = oracleTarget(scoresAt.get(days.knownAt[at]) ?? new Map(), targets.at(-1) ?? new Map())
    targets = [...targets, decided].slice(-horizon)
    book.decide(meanOf(targets, horizon))
    return { session, told: gross[at], found, held }
  })
}

function meanOf(targets: readonly Weights[], horizon: number): Map<string, number> {
  const weights = new Map<string, number>()
  for (const target of targets)
    for (const [name, one] of target) weights.set(name, (weights.get(name) ?? 0) + one / horizon)
  return weights
}

/** The live sessions of the one model, from the weights that it decided. */
export async function liveSessions(platform: Pick<Parts, 'log'>, markOn: MarkOn): Promise<Told[]> {
  const book = new OracleBook()
  const found = new Map<number, Omit<Told, 'told'>>()
  const sessions: Told[] = []
  const events = await eventsOf(platform.log)
  for (const event of events)
    if (isEvent(PredictionMade, event)) {
      const { session, rows } = event.data
      const held = book.held
      found.set(session, { session, found: book.settle(markOn(session)), held })
      book.decide(new Map(rows.map(({ entity, weight }) => [entity, weight])))
    }
  for (const event of events) {
    const own = isEvent(OutcomeObserved, event) ? found.get(event.data.session) : undefined
    if (isEvent(OutcomeObserved, event))
      sessions.push({
        session: event.data.session,
        told: event.data.gross,
        found: own?.found ?? Number.NaN,
        held: own?.held ?? new Map(),
      })
  }
  return sessions
}
