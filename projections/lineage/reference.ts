/** What one event says it rests on: parts of series, each with how it rests on them, and whether that is sure. */
import type { Position } from '../../schemas/envelope.ts'
import type { Facts } from './kind.ts'
import type { Place, Places } from './places.ts'

export type Edge = 'read' | 'caused by' | 'decided on' | 'signed'

/**
 * The events `from` to `to` (exclusive) of a series. `exact` is false for an upper bound: what it rests on is among them, and they
 * may not all be.
 */
export type Reference = Readonly<{ edge: Edge; key: string; from: number; to: number; exact: boolean }>

/** A name that leads nowhere: forged, or hidden at the moment that is asked about. */
export type Broken = Readonly<{ edge: Edge; problem: string }>

type How = Readonly<{ edge: Edge; exact?: boolean }>

/** Gathers the references of one event. Each goes to an earlier position, so that no chain of them ever closes. */
export class Citing {
  readonly references: Reference[] = []
  readonly broken: Broken[] = []
  readonly places: Places
  readonly place: Place
  readonly position: Position
  readonly name: string
  readonly facts: Facts
  /** Answers rest on the log up to their cause; what is decided, on the log before it. */
  readonly before: Position

  constructor(places: Places, place: Place) {
    this.places = places
    this.place = place
    this.position = places.positionOf(place)
    this.name = places.nameOf(place.key)
    this.facts = places.facts(this.position)
    const cause = places.series(place.key).cause[place.index]
    this.before = cause > 0 && cause < this.position ? cause : this.position
  }

  column(name: string): number {
    return this.places.series(this.place.key)[name]?.[this.place.index] ?? 0
  }

  fact(name: string): string {
    return String(this.facts[name] ?? '')
  }

  /** The event at a position that it names, which has one of these types. */
  one(how: How, at: Position, types: readonly string[] | null = null): Place | null {
    const found = at < this.position ? this.places.at(at) : null
    if (found !== null && (types === null || types.includes(this.places.typeOf(found.key)))) {
      this.part(how, found.key, [found.index, found.index + 1])
      return found
    }
    const problem =
      at >= this.position
        ? `It names event ${at}, which does not stand before it (${this.position}).`
        : found === null
          ? `It names event ${at}, which is not there, is not sound, or was not known at that moment.`
          : `It names event ${at}, which is ${this.places.typeOf(found.key)} and not ${(types ?? []).join(' or ')}.`
    this.broken.push({ edge: how.edge, problem })
    return null
  }

  /** The last event of a series before it. */
  latest(how: How, type: string, name: string, before = this.before): Place | null {
    const key = this.places.key(type, name)
    const count = this.places.countBefore(key, before)
    if (count === 0) return null
    this.part(how, key, [count - 1, count])
    return { key, index: count - 1 }
  }

  /** All events of a series before it. */
  every(how: How, type: string, name: string, before = this.before): void {
    const key = this.places.key(type, name)
    this.part(how, key, [0, this.places.countBefore(key, before)])
  }

  /** All events of a type before it, whosever they are. */
  all(how: How, type: string, isExact: (place: Place) => boolean = () => false): void {
    for (const key of this.places.keysOf(type)) {
      const count = this.places.countBefore(key, this.before)
      for (let index = 0; index < count; index++)
        this.part({ ...how, exact: isExact({ key, index }) }, key, [index, index + 1])
    }
  }

  /** The last event of a type before it that has this fact. */
  having(how: How, type: string, fact: Readonly<{ name: string; is: string }>): Place | null {
    for (const key of this.places.keysOf(type))
      for (let index = this.places.countBefore(key, this.before) - 1; index >= 0; index--)
        if (this.places.facts(this.places.positionOf({ key, index }))[fact.name] === fact.is) {
          this.part(how, key, [index, index + 1])
          return { key, index }
        }
    this.broken.push({
      edge: how.edge,
      problem: `It names the ${fact.name} ${fact.is}, of which no ${type} tells before it.`,
    })
    return null
  }

  /** Those of the first `count` events of a series whose column is at least, or below, a bound. */
  where(
    how: How,
    key: string,
    {
      count,
      column,
      atLeast,
      below,
    }: Readonly<{ count: number; column: string; atLeast?: number; below?: number }>,
  ): void {
    const values = this.places.series(key)[column] ?? []
    const fits = (index: number): boolean =>
      (atLeast === undefined || values[index] >= atLeast) && (below === undefined || values[index] < below)
    // From behind: what came last is what is asked for, and the rest is passed over in one look.
    const first = atLeast === undefined ? 0 : this.places.firstReaching(key, column, atLeast)
    if (
      atLeast === undefined &&
      below !== undefined &&
      this.places.areBelow(key, column, { count, bound: below })
    ) {
      this.part(how, key, [0, count])
      return
    }
    for (let end = count; end > first; ) {
      if (!fits(end - 1)) {
        end--
        continue
      }
      let from = end - 1
      while (from > first && fits(from - 1)) from--
      this.part(how, key, [from, end])
      end = from
    }
  }

  part({ edge, exact = true }: How, key: string, [from, to]: readonly [number, number]): void {
    if (from < to) this.references.push({ edge, key, from, to, exact })
  }
}
