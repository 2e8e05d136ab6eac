/** What one session learns, as far as it makes a difference to its marks: bars of a minute are hundreds of facts of a name, and one mark. */
import type { PriceFact } from './fact-queue.ts'

export class Learned {
  /** Dividends and splits, in the order in which they became known. */
  readonly #actions: PriceFact[] = []
  /** Of each name the price of the greatest event time, and of one event time what was told last (`Marks`). */
  readonly #prices = new Map<number, PriceFact>()

  static of(facts: readonly PriceFact[]): Learned {
    const learned = new Learned()
    for (const fact of facts) learned.add(fact)
    return learned
  }

  /** Facts are added as they become known. */
  add(fact: PriceFact): void {
    const { place, eventTime, price, dividend, split } = fact
    if (!Number.isNaN(dividend) || split > 0) this.#actions.push({ ...fact, price: Number.NaN })
    if (Number.isNaN(price) || eventTime < (this.#prices.get(place)?.eventTime ?? eventTime)) return
    this.#prices.set(place, { ...fact, dividend: Number.NaN, split: Number.NaN })
  }

  get facts(): readonly PriceFact[] {
    return [...this.#actions, ...this.#prices.values()]
  }
}
