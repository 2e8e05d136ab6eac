/** A lane in the thread of whoever drives it. */

import { REGISTRY } from '../../schemas/registry.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { type Cursor, Pipeline, type PipelineParts } from '../../streams/pipeline.ts'
import type { Processor } from '../../streams/processor.ts'
import { wireLane } from '../wire.ts'
import type { Lane } from './lane.ts'
import type { SlowLane } from './names.ts'

type Parts = Pick<PipelineParts, 'log' | 'believes'> & Readonly<{ chunks: ChunkStore; cursor: Cursor }>

/** The pipeline of a slow lane, that knows nothing yet. */
export function slowPipeline(name: SlowLane, { chunks, ...parts }: Parts): Pipeline {
  const processors = wireLane[name](chunks)
  return new Pipeline({ ...parts, processors, types: typesOf(processors), oneByOne: true })
}

export const laneHere = (pipeline: Pipeline): Lane => ({
  get position() {
    return pipeline.position
  },
  drain: () => pipeline.drain(),
  passed: (position) => pipeline.passed(position),
  close: async () => undefined,
})

/** What processors handle, and what they say. */
function typesOf(processors: readonly Processor[]): readonly string[] {
  const names = new Set(processors.map(({ name }) => name))
  const said = [...REGISTRY.values()].filter(({ saidBy }) => saidBy !== null && names.has(saidBy))
  return [...new Set([...processors.flatMap(({ handles }) => handles), ...said.map(({ type }) => type)])]
}
