/** Which events and chunks prove a claim: all that it rests on, with the streams that its number and its life stand in, whole. */

import type { ClaimState } from '../../commands/claim/claim.ts'
import { upFrom } from '../../projections/lineage/closure.ts'
import { NO_STORE } from '../../projections/store.ts'
import { claimStream } from '../../schemas/claim.ts'
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import { SealKeyRotated } from '../../schemas/events/access.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { ClaimDisseminated } from '../../schemas/events/claim.ts'
import { RunFinished, RunStarted } from '../../schemas/events/experiment.ts'
import { GateReported } from '../../schemas/events/model.ts'
import { AmendmentOpened, RunOpened } from '../../schemas/events/tracking.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { predictionStream } from '../../streams/inference/processor.ts'
import { groundAt, type Readable } from '../lineage/ground.ts'

export type Wanted = Readonly<{ positions: readonly Position[]; chunks: readonly ChunkRef[] }>

type Asked = Readonly<{
  claim: string
  state: ClaimState & { draft: NonNullable<ClaimState['draft']> }
  /** How many events are sealed. */
  size: number
  whole: boolean
}>

/** What proves a claim, and no more of the chunks than its verifiers read. @throws Refusal `claim.not-sealed` */
export async function wantedFor(archive: Readable, { claim, state, size, whole }: Asked): Promise<Wanted> {
  const { model, figure } = state.draft
  const found = await reachedBy(archive, { claim, model, size })
  if (found === null) throw refuse('claim.not-sealed', { claim, sealed: size, position: figure.readAt })
  const chunks = new Map<string, ChunkRef>()
  for await (const batch of archive.log.readAll(1, { positionAtMost: size, types: TYPES }))
    for (const event of batch) {
      // Trials and policies are never too many, and a reader asks for all of them.
      if (ALWAYS.includes(event.type)) found.add(event.position)
      if (!found.has(event.position) || !isNeeded(event, { claim, ...figure })) continue
      for (const ref of event.chunks) chunks.set(ref.hash, ref)
    }
  const positions = whole
    ? Array.from({ length: size }, (_, index) => index + 1)
    : [...found].sort((a, b) => a - b)
  return { positions, chunks: [...chunks.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1)) }
}

type Reaching = Readonly<{ claim: string; model: string; size: number }>

/** All that a claim rests on: every event, with every chunk that these name. */
export async function closureOf(archive: Readable, asked: Reaching): Promise<Wanted> {
  const found = (await reachedBy(archive, asked)) ?? new Set()
  const chunks = new Map<string, ChunkRef>()
  for await (const batch of archive.log.readAll(1, { positionAtMost: asked.size }))
    for (const event of batch)
      if (found.has(event.position)) for (const ref of event.chunks) chunks.set(ref.hash, ref)
  return { positions: [...found].sort((a, b) => a - b), chunks: [...chunks.values()] }
}

/** The claim's own events and its model's predictions, and what the claim's rest on; null where it has none so far. */
async function reachedBy(archive: Readable, { claim, model, size }: Reaching): Promise<Set<Position> | null> {
  const { log } = archive
  const found = new Set<Position>()
  // A proof asks no store.
  const { places } = await groundAt({ ...archive, states: NO_STORE }, { position: size })
  const own: Position[] = []
  for (const stream of [claimStream(claim), predictionStream(model)])
    for await (const batch of log.readStream(stream))
      for (const event of batch) {
        if (event.position > size) continue
        found.add(event.position)
        if (event.stream === claimStream(claim)) own.push(event.position)
      }
  if (own.length === 0) return null
  const seeds = own.flatMap((position) => places.at(position) ?? [])
  for (const position of upFrom(places, seeds).positions(places)) found.add(position)
  return found
}

const ALWAYS: readonly string[] = [
  ...[SealKeyRotated.type, PolicySet.type],
  ...[RunStarted.type, RunOpened.type, AmendmentOpened.type],
]
const TYPES: readonly string[] = [...ALWAYS, ClaimDisseminated.type, RunFinished.type, GateReported.type]

/** Copies of the advertisement, the files of the run that is claimed of, and the gate's reports on it. */
function isNeeded(
  { type, data }: Readonly<{ type: string; data: unknown }>,
  { claim, run }: Readonly<{ claim: string; run: string }>,
): boolean {
  const said = data as { claim?: string; run?: string }
  return type === ClaimDisseminated.type ? said.claim === claim : said.run === run && !ALWAYS.includes(type)
}
