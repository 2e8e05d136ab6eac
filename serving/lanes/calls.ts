/** What a lane in a thread of its own and its platform ask of each other. */
import { type BirpcReturn, createBirpc } from 'birpc'
import type { AppendBatch, Position } from '../../schemas/envelope.ts'
import { type Fault, Refusal } from '../../schemas/kernel/fault.ts'
import type { Result } from '../../schemas/kernel/result.ts'
import type { AppendConflict, Appended } from '../../streams/log/port.ts'
import type { Expected } from '../../streams/processor.ts'
import type { SetAside } from '../../streams/quarantine.ts'
import type { Due } from '../../streams/snapshot.ts'
import type { Raise } from '../../streams/versions.ts'
import type { Answer as OtherAnswer } from './belief.ts'
import type { SlowLane } from './names.ts'
import type { SnapshotKey } from './snapshots.ts'

/** An answer, or the fault that it was refused with: an error loses its fault on the way between threads. */
export type Answer<T> = Readonly<{ value: T } | { refused: Fault }>

/** What the platform does for a lane: it alone writes. */
export type PlatformCalls = {
  append(batch: AppendBatch): Promise<Answer<Result<Appended, AppendConflict>>>
  loadCursor(): Promise<Answer<Position>>
  saveCursor(position: Position): Promise<Answer<void>>
  believes(answer: OtherAnswer): Promise<Answer<boolean>>
  setAside(what: SetAside): Promise<Answer<void>>
  snapshotKey(): Promise<Omit<SnapshotKey, 'sign'> | null>
  raiseVersion(raise: Raise): Promise<Answer<void>>
  signSnapshot(position: Position, root: Uint8Array): Promise<string>
  /** Tells how far the lane has got. */
  reached(position: Position): void
}

/** What a lane does for its platform. */
export type LaneCalls = {
  drain(): Promise<Answer<Position>>
  passed(position: Position): Promise<Answer<void>>
  expect(events: readonly Expected[]): void
  /** Keeps what it knows, and lets go of the log. */
  close(): Promise<void>
}

/** What a thread is started with. */
export type LaneData = Readonly<{
  path: string
  lane: SlowLane
  due?: Due | undefined
  /** Where it says what it is at. */
  whereabouts: SharedArrayBuffer
}>

type Port = Readonly<{
  postMessage: (message: unknown) => void
  on: (event: 'message', listener: (message: unknown) => void) => unknown
}>

/** Calls over a port; an answer may take as long as it takes. */
export const callsOver = <Theirs extends object, Ours extends object>(
  port: Port,
  ours: Ours,
): BirpcReturn<Theirs, Ours> =>
  createBirpc<Theirs, Ours>(ours, {
    post: (message) => port.postMessage(message),
    on: (listen) => {
      port.on('message', listen)
    },
    timeout: -1,
  })

/** @throws whatever is no refusal */
export async function answerOf<T>(work: Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await work }
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.fault }
    throw error
  }
}

/** @throws Refusal */
export async function unwrapped<T>(answer: Promise<Answer<T>>): Promise<T> {
  const answered = await answer
  if ('refused' in answered) throw new Refusal(answered.refused)
  return answered.value
}
