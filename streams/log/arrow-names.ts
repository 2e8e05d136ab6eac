/** The names of a chunk as a dictionary of Arrow's, and back. Tables that follow each other mostly have the same names: those are at hand. */
import { Utf8, type Vector, vectorFromArray } from 'apache-arrow'

/** The names that were used last. */
type Known = Readonly<{ names: readonly string[]; dictionary: Vector<Utf8> }>

const RECENT = 8
const recent: Known[] = []

/** Names as a dictionary: of equal names it has equal bytes. */
export function dictionaryOf(names: readonly string[]): Vector<Utf8> {
  const known = used(recent.findIndex((one) => isSame(one.names, names)))
  return known?.dictionary ?? remembered(names, vectorFromArray(names, new Utf8())).dictionary
}

/** The texts of a dictionary. They are decoded again only where the bytes are others than those of names that are at hand. */
export function namesOf(dictionary: Vector | undefined): readonly unknown[] {
  if (dictionary === undefined) return []
  const known = used(recent.findIndex((one) => hasBytes(one.dictionary, dictionary)))
  return known?.names ?? [...dictionary]
}

/** Moves what was used last to the front. */
function used(place: number): Known | undefined {
  if (place > 0) recent.unshift(...recent.splice(place, 1))
  return place < 0 ? undefined : recent[0]
}

function remembered(names: readonly string[], dictionary: Vector<Utf8>): Known {
  const known = { names: [...names], dictionary }
  // Of half a surrogate other bytes are written: from those it never comes back.
  if (!names.every((name) => name.isWellFormed())) return known
  recent.unshift(known)
  recent.length = Math.min(recent.length, RECENT)
  return known
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let place = 0; place < a.length; place++) if (a[place] !== b[place]) return false
  return true
}

/** Whether a dictionary has the very offsets and bytes of one that was made here. */
function hasBytes(made: Vector<Utf8>, other: Vector): boolean {
  const [own, its] = [made.data[0], other.data[0]]
  const { length } = made
  if (length === 0 || other.length !== length || other.data.length !== 1 || its.nullCount > 0) return false
  for (let text = 0; text <= length; text++)
    if (own.valueOffsets[text] !== its.valueOffsets[text]) return false
  const bytes = own.valueOffsets[length]
  return Buffer.compare(own.values.subarray(0, bytes), its.values.subarray(0, bytes)) === 0
}
