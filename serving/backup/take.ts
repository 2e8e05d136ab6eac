/** `asof backup`: copies what a platform recorded, while its writer runs or not. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DataOf } from '../../schemas/event.ts'
import type { BackupTaken } from '../../schemas/events/backup.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import type { BackupStore } from '../../streams/log/backup/store.ts'
import { type SealFiles, takeBackup } from '../../streams/log/backup/take.ts'
import { openEmbeddedReader, storeForReading } from '../../streams/log/embedded/open.ts'
import { NOTE_BYTES, NOTES_BYTES, ownBytes, ownText } from '../../streams/log/regular.ts'
import { splitNotes } from '../../streams/log/seal/checkpoint.ts'
import { CHECKPOINTS } from '../../streams/log/seal/sealer.ts'
import { witnessedFolder } from '../../streams/log/witness/kept.ts'
import { openChunks } from '../chunk-store.ts'
import { wallClock } from '../clock.ts'
import type { Folder } from '../folder.ts'
import { checkpointIn, ownVerifierKey, verifiersNow } from '../sealing.ts'

export type TookBackup = Readonly<{
  data: DataOf<typeof BackupTaken>
  /** What lies in the place and is none of this log's. */
  unsound: readonly string[]
}>

type Asked = Readonly<{ full: boolean; progress?: (events: number, of: number) => void }>

/** @throws Refusal as `takeBackup`, `log.missing`, `seal.missing`, and of the store */
export async function backUp(folder: Folder, store: BackupStore, asked: Asked): Promise<TookBackup> {
  const began = performance.now()
  const reader = openEmbeddedReader({ folder: folder.log, registry: REGISTRY })
  const verifiers = await verifiersNow(folder, reader).finally(() => reader.close())
  const seal = sealFilesOf(folder)
  await store.assertFit()
  const log = storeForReading(folder.log)
  try {
    const source = { store: log, chunks: openChunks(folder), seal, verifiers }
    const taken = await takeBackup(source, store, { ...asked, now: wallClock.nowMicros() })
    const { checkpoint, unsound, full, checked, brought, broughtBytes, lockedUntil, manifest } = taken
    const data = {
      ...{ log: seal.log, size: checkpoint.size, root: Buffer.from(checkpoint.root).toString('hex') },
      ...{ manifest, place: store.place, full, checked, brought, broughtBytes, lockedUntil },
      ...{ unsound: unsound.length, millis: Math.round(performance.now() - began) },
    }
    return { data, unsound }
  } finally {
    log.close()
  }
}

/** In this order, so that a writer at work puts nothing into the first that the last does not continue. */
function sealFilesOf(folder: Folder): SealFiles {
  const notes = ownBytes(join(folder.seal, CHECKPOINTS), NOTES_BYTES)
  const witnessed = namesIn(witnessedFolder(folder.seal)).flatMap((name) => {
    const note = ownText(join(witnessedFolder(folder.seal), name), NOTE_BYTES)
    return note === null || !/^[0-9a-f]{8}\.checkpoint$/.test(name) ? [] : [{ name, note }]
  })
  const { note: head, log } = checkpointIn(folder)
  const verifierKey = ownVerifierKey(folder)
  if (notes === null || verifierKey === null)
    throw refuse('seal.missing', {
      folder: folder.log,
      problem: 'its checkpoints or its public key are not there',
    })
  return { log, verifierKey, notes: wholeNotes(notes), witnessed, head }
}

/** A note that a writer is in the middle of adding is left for the next time. */
const wholeNotes = (bytes: Buffer): Buffer => {
  const { notes } = splitNotes(bytes.toString('utf8'))
  return Buffer.from(notes.join(''))
}

function namesIn(path: string): readonly string[] {
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
}
