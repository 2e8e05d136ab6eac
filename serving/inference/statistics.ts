/** What was answered since the server began, by version of a model, as Triton's clients read it. */
import type { Model } from './port.ts'

/** Counts, and sums of microseconds. */
export type Counts = Readonly<{
  version: string
  /** Requests, and the rows in them. */
  requests: number
  rows: number
  failures: number
  lastMillis: number
  successMicros: number
  failMicros: number
  inputMicros: number
  inferMicros: number
  outputMicros: number
}>

type Timed = Readonly<{ rows: number; begun: number; ready: number; ran: number }>

const NONE: Omit<Counts, 'version'> = {
  requests: 0,
  rows: 0,
  failures: 0,
  lastMillis: 0,
  successMicros: 0,
  failMicros: 0,
  inputMicros: 0,
  inferMicros: 0,
  outputMicros: 0,
}

export class Statistics {
  /** The latest version of each model that was asked. */
  readonly #models = new Map<string, { -readonly [K in keyof Counts]: Counts[K] }>()

  readonly #outcomes = new Map<string, number>()

  /** How often it came to what: `answered`, or the code of a refusal. */
  get outcomes(): ReadonlyMap<string, number> {
    return this.#outcomes
  }

  came(outcome: string): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1)
  }

  answered(model: Model, { rows, begun, ready, ran }: Timed): void {
    const counts = this.#of(model)
    const now = performance.now()
    counts.requests++
    counts.rows += rows
    counts.lastMillis = performance.timeOrigin + now
    counts.successMicros += (now - begun) * 1000
    counts.inputMicros += (ready - begun) * 1000
    counts.inferMicros += (ran - ready) * 1000
    counts.outputMicros += (now - ran) * 1000
  }

  failed(model: Model, begun: number): void {
    const counts = this.#of(model)
    counts.failures++
    counts.failMicros += (performance.now() - begun) * 1000
  }

  /** What is known of a version; zeros where it was never asked. */
  of(name: string, version: string): Counts {
    const counts = this.#models.get(name)
    return counts?.version === version ? counts : { version, ...NONE }
  }

  #of({ live, version }: Model): { -readonly [K in keyof Counts]: Counts[K] } {
    const there = this.#models.get(live.model)
    if (there?.version === version) return there
    const made = { version, ...NONE }
    this.#models.set(live.model, made)
    return made
  }
}
