/** An online store in this process: for tests, and the meaning that every other one keeps. */
import type { Entries, OnlineStore, SetHead, SetKey } from './port.ts'

export function openOnlineMemory(): OnlineStore {
  const sets = new Map<string, { head: SetHead; entries: Entries }>()
  const keyOf = ({ name, version }: SetKey) => `${name}@${version}`
  const keyOfHead = ({ set: name, version }: SetHead) => keyOf({ name, version })
  return {
    async replace(head, entries, over) {
      const there = sets.get(keyOfHead(head))
      if (over === 'older' && there !== undefined && there.head.position > head.position) return 'older'
      sets.set(keyOfHead(head), { head, entries: new Map(entries) })
      return 'written'
    },
    async update(head, base, entries) {
      const there = sets.get(keyOfHead(head))
      if (there === undefined) return 'gap'
      if (there.head.position >= head.position) return 'older'
      if (there.head.position < base) return 'gap'
      sets.set(keyOfHead(head), { head, entries: new Map([...there.entries, ...entries]) })
      return 'written'
    },
    async read(set, entities) {
      const there = sets.get(keyOf(set))
      if (there === undefined) return null
      return { head: there.head, entries: entities.map((entity) => there.entries.get(entity) ?? null) }
    },
    all: async (set) => sets.get(keyOf(set)) ?? null,
    close: async () => undefined,
  }
}
