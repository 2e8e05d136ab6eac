/** The chunks of a data set by the event times that they span: what bears on a day is found without a look at every other. */
import type { ChunkRef } from '../schemas/envelope.ts'
import { firstAtLeast } from '../schemas/kernel/search.ts'
import type { Micros } from '../schemas/kernel/time.ts'

type Span = Pick<ChunkRef, 'eventTimeFrom' | 'eventTimeTo'>
type Arrivals = readonly Readonly<{ chunks: readonly ChunkRef[] }>[]

/** Chunks arrive more or less in the order of their times, so that most blocks of so many hold nothing that is wanted. */
const BLOCK_CHUNKS = 64

type Block = Span & Readonly<{ refs: ChunkRef[] }>

/** For each list of arrivals, which grows, the blocks of those that were seen. */
const KNOWN = new WeakMap<Arrivals, { blocks: Block[]; arrivals: number }>()

/**
 * The chunks in which a row may be about one of some times, in the order in which they arrived.
 * @param times ascending
 */
export function* chunksAbout(arrivals: Arrivals, times: ArrayLike<Micros>): Generator<ChunkRef> {
  const isWanted = ({ eventTimeFrom, eventTimeTo }: Span): boolean =>
    times[firstAtLeast(times, eventTimeFrom)] <= eventTimeTo
  for (const block of blocksOf(arrivals)) {
    if (!isWanted(block)) continue
    for (const ref of block.refs) if (isWanted(ref)) yield ref
  }
}

function blocksOf(arrivals: Arrivals): readonly Block[] {
  const known = KNOWN.get(arrivals) ?? { blocks: [], arrivals: 0 }
  KNOWN.set(arrivals, known)
  for (; known.arrivals < arrivals.length; known.arrivals++)
    for (const ref of arrivals[known.arrivals]?.chunks ?? []) add(known.blocks, ref)
  return known.blocks
}

function add(blocks: Block[], ref: ChunkRef): void {
  const last = blocks.at(-1)
  if (last === undefined || last.refs.length === BLOCK_CHUNKS) {
    blocks.push({ eventTimeFrom: ref.eventTimeFrom, eventTimeTo: ref.eventTimeTo, refs: [ref] })
    return
  }
  last.refs.push(ref)
  blocks[blocks.length - 1] = {
    eventTimeFrom: Math.min(last.eventTimeFrom, ref.eventTimeFrom),
    eventTimeTo: Math.max(last.eventTimeTo, ref.eventTimeTo),
    refs: last.refs,
  }
}
