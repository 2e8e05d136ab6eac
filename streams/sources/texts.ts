/** What the cells of one column say that no double holds: each distinct text once, by its place. */
import type { Room } from './room.ts'

export class Texts {
  readonly texts: string[] = []
  readonly #places = new Map<string, number>()
  readonly #room: Room
  #characters = 0

  constructor(room: Room) {
    this.#room = room
  }

  /** @throws Refusal `source.too-large` */
  placeOf(text: string): number {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    this.#room.distinct(this.texts.length)
    this.#characters += text.length
    this.#room.names(this.#characters)
    this.#places.set(text, this.texts.length)
    return this.texts.push(text) - 1
  }
}
