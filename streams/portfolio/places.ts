/** Names and their places in arrays: a new name gets the next place. */

export class Places {
  readonly names: string[] = []
  readonly #places = new Map<string, number>()

  of(name: string): number {
    const known = this.#places.get(name)
    if (known !== undefined) return known
    const place = this.names.length
    this.#places.set(name, place)
    this.names.push(name)
    return place
  }
}
