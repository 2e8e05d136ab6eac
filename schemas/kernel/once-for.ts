/** What is worked out of an object that never changes, once for it. */

/** The same work for the same object gives what it gave before, as long as the object is there. */
export function onceFor<K extends object, V>(work: (of: K) => V): (of: K) => V {
  const done = new WeakMap<K, { result: V }>()
  return (of) => {
    const found = done.get(of) ?? { result: work(of) }
    done.set(of, found)
    return found.result
  }
}
