/** Where everything of one platform lies on disk. Only `log/` and `chunks/` hold facts; the rest can be made again. */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

export type Folder = Readonly<{
  root: string
  log: string
  chunks: string
  /** Tiles and checkpoints of the Merkle seal. */
  seal: string
  keys: string
  /** How far each lane has confirmed its answers. */
  lanes: string
  projections: string
}>

export const DEFAULT_FOLDER = '.asof'

export function folderAt(path: string): Folder {
  const root = resolve(path)
  return {
    root,
    log: join(root, 'log'),
    chunks: join(root, 'chunks'),
    seal: join(root, 'seal'),
    keys: join(root, 'keys'),
    lanes: join(root, 'lanes'),
    projections: join(root, 'projections.db'),
  }
}

export function makeFolders(folder: Folder): void {
  for (const path of [folder.log, folder.chunks, folder.seal, folder.lanes])
    mkdirSync(path, { recursive: true })
  mkdirSync(folder.keys, { recursive: true, mode: 0o700 })
}
