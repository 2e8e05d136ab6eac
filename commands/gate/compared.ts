/** What a family is worked out from, over one candidate's sessions: of each trial alone, and of every two, kept while trials come. */
import { Correlations } from '../../streams/statistics/correlations.ts'
import { MIN_OBSERVATIONS } from '../../streams/statistics/measured.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import type { Days } from './days.ts'
import { probabilisticSharpe, trackRecord } from './psr.ts'

/** A trial over the candidate's sessions. */
type Compared = Readonly<{
  /** Net returns; on a session that it was not held out on it held nothing, and earned 0. */
  returns: Float64Array
  /** How many of the sessions it was held out on. */
  shared: number
  /** Per period, over the sessions that it shares; NaN where they are too few, or its returns do not vary. */
  sharpe: number
  /** The chance of a ratio as great as that of all its days where the true one is 0; 1 for one without a ratio. */
  pValue: number
}>

/** A trial is known by its days, which nobody changes. */
export class Comparison {
  readonly sessions: Float64Array
  readonly correlations = new Correlations()
  readonly #compared = new Map<Days, Compared>()

  constructor(sessions: Float64Array) {
    this.sessions = sessions
  }

  of(days: Days): Compared {
    const found = this.#compared.get(days) ?? compare(days, this.sessions)
    this.#compared.set(days, found)
    return found
  }
}

function compare(days: Days, sessions: Float64Array): Compared {
  const earned = new Map(Array.from(days.sessions, (session, k) => [session, days.net[k]]))
  const own = sessions.map((session) => earned.get(session) ?? Number.NaN)
  const shared = own.filter(Number.isFinite)
  return {
    returns: own.map((value) => (Number.isFinite(value) ? value : 0)),
    shared: shared.length,
    sharpe: shared.length < MIN_OBSERVATIONS ? Number.NaN : sharpeOf(shared),
    pValue: pValueOf(days),
  }
}

function pValueOf({ net }: Days): number {
  const record = trackRecord(net)
  const psr = record.kind === 'measured' ? probabilisticSharpe(record.value) : null
  return psr?.kind === 'measured' ? 1 - psr.value.probability : 1
}
