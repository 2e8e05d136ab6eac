/** One lane alone: a thread that works it loads the modules of its processors, and of no other's. */
import type { ChunkStore } from '../../streams/log/chunks.ts'
import type { Processor } from '../../streams/processor.ts'
import type { Scorer } from '../../streams/training/models.ts'
import type { Trainer } from '../../streams/training/trainer.ts'
import type { LaneName } from '../lanes/names.ts'

/** Makes a lane's processors, that know nothing yet. Trainer and scorer are the thread itself unless they are given. */
export type WireLane = (chunks: ChunkStore, trainer?: Trainer, scorer?: Scorer) => readonly Processor[]

const LOADS: Readonly<Record<LaneName, () => Promise<WireLane>>> = {
  async live() {
    const { wireLive } = await import('./live.ts')
    return (chunks) => wireLive(chunks).processors
  },
  research: async () => (await import('./research.ts')).wireResearch,
  gate: async () => (await import('./gate.ts')).wireGate,
}

export const loadLane = (lane: LaneName): Promise<WireLane> => LOADS[lane]()
