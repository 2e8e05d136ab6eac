/** Which key sealed which part of a log: keys change by signed events of the log itself. */
import type { Position } from '../../../schemas/envelope.ts'
import type { DataOf } from '../../../schemas/event.ts'
import { SealKeyRotated } from '../../../schemas/events/access.ts'
import type { Digest } from '../../../schemas/kernel/canonical.ts'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import type { LogReader } from '../port.ts'
import { type NoteSigner, type NoteVerifier, noteVerifier, openNote } from './note.ts'

export type Rotation = DataOf<typeof SealKeyRotated>
export type RotationAt = Readonly<{ position: Position; rotation: Rotation }>

/** What both keys sign. It has four lines, and so is no checkpoint. */
const rotationText = ({ log, from, to, reason }: Omit<Rotation, 'signedByOld' | 'signedByNew'>): string =>
  `asof: another key seals this log\n${log}\n${from}\n${to}\n${JSON.stringify(reason)}\n`

export function signRotation(
  log: Digest,
  keys: { from: NoteSigner; to: NoteSigner },
  reason: string,
): Rotation {
  const said = { log, from: keys.from.verifierKey, to: keys.to.verifierKey, reason }
  const text = rotationText(said)
  return { ...said, signedByOld: keys.from.sign(text), signedByNew: keys.to.sign(text) }
}

/** Whether both keys signed the rotation. */
function isSigned(rotation: Rotation): boolean {
  const text = rotationText(rotation)
  try {
    openNote(`${text}\n${rotation.signedByOld}`, [noteVerifier(rotation.from)])
    openNote(`${text}\n${rotation.signedByNew}`, [noteVerifier(rotation.to)])
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

type Link = Readonly<{ key: string; verifier: NoteVerifier; from: Position; to: Position }>

/** The keys of a log in their order, each with the sizes of tree that it may have signed. */
export class KeyChain {
  readonly #links: Link[]
  /** Rotations that the key in force did not sign: they change nothing. */
  readonly unsound: readonly Position[]

  /** @param key the key of the log where it was never rotated; where it was, one that has to be in the chain */
  constructor(key: string, rotations: readonly RotationAt[]) {
    const first = rotations.find(({ rotation }) => isSigned(rotation))?.rotation.from ?? key
    this.#links = [linkOf(first, 0)]
    const unsound: Position[] = []
    for (const { position, rotation } of rotations) {
      const inForce = this.#links.at(-1)
      if (inForce === undefined || inForce.key !== rotation.from || !isSigned(rotation)) {
        unsound.push(position)
        continue
      }
      // The tree that ends with the rotation is signed by the old key when it is recorded, and then by the new one.
      this.#links.splice(-1, 1, { ...inForce, to: position }, linkOf(rotation.to, position))
    }
    this.unsound = unsound
  }

  /** Those that may have signed a tree of a size; none where `since` is no key of the chain or a later one. */
  verifiersOf(size: number, since?: string): readonly NoteVerifier[] {
    const start = since === undefined ? 0 : this.#links.findIndex(({ key }) => key === since)
    if (start < 0) return []
    return this.#links
      .slice(start)
      .flatMap(({ verifier, from, to }) => (from <= size && size <= to ? [verifier] : []))
  }

  get current(): string {
    return this.#links.at(-1)?.key ?? ''
  }

  get verifiers(): readonly NoteVerifier[] {
    return this.#links.map(({ verifier }) => verifier)
  }
}

const linkOf = (key: string, from: Position): Link => ({
  key,
  verifier: noteVerifier(key),
  from,
  to: Number.POSITIVE_INFINITY,
})

/** All rotations that a log holds. */
export async function rotationsIn(log: Pick<LogReader, 'readAll'>): Promise<RotationAt[]> {
  const found: RotationAt[] = []
  for await (const batch of log.readAll(1, { types: [SealKeyRotated.type] })) {
    for (const event of batch) found.push({ position: event.position, rotation: event.data as Rotation })
  }
  return found
}
