/**
 * Arrays for values that nothing but their own row needs: all histories share them, and what stands there is gone once it was told. So
 * most of a large set stays in the processor's cache, and out of memory.
 */
import type { Series } from './series.ts'

export class Lent {
  readonly #slots: readonly number[]
  #arrays: readonly Float64Array[] = []
  #room = 0

  constructor(slots: readonly number[]) {
    this.#slots = slots
  }

  /**
   * Makes room for so many rows: larger arrays take the place of those that were lent before.
   * @param borrowers who may have those: they give them back, since nothing tells them from arrays of their own afterwards
   */
  reserve(rows: number, borrowers: readonly Series[] = []): void {
    if (rows <= this.#room) return
    for (const series of borrowers) this.takeBack(series)
    this.#room = 2 * rows
    this.#arrays = this.#slots.map(() => new Float64Array(this.#room))
  }

  /** Has the values of the slots stand in the shared arrays: what the history held of them itself is let go. */
  to({ values, heldFrom, heldTo }: Series): void {
    const [slots, arrays] = [this.#slots, this.#arrays]
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]
      if (values[slot] === arrays[i]) continue
      values[slot] = arrays[i]
      heldFrom[slot] = 0
      heldTo[slot] = 0
    }
  }

  /** Nothing of the shared arrays is held. */
  forget({ heldFrom, heldTo }: Series): void {
    for (const slot of this.#slots) {
      heldFrom[slot] = 0
      heldTo[slot] = 0
    }
  }

  /** The history has arrays of its own from now on, once it needs them. */
  takeBack(series: Series): void {
    const [slots, arrays] = [this.#slots, this.#arrays]
    for (let i = 0; i < slots.length; i++) if (series.values[slots[i]] === arrays[i]) series.empty(slots[i])
  }
}
