/** `asof artifact`: the file of a run, with an OpenSSF Model Signing bundle over it, in a folder that the stock verifier checks. */
import { createPublicKey } from 'node:crypto'
import type { DataOf } from '../../schemas/event.ts'
import { isEvent } from '../../schemas/event.ts'
import { RunFinished } from '../../schemas/events/experiment.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Archive } from '../archive.ts'
import { isTaken, putFolder } from '../put-out.ts'
import { identityIn, ownNoteSigner } from '../sealing.ts'
import { artifactKey, endorsement } from './key.ts'
import { bundleOver, SIGNATURE_FILE } from './model-signing.ts'

export type Put = Readonly<{ run: string; artifact: string; folder: string; files: readonly string[] }>

/**
 * @param asked.artifact a run by its name, or the first digits of the SHA-256 of its file
 * @throws Refusal `export.folder-taken`, `artifact.unknown`, `seal.missing`, `key.malformed`, `chunk.missing`, `chunk.damaged`
 */
export async function putArtifact(
  archive: Pick<Archive, 'folder' | 'log' | 'chunks'>,
  { artifact: asked, to }: Readonly<{ artifact: string; to: string }>,
): Promise<Put> {
  if (isTaken(to)) throw refuse('export.folder-taken', { folder: to })
  const { folder, chunks } = archive
  const { run, artifact } = await runOf(archive, asked)
  const log = identityIn(folder)
  if (log === null) throw refuse('seal.missing', { folder: folder.seal })
  const key = artifactKey(folder.keys)
  const files = new Map<string, Uint8Array>([
    ['model.onnx', await chunks.get(artifact)],
    ['artifact-key.pem', Buffer.from(createPublicKey(key).export({ type: 'spki', format: 'pem' }))],
    ['artifact-key.note', Buffer.from(endorsement(log, key, ownNoteSigner(folder)))],
  ])
  const bundle = bundleOver(run, files, key)
  putFolder(to, [...files, [SIGNATURE_FILE, bundle]])
  return { run, artifact, folder: to, files: [...files.keys(), SIGNATURE_FILE] }
}

/** At least 8 digits of a SHA-256. */
const HASH = /^[0-9a-f]{8,64}$/

async function runOf({ log }: Pick<Archive, 'log'>, asked: string): Promise<DataOf<typeof RunFinished>> {
  let found: DataOf<typeof RunFinished> | null = null
  for await (const batch of log.readAll(1, { types: [RunFinished.type] }))
    for (const event of batch) {
      if (!isEvent(RunFinished, event)) continue
      const { run, artifact } = event.data
      if (run === asked || (HASH.test(asked) && artifact.startsWith(asked))) found = event.data
    }
  if (found === null) throw refuse('artifact.unknown', { artifact: asked })
  return found
}
