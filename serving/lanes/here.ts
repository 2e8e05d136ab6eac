/** A slow lane in the thread of whoever drives it. */
import { Retried } from '../../schemas/events/processor.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { Pipeline, type PipelineParts } from '../../streams/pipeline.ts'
import type { Processor } from '../../streams/processor.ts'
import type { SetAside } from '../../streams/quarantine.ts'
import type { Scorer } from '../../streams/training/models.ts'
import type { Trainer } from '../../streams/training/trainer.ts'
import type { WireLane } from '../wire/load.ts'
import { SteadyLane } from './steady.ts'

type Parts = Omit<PipelineParts, 'processors' | 'types' | 'oneByOne'> &
  Readonly<{
    chunks: ChunkStore
    trainer?: Trainer
    scorer?: Scorer
    setAside: (what: SetAside) => Promise<void>
  }>

/** A slow lane in this thread. @param wire makes its processors */
export const slowLane = (
  wire: WireLane,
  { chunks, trainer, scorer, setAside, ...parts }: Parts,
): SteadyLane =>
  new SteadyLane({
    setAside,
    begin() {
      const processors = wire(chunks, trainer, scorer)
      return new Pipeline({ ...parts, processors, types: typesOf(processors), oneByOne: true })
    },
  })

/** What processors handle, and what they say. */
function typesOf(processors: readonly Processor[]): readonly string[] {
  const names = new Set(processors.map(({ name }) => name))
  const said = [...REGISTRY.values()].filter(({ saidBy }) => saidBy !== null && names.has(saidBy))
  const handled = processors.flatMap(({ handles }) => handles)
  return [...new Set([Retried.type, ...handled, ...said.map(({ type }) => type)])]
}
