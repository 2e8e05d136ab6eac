/** What wires it all: which processors there are, in which order; `wire/` has each lane, with what its processors are handed. */
import type { ChunkStore } from '../streams/log/chunks.ts'
import type { Processor } from '../streams/processor.ts'
import { LANES, type LaneName } from './lanes/names.ts'
import { wireGate } from './wire/gate.ts'
import { wireLive } from './wire/live.ts'
import type { WireLane } from './wire/load.ts'
import { wireResearch } from './wire/research.ts'

/** Every lane's. `wire/load.ts` is for whoever works one alone. */
export const wireLane: Readonly<Record<LaneName, WireLane>> = {
  live: (chunks) => wireLive(chunks).processors,
  research: wireResearch,
  gate: wireGate,
}

/** All processors there are, that know nothing yet: a replay takes them along the log side by side. */
export const wireAll = (chunks: ChunkStore): readonly Processor[] =>
  LANES.flatMap((lane) => wireLane[lane](chunks))
