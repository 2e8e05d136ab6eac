/** `asof claim retention`: until when all that claims rest on is kept, over everything that each rests on. */
import { keptUntil } from '../../commands/claim/retention.ts'
import { type ClaimView, claims } from '../../projections/claim/claims.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import type { ChunkRef } from '../../schemas/envelope.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Readable } from '../lineage/ground.ts'
import { closureOf } from './closure.ts'

export type Retained = Readonly<{
  claim: string
  /** When it last went out, as recorded; null where it never did. */
  lastSent: Micros | null
  /** Until the end of this day, at least; null where it never went out. */
  until: string | null
  /** It may still be out: until it is withdrawn, the years have not begun. */
  isOut: boolean
  holds: readonly Readonly<{ hold: string; reason: string; by: string; at: Micros }>[]
  /** What it rests on: events of the log, and chunks with their bytes. */
  events: number
  chunks: number
  bytes: number
}>

/** A chunk that must not be deleted: until the end of a day, and as long as claims are out or held. */
export type Kept = Readonly<{
  hash: string
  format: string
  bytes: number
  until: string | null
  /** Claims that are out or under a hold: no day ends these. */
  open: readonly string[]
  claims: readonly string[]
}>

export type Retention = Readonly<{
  fiscalYearEnd: string
  position: number
  claims: readonly Retained[]
  chunks: readonly Kept[]
}>

/**
 * @param asked.now what is out counts as going out at this moment
 * @throws Refusal `claim.unknown`
 */
export async function retentionOf(
  archive: Readable,
  asked: Readonly<{ claim: string | null; fiscalYearEnd: string; now: Micros }>,
): Promise<Retention> {
  const { log } = archive
  const { state, position } = await foldTo(log, NO_STORE, claims, { confirmed: await archive.confirmed() })
  const { claim: only, fiscalYearEnd } = asked
  if (only !== null && state.claims[only] === undefined) throw refuse('claim.unknown', { claim: only })
  const retained: Retained[] = []
  const kept = new Map<string, Kept>()
  for (const [claim, view] of Object.entries(state.claims)) {
    if (only !== null && claim !== only) continue
    const term = termOf(view, asked)
    const { positions, chunks } = await closureOf(archive, { claim, model: view.model, size: position })
    const bytes = chunks.reduce((sum, ref) => sum + ref.bytes, 0)
    retained.push({ claim, ...term, events: positions.length, chunks: chunks.length, bytes })
    for (const ref of chunks) kept.set(ref.hash, withClaim(kept.get(ref.hash), ref, { claim, ...term }))
  }
  return {
    ...{ fiscalYearEnd, position, claims: retained },
    chunks: [...kept.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1)),
  }
}

type Term = Pick<Retained, 'lastSent' | 'until' | 'isOut' | 'holds'>

/** Whoever put an advertisement up takes it down when it is withdrawn: until then it goes out each day. */
function termOf(
  { disseminated, withdrawn, holds }: ClaimView,
  { fiscalYearEnd, now }: Readonly<{ fiscalYearEnd: string; now: Micros }>,
): Term {
  const lastSent = disseminated.at(-1)?.at ?? null
  const lastOut = lastSent === null ? null : Math.max(lastSent, withdrawn?.at ?? now)
  return {
    ...{ lastSent, until: lastOut === null ? null : keptUntil(lastOut, fiscalYearEnd) },
    ...{ isOut: lastSent !== null && withdrawn === null },
    holds: holds.map(({ hold, reason, by, at }) => ({ hold, reason, by, at })),
  }
}

function withClaim(
  before: Kept | undefined,
  { hash, format, bytes }: ChunkRef,
  { claim, until, isOut, holds }: Term & Readonly<{ claim: string }>,
): Kept {
  const isOpen = isOut || holds.length > 0
  return {
    ...{ hash, format, bytes },
    // Days in ISO 8601 sort as texts do.
    until: [before?.until, until].reduce<string | null>(
      (most, one) => (one && one > (most ?? '') ? one : most),
      null,
    ),
    open: [...(before?.open ?? []), ...(isOpen ? [claim] : [])],
    claims: [...(before?.claims ?? []), claim],
  }
}
