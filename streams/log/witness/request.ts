/** What a witness is asked: an old size, a proof that the new tree continues it, and the new checkpoint. c2sp.org/tlog-witness. */
import { refuse } from '../../../schemas/kernel/fault.ts'
import { strictBase64 } from '../seal/note.ts'
import type { Proof } from '../seal/proof.ts'
import { HASH_BYTES } from '../seal/tree.ts'

export type AddCheckpoint = Readonly<{ old: number; proof: Proof; note: string }>

/** A tree of 2^63 leaves has no longer proof. */
const MOST_HASHES = 63
const OLD = /^old (0|[1-9][0-9]{0,15})$/

export const writeRequest = ({ old, proof, note }: AddCheckpoint): string =>
  `old ${old}\n${proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('')}\n${note}`

/** @throws Refusal `seal.malformed` */
export function readRequest(body: string): AddCheckpoint {
  const malformed = (problem: string) =>
    refuse('seal.malformed', { thing: 'A request to a witness', problem })
  const end = body.indexOf('\n\n')
  if (end < 0) throw malformed('no empty line ends its proof')
  const [first, ...lines] = body.slice(0, end).split('\n')
  const [, old] = OLD.exec(first) ?? []
  if (old === undefined || !Number.isSafeInteger(Number(old)))
    throw malformed('it does not begin with "old SIZE"')
  if (lines.length > MOST_HASHES) throw malformed(`its proof has more than ${MOST_HASHES} hashes`)
  const proof = lines.map((line) => {
    const hash = strictBase64(line)
    if (hash?.length !== HASH_BYTES) throw malformed('a line of its proof is not the base64 of a hash')
    return hash
  })
  return { old: Number(old), proof, note: body.slice(end + 2) }
}
