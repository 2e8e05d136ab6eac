/** What a model has decided lately, as its own predictions in the log say: enough to go on from, live or in a replay. */
import type { Position, Recorded } from '../../schemas/envelope.ts'
import type { DataOf, EventOf } from '../../schemas/event.ts'
import { isEvent } from '../../schemas/event.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

type Decided = Readonly<{ position: Position; artifact: string; rows: DataOf<typeof PredictionMade>['rows'] }>

type Memory = { artifact: string; eventTime: Micros; decided: Decided[] }

export class PortfolioMemory {
  readonly #models = new Map<string, Memory>()

  observe(event: Recorded): void {
    if (isEvent(PredictionMade, event)) this.#remember(event)
  }

  #remember({ data, position, eventTime }: EventOf<typeof PredictionMade>): void {
    const before = this.#models.get(data.model)
    const decided = before?.artifact === data.artifact ? before.decided : (before?.decided.slice(-2) ?? [])
    decided.push({ position, artifact: data.artifact, rows: data.rows })
    this.#models.set(data.model, { artifact: data.artifact, eventTime, decided })
  }

  /** The day that was predicted last; -Infinity where none was. */
  latestEventTime(model: string): Micros {
    return this.#models.get(model)?.eventTime ?? Number.NEGATIVE_INFINITY
  }

  /**
   * The targets of the latest days, oldest first, for the entities in the order given. What an earlier model file wanted is
   * none of them: a new one starts flat, as its backtest did.
   */
  targets(
    { model, artifact }: Readonly<{ model: string; artifact: string }>,
    entities: readonly string[],
    days: number,
  ): Float64Array[] {
    const all = this.#models.get(model)?.decided ?? []
    const decided = all.filter((one) => one.artifact === artifact)
    return decided.slice(Math.max(0, decided.length - days)).map((one) => align(one, entities, 'target'))
  }

  /**
   * What was held through the latest day, and what is to be traded at its close: the weights decided two predictions ago
   * and one ago. Undefined before there is a decision to trade.
   */
  held(model: string, entities: readonly string[]) {
    const decided = this.#models.get(model)?.decided ?? []
    const next = decided.at(-1)
    if (next === undefined) return undefined
    const before = decided.at(-2)
    return {
      position: next.position,
      held: before === undefined ? new Float64Array(entities.length) : align(before, entities, 'weight'),
      next: align(next, entities, 'weight'),
    }
  }
}

function align(decided: Decided, entities: readonly string[], what: 'target' | 'weight'): Float64Array {
  const byEntity = new Map(decided.rows.map((row) => [row.entity, row[what]]))
  return Float64Array.from(entities, (entity) => byEntity.get(entity) ?? 0)
}
