/** A platform in memory as whoever reads sees it. */
import { openProjectionStore } from '../../projections/store.ts'
import type { Archive } from '../../serving/archive.ts'
import type { MemoryPlatform } from './memory-platform.ts'

export const archiveOf = ({ log, chunks, folder }: MemoryPlatform): Archive => ({
  ...{ log, chunks, folder, states: openProjectionStore(':memory:') },
  confirmed: async () => (await log.head()).position,
  close: async () => undefined,
})
