/** Work of which a few pieces go on at a time, and that ends with the first one that fails. */

/** Begins a piece as soon as fewer than so many go on; `settled` waits for those that are left. */
export class AtOnce {
  readonly #most: number
  readonly #going = new Set<Promise<void>>()
  #failure: Readonly<{ error: unknown }> | null = null

  constructor(most: number) {
    this.#most = most
  }

  /** @throws what an earlier piece failed with */
  async begin(work: () => Promise<void>): Promise<void> {
    while (this.#going.size >= this.#most) await Promise.race(this.#going)
    this.#assertSound()
    const piece = work()
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#going.delete(piece))
    this.#going.add(piece)
  }

  /** Waits for those that go on, whatever becomes of them: after a failure nothing is left at work. */
  async quiet(): Promise<void> {
    await Promise.all(this.#going)
  }

  /** @throws what a piece failed with */
  async settled(): Promise<void> {
    await this.quiet()
    this.#assertSound()
  }

  #assertSound(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}
