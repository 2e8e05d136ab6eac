/** `asof claim export`: everything that proves a claim, as one archive or a folder, the same bytes whenever it is written from one log. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { claimStream } from '../../schemas/claim.ts'
import type { ChunkRef } from '../../schemas/envelope.ts'
import { canonicalJson, sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { NOTES_BYTES, ownText } from '../../streams/log/regular.ts'
import { readCheckpoint, splitNotes } from '../../streams/log/seal/checkpoint.ts'
import { consistencyProof, inclusionProof, type Proof } from '../../streams/log/seal/proof.ts'
import { CHECKPOINTS } from '../../streams/log/seal/sealer.ts'
import { sameHash } from '../../streams/log/seal/tree.ts'
import type { Readable } from '../lineage/ground.ts'
import { isTaken, putFile, putFolder } from '../put-out.ts'
import { checkpointIn, ownVerifierKey } from '../sealing.ts'
import { archiveOf } from './archive.ts'
import { type Wanted, wantedFor } from './closure.ts'
import { coverOf } from './cover.ts'
import { leavesOf } from './leaves.ts'
import { draftedClaim } from './record.ts'
import { schemasText } from './schemas.ts'
import { type Tree, treeOf } from './tree.ts'
import { verifiers } from './verifiers.ts'

type Asked = Readonly<{ claim: string; to: string; whole: boolean }>

export type Pack = Readonly<{
  claim: string
  /** Events in the pack, and in the log that its checkpoint seals. */
  events: number
  size: number
  chunks: number
  files: number
  /** SHA-256 of the manifest, and of the archive; null where it is a folder. */
  manifest: string
  archive: string | null
}>

const FORMAT = 'asof.claim-pack/1'
/** Earlier checkpoints that the newest is shown to continue: the first, which names the log, and as many of the latest. */
const MOST_CHECKPOINTS = 32

/**
 * @param asked.to a file whose name ends in .zip, or a folder
 * @throws Refusal `claim.unknown`, `claim.folder-taken`, `claim.file-taken`, `claim.archive-too-large`, `claim.not-sealed`, `seal.missing`, `seal.diverged`
 */
export async function exportClaim(archive: Readable, { claim, to, whole }: Asked): Promise<Pack> {
  const isArchive = to.endsWith('.zip')
  if (isArchive && existsSync(to)) throw refuse('claim.file-taken', { file: to })
  if (!isArchive && isTaken(to)) throw refuse('claim.folder-taken', { folder: to })
  const { folder, log, chunks } = archive
  const state = await draftedClaim(log, claim)
  const { note, log: identity } = checkpointIn(folder)
  const { size, root } = readCheckpoint(note)
  const wanted = await wantedFor(archive, { claim, state, size, whole })
  const tree = await treeOf(log, size)
  if (!sameHash(tree.root, root))
    throw refuse('seal.diverged', {
      folder: folder.seal,
      problem: 'its events are not those that were sealed',
    })
  const notes = earlierNotes(ownText(join(folder.seal, CHECKPOINTS), NOTES_BYTES) ?? '', size)
  const schemas = schemasText()
  const pack = {
    ...{ format: FORMAT, claim, log: identity, whole, size, stream: claimStream(claim) },
    replay: {
      commands: ['asof verify --checkpoint checkpoint', `asof replay --to ${size}`],
      root: Buffer.from(root).toString('hex'),
    },
  }
  const files = new Map<string, Uint8Array | string>([
    ['pack.json', `${canonicalJson(pack)}\n`],
    ['schemas.json', schemas],
    ['checkpoint', note],
    ['log.vkey', `${ownVerifierKey(folder) ?? ''}\n`],
    ['checkpoints.json', `${JSON.stringify(notes)}\n`],
    ['consistency.bin', framed(await Promise.all(notes.map((one) => continues(one, tree))))],
    ['events.bin', await leavesOf(folder, wanted.positions, tree)],
    ['proofs.bin', whole ? new Uint8Array(0) : framed(await inclusions(wanted, tree))],
    ['cover.html', coverOf(claim, state, { size, whole, identity })],
    ...verifiers(sha256(schemas)),
  ])
  for (const ref of wanted.chunks) files.set(chunkPath(ref), await chunks.get(ref.hash))
  const manifest = manifestOf(files)
  files.set('MANIFEST', manifest)
  const zip = isArchive ? archiveOf(inBytes(files)) : null
  if (zip === null) putFolder(to, files)
  else await putFile(to, async (part) => writeFileSync(part, zip))
  return {
    ...{ claim, events: wanted.positions.length, size, chunks: wanted.chunks.length },
    ...{ files: files.size, manifest: sha256(manifest) },
    archive: zip === null ? null : sha256(zip),
  }
}

const chunkPath = ({ hash, format }: ChunkRef): string => `chunks/${hash}.${format}`

const inBytes = (files: ReadonlyMap<string, Uint8Array | string>): ReadonlyMap<string, Uint8Array> =>
  new Map([...files].map(([name, one]) => [name, typeof one === 'string' ? Buffer.from(one) : one]))

/** As `sha256sum` writes it, in the order of names. */
const manifestOf = (files: ReadonlyMap<string, Uint8Array | string>): string =>
  [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`)
    .join('')

function earlierNotes(text: string, size: number): readonly string[] {
  const { notes } = splitNotes(text)
  const before = notes.filter((note) => readCheckpoint(note).size <= size)
  return before.length <= MOST_CHECKPOINTS ? before : [before[0], ...before.slice(1 - MOST_CHECKPOINTS)]
}

async function continues(note: string, { size, nodeAt }: Tree): Promise<Proof> {
  const earlier = readCheckpoint(note).size
  return earlier === 0 || earlier === size ? [] : consistencyProof(earlier, size, nodeAt)
}

const inclusions = (wanted: Wanted, { size, nodeAt }: Tree): Promise<readonly Proof[]> =>
  Promise.all(wanted.positions.map((position) => inclusionProof(position - 1, size, nodeAt)))

/** Each proof: how many hashes it has, in a byte, and the hashes. */
const framed = (proofs: readonly Proof[]): Uint8Array =>
  Buffer.concat(proofs.flatMap((proof) => [Buffer.of(proof.length), ...proof]))
