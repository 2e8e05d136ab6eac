/** What is remembered of the models' latest predictions: their figures, and the scores of the last one. */
import type { Position } from '../../schemas/envelope.ts'
import type { EventOf } from '../../schemas/event.ts'
import type { AlertRuleSpec } from '../../schemas/events/monitor.ts'
import type { PredictionMade } from '../../schemas/events/prediction.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Figures } from './arrival-figures.ts'
import { predictionFigures, type Scores, scoresIn } from './prediction-figures.ts'
import { type Learned, learn } from './unusual.ts'

/** As many as the longest history of a rule, and the one that is looked at. */
const MOST_LOOKS = 251

type Look = Readonly<{ position: Position; figures: Figures }>
type Told = { artifact: string; looks: Look[]; scores: Scores }

export class Predictions {
  readonly #models = new Map<string, Told>()

  names = (): Iterable<string> => this.#models.keys()

  /** @returns whether the model has another file than before: of that nothing is known */
  made({ data, position }: EventOf<typeof PredictionMade>): boolean {
    const { model, artifact } = data
    const known = this.#models.get(model)
    const told = known?.artifact === artifact ? known : null
    const scores = scoresIn(data)
    const figures = predictionFigures(data, scores, told?.scores ?? null)
    const looks = [...(told?.looks ?? []), { position, figures }].slice(-MOST_LOOKS)
    this.#models.set(model, { artifact, looks, scores })
    return told === null
  }

  latest = (model: string): Figures => this.#models.get(model)?.looks.at(-1)?.figures ?? {}

  learned(model: string, { history }: AlertRuleSpec): Map<string, Learned> {
    const learned = new Map<string, Learned>()
    const looks = this.#models.get(model)?.looks.slice(0, -1).slice(-history) ?? []
    for (const { position, figures } of looks)
      for (const figure of figures.predictions ?? []) learn(learned, figure, { history, position })
    return learned
  }

  save = (): Memory => this.#models as unknown as Memory

  restore(memory: Memory): void {
    for (const [model, told] of memory as unknown as ReadonlyMap<string, Told>) this.#models.set(model, told)
  }
}
