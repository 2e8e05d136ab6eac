/** A state that knows which of its pieces were changed since it was asked last. */
import { type Layout, type Path, type Pieces, type Place, placeOf } from './pieces.ts'

/** What is to be written: `gone` is a path, all pieces at it and below it; then `pieces` are put. */
export type Changes = Readonly<{ gone: readonly Path[]; pieces: Pieces }>

/**
 * Changes are seen by proxies: a fold changes its state in place, and does not say where. What a fold puts into the state is
 * stored bare, so that the state itself holds no proxy.
 */
export class Tracked {
  readonly #layout: Layout
  #state: unknown
  readonly #changed = new Map<Place, Path>()
  /** Where pieces changed with what holds them. */
  readonly #replaced = new Map<Place, Path>()

  constructor(layout: Layout, state: unknown) {
    this.#layout = layout
    this.#state = state
  }

  get state(): unknown {
    return this.#state
  }

  /** @param change is given the state, changes it, and returns it or another one */
  update(change: (state: unknown) => unknown): void {
    const after = bare(change(this.#watched(this.#state, [])))
    const isOther = after !== this.#state
    this.#state = after
    if (isOther) this.#note([])
  }

  /** All of it, where it was never written before. */
  whole(): Changes {
    return { gone: [[]], pieces: this.#layout.piecesOf(this.#state) }
  }

  changes(): Changes {
    const gone = [...this.#replaced.values()]
    const pieces = new Map<Place, string>()
    for (const path of this.#replaced.values())
      for (const [place, text] of this.#layout.below(this.#state, path)) pieces.set(place, text)
    for (const [place, path] of this.#changed) {
      const text = this.#layout.textAt(this.#state, path)
      if (text === null) gone.push(path)
      else pieces.set(place, text)
    }
    return { gone, pieces }
  }

  /** They are written. */
  settle(): void {
    this.#changed.clear()
    this.#replaced.clear()
  }

  #note(path: Path): void {
    const { place, within } = this.#layout.holderOf(this.#state, path)
    this.#changed.set(placeOf(place), place)
    if (within) this.#replaced.set(placeOf(path), path)
  }

  #watched(value: unknown, path: Path): unknown {
    // What an event brought is frozen or nobody's to change.
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
    const proxy: object = new Proxy(value, {
      get: (target, key) => {
        const found: unknown = Reflect.get(target, key)
        return typeof key === 'symbol' ? found : this.#watched(found, [...path, key])
      },
      set: (target, key, given) => {
        const shrinks = Array.isArray(target) && key === 'length' && given < target.length
        const own = bare(given)
        // What a fold puts where it lies already is no change, and what it changed in it was seen.
        if (Object.hasOwn(target, key) && Object.is(Reflect.get(target, key), own)) return true
        Reflect.set(target, key, own)
        this.#note(shrinks ? path : [...path, String(key)])
        return true
      },
      deleteProperty: (target, key) => {
        this.#note([...path, String(key)])
        return Reflect.deleteProperty(target, key)
      },
    })
    BARE.set(proxy, value)
    return proxy
  }
}

const BARE = new WeakMap<object, object>()

/** What a proxy stands for, and a new value with such in it. */
function bare(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const known = BARE.get(value)
  if (known !== undefined) return known
  if (Object.isFrozen(value)) return value
  for (const [key, one] of Object.entries(value)) {
    const own = bare(one)
    if (own !== one) Reflect.set(value, key, own)
  }
  return value
}
