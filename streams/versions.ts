/** Versions of processors: from where on each one's answers are those of the version that runs now, by the log's signed word. */
import type { Position } from '../schemas/envelope.ts'
import { isEvent } from '../schemas/event.ts'
import { VersionRaised } from '../schemas/events/processor.ts'
import { Refusal, refuse } from '../schemas/kernel/fault.ts'
import { REGISTRY } from '../schemas/registry.ts'
import type { EventLog, LogReader } from './log/port.ts'
import { openCheckpoint, signCheckpoint } from './log/seal/checkpoint.ts'
import { KeyChain, rotationsIn } from './log/seal/keys.ts'
import type { NoteSigner, NoteVerifier } from './log/seal/note.ts'
import { HASH_BYTES, sameHash } from './log/seal/tree.ts'
import type { Processor } from './processor.ts'
import { processorStream } from './quarantine.ts'

export type Raise = Readonly<{
  processor: string
  version: number
  /** All answers before this position were confirmed when the version was raised: an older one said them. */
  from: Position
}>

/** The latest raise of each processor; one without was never raised, and has version 1. */
export type Raises = ReadonlyMap<string, Raise>

/** What the log says of versions, and how it is told of a new one. */
export interface Versions {
  raises(): Promise<Raises>
  raise(raise: Raise): Promise<void>
}

/** A note of this origin is no checkpoint: its last line is the leaf hash of the last event that was confirmed. */
const originOf = ({ processor, version }: Raise): string => `asof.local/log/version/${processor}/${version}`

/**
 * What a log says. A raise that the key in force did not sign says nothing, and neither does one that lowers a version or is
 * about what came after it: an answer that was not confirmed is compared, whatever the log says of versions.
 * @param verifierKey the log's own key
 */
export async function raisesIn(
  log: Pick<LogReader, 'readAll' | 'leaves'>,
  verifierKey: string | null,
): Promise<Raises> {
  const raises = new Map<string, Raise>()
  let chain: KeyChain | null = null
  for await (const batch of log.readAll(1, { types: [VersionRaised.type] }))
    for (const event of batch) {
      if (verifierKey === null || !isEvent(VersionRaised, event)) continue
      chain ??= new KeyChain(verifierKey, await rotationsIn(log))
      const { note, ...raise } = event.data
      const before = raises.get(raise.processor) ?? { version: 1, from: 0 }
      if (raise.version <= before.version || raise.from < before.from || raise.from > event.position) continue
      if (await isSigned(log, { raise, note, by: chain.verifiersOf(event.position - 1) }))
        raises.set(raise.processor, raise)
    }
  return raises
}

async function isSigned(
  log: Pick<LogReader, 'leaves'>,
  { raise, note, by }: Readonly<{ raise: Raise; note: string; by: readonly NoteVerifier[] }>,
): Promise<boolean> {
  try {
    const { origin, size, root } = openCheckpoint(note, by)
    return origin === originOf(raise) && size === raise.from - 1 && sameHash(root, await lastLeaf(log, raise))
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

/** Tells the log that a processor has a greater version from a position on. Doing it twice writes it once. */
export async function raiseVersion(log: EventLog, signer: NoteSigner, raise: Raise): Promise<void> {
  const stream = processorStream(raise.processor)
  const commandId = `version:${raise.processor}:${raise.version}`
  const root = await lastLeaf(log, raise)
  const { note } = signCheckpoint({ origin: originOf(raise), size: raise.from - 1, root }, signer)
  const events = [VersionRaised.draft({ ...raise, note }, await lastTimes(log, raise))]
  const provenance = { commandId, actor: 'asof:version', correlationId: commandId, causationId: null }
  for (;;) {
    const expected = await log.revisionOf(stream)
    if ((await log.append({ stream, expected, events, ...provenance })).ok) return
  }
}

async function lastLeaf(log: Pick<LogReader, 'leaves'>, { from }: Raise): Promise<Uint8Array> {
  if (from > 1) for await (const [leaf] of log.leaves(from - 1)) if (leaf !== undefined) return leaf
  return new Uint8Array(HASH_BYTES)
}

async function lastTimes(log: Pick<LogReader, 'readAll'>, { from }: Raise) {
  for await (const [{ eventTime, knownAt }] of log.readAll(from - 1, { positionAtMost: from - 1 }))
    if (from > 1) return { eventTime, knownAt }
  return { eventTime: 0, knownAt: 0 }
}

/**
 * Tells the log of the versions that were raised, and gives all that count.
 * @param confirmed how far all answers are known to be what follows
 * @throws Refusal `pipeline.older-version`
 */
export async function raisedBy(
  processors: readonly Processor[],
  versions: Versions | null,
  confirmed: Position,
): Promise<Raises> {
  if (versions === null) return new Map()
  const raises = await versions.raises()
  let isRaised = false
  for (const { name: processor, version = 1 } of processors) {
    const said = raises.get(processor)
    const before = said?.version ?? 1
    if (version < before)
      throw refuse('pipeline.older-version', { processor, version, said: before, from: said?.from ?? 1 })
    if (version === before || !SPEAKERS.has(processor)) continue
    await versions.raise({ processor, version, from: confirmed + 1 })
    isRaised = true
  }
  return isRaised ? versions.raises() : raises
}

/** What says nothing has a version for its snapshots alone. */
const SPEAKERS: ReadonlySet<string | null> = new Set([...REGISTRY.values()].map(({ saidBy }) => saidBy))
