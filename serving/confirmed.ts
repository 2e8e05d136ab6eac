/** How far each lane has confirmed the answers that stand in the log, in files that the log's own key signs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Position } from '../schemas/envelope.ts'
import { Refusal, refuse } from '../schemas/kernel/fault.ts'
import type { Cursor } from '../streams/cursor.ts'
import { replaceText } from '../streams/log/files.ts'
import type { EventLog, LogReader } from '../streams/log/port.ts'
import { NOTE_BYTES, ownText } from '../streams/log/regular.ts'
import { openCheckpoint, signCheckpoint } from '../streams/log/seal/checkpoint.ts'
import { type NoteVerifier, noteVerifier } from '../streams/log/seal/note.ts'
import { sameHash } from '../streams/log/seal/tree.ts'
import type { Damage } from '../streams/log/verify/damage.ts'
import type { Folder } from './folder.ts'
import { LANES, type LaneName } from './lanes/names.ts'
import { warn } from './warn.ts'

/** A note of this origin is no checkpoint: its last line is the leaf hash of the event at the position. */
const originOf = (lane: LaneName): string => `asof.local/log/confirmed/${lane}`

const fileOf = (lane: LaneName): string => `lanes/${lane}.position`
const pathIn = (folder: Folder, lane: LaneName): string => join(folder.root, fileOf(lane))

type Place = Readonly<{ folder: Folder; lane: LaneName }>
type Confirmed = Readonly<{ position: Position; leaf: Uint8Array }>

/** What the file says, where a key of the log signed it; null for anything else, whatever it is. */
function confirmedBy({ folder, lane }: Place, verifiers: readonly NoteVerifier[]): Confirmed | null {
  try {
    const text = ownText(pathIn(folder, lane), NOTE_BYTES)
    if (text === null) return null
    const { origin, size, root } = openCheckpoint(text, verifiers)
    return origin === originOf(lane) ? { position: size, leaf: root } : null
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

/**
 * The confirmed position; null where nothing that can be trusted says one.
 * @throws Refusal `seal.diverged` for a log that lost or changed the event that was confirmed
 */
export async function confirmedPosition(
  place: Place,
  log: LogReader,
  verifiers: readonly NoteVerifier[],
): Promise<Position | null> {
  const confirmed = confirmedBy(place, verifiers)
  if (confirmed === null) return null
  const { position, leaf } = confirmed
  const head = (await log.head()).position
  const diverged = (problem: string) => refuse('seal.diverged', { folder: place.folder.log, problem })
  if (position > head) throw diverged(beyond(place.lane, position, head))
  if (position === 0) return 0
  for await (const [found] of log.leaves(position)) {
    if (found !== undefined && sameHash(found, leaf)) return position
    throw diverged(`event ${position} is not the one up to which all was confirmed`)
  }
  return null
}

const beyond = (lane: LaneName, position: Position, head: Position): string =>
  `${fileOf(lane)} was confirmed up to event ${position}, and the log has ${head}: events were lost`

/** A lane's cursor. One that the log's key did not sign is not believed: all is derived again, and compared. */
export function confirmedCursor(folder: Folder, log: EventLog, lane: LaneName): Cursor {
  const { seal } = log
  const place = { folder, lane }
  return {
    async load() {
      if (seal === null) return 0
      const position = await confirmedPosition(place, log, [noteVerifier(seal.signer.verifierKey)])
      if (position === null && existsSync(pathIn(folder, lane)))
        warn(
          `${fileOf(lane)} is not what the key of the log signed. All that the lane derived is derived again and compared.`,
        )
      return position ?? 0
    },
    ...putOff((position) => confirm(place, log, position)),
  }
}

/** A place that is stale costs a second of work; a file that is replaced with each event costs milliseconds each time. */
const EVERY_MILLIS = 1_000

/** Saves now and then: at once where the last time is long ago, else when it is. */
function putOff(save: (position: Position) => Promise<void>): Required<Pick<Cursor, 'save' | 'flush'>> {
  let savedAt = Number.NEGATIVE_INFINITY
  let waiting: { position: Position; timer: NodeJS.Timeout } | null = null
  const flush = async (): Promise<void> => {
    if (waiting === null) return
    const { position, timer } = waiting
    clearTimeout(timer)
    waiting = null
    savedAt = performance.now()
    await save(position)
  }
  const later = (): void => {
    flush().catch((error) => warn(`How far a lane has got is not written down: ${String(error)}`))
  }
  return {
    flush,
    async save(position) {
      const timer = waiting?.timer ?? setTimeout(later, EVERY_MILLIS).unref()
      waiting = { position, timer }
      if (performance.now() - savedAt >= EVERY_MILLIS) await flush()
    },
  }
}

/** Signs that all answers of a lane up to a position are those that follow. */
export async function confirm({ folder, lane }: Place, log: EventLog, position: Position): Promise<void> {
  if (log.seal === null || position === 0) return
  // A place beyond what a power cut leaves of the log would tell of events that were lost.
  await log.durable()
  for await (const [root] of log.leaves(position)) {
    if (root === undefined) return
    const { note } = signCheckpoint({ origin: originOf(lane), size: position, root }, log.seal.signer)
    replaceText(pathIn(folder, lane), note)
    return
  }
}

/**
 * What the files say to whoever has the public key alone: that the log once had more events, or that they were changed. They are
 * read at once, and compared with the events that are counted later: a writer may be at work in between.
 */
export function cursorWitness(
  folder: Folder,
  verifiers: readonly NoteVerifier[],
): (events: number) => readonly Damage[] {
  const witnesses = LANES.map((lane) => laneWitness({ folder, lane }, verifiers))
  return (events) => witnesses.flatMap((witness) => witness(events))
}

function laneWitness(
  { folder, lane }: Place,
  verifiers: readonly NoteVerifier[],
): (events: number) => readonly Damage[] {
  const place = `file ${fileOf(lane)}`
  let text: string | null
  try {
    text = ownText(pathIn(folder, lane), NOTE_BYTES)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { message } = error
    return () => [{ kind: 'storage', place, problem: message }]
  }
  if (text === null) return () => []
  const position = confirmedBy({ folder, lane }, verifiers)?.position
  return (events) => {
    if (position !== undefined && position <= events) return []
    const problem = position === undefined ? UNSIGNED : beyond(lane, position, events)
    return [{ kind: 'storage', place, problem }]
  }
}

const UNSIGNED =
  'it is not what the key of the log signed; all that was derived is derived again when the log is next opened'
