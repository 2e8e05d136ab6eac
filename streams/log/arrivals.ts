/** How a subscription learns that the log may have grown. */

export interface Arrivals {
  /** Answers after something may have been appended, or when `stop` is aborted. */
  next(stop: AbortSignal): Promise<void>
}

/** Rung by the writer of the same process after each commit. */
export class Bell implements Arrivals {
  readonly #waiting = new Set<() => void>()

  ring(): void {
    for (const wake of this.#waiting) wake()
  }

  next(stop: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake)
        stop.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      stop.addEventListener('abort', wake)
    })
  }
}

/** For a reader in another process than the writer: look again after a while. */
export const polling = (everyMillis: number): Arrivals => ({
  next: (stop) =>
    new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        stop.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, everyMillis)
      stop.addEventListener('abort', wake)
    }),
})
