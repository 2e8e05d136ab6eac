/** A chunk store in a folder for temporary files, for as long as the work takes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChunkFolder } from '../../streams/log/chunks/folder.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'

export async function inFolder<T>(work: (chunks: ChunkStore) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'asof-growth-'))
  try {
    return await work(openChunkFolder(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
