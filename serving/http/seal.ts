/** The seal over HTTP, for whoever keeps checkpoints or proves from tiles: c2sp.org/tlog-tiles without the entries. */
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { refuse } from '../../schemas/kernel/fault.ts'
import { NOTE_BYTES, ownBytes, ownText, TILE_BYTES } from '../../streams/log/regular.ts'
import { CHECKPOINT } from '../../streams/log/seal/sealer.ts'
import type { Folder } from '../folder.ts'
import { checkpointIn } from '../sealing.ts'

const TILE = /^\d{1,2}\/(?:x\d{3}\/)*\d{3}(?:\.p\/\d{1,3})?$/

/**
 * A checkpoint tells how long the log is, as `/health` does, and commits to the rest without showing it: the more people keep
 * one, the more it proves, so it needs no token.
 */
const checkpoint = (about: string) =>
  ({ config: { notes: { permission: null, about, gives: 'text/plain' } } }) as const

/** A tile has a hash of each event, by which a guess about one could be confirmed. */
const TILES = {
  config: {
    notes: { permission: 'audit', about: 'A tile of the Merkle tree.', gives: 'application/octet-stream' },
  },
} as const

/** `/api/v1/checkpoint` has tiles; `/api/v1/checkpoint/latest` seals all that is acknowledged, and its tiles come within a minute. */
export function serveSeal(server: FastifyInstance, folder: Folder): void {
  const text = 'text/plain; charset=utf-8'

  server.get('/api/v1/checkpoint', checkpoint('The checkpoint over the tiles.'), async (_, reply) => {
    const path = join(folder.seal, CHECKPOINT)
    const note = ownText(path, NOTE_BYTES) ?? checkpointIn(folder).note
    return reply.type(text).send(note)
  })

  server.get(
    '/api/v1/checkpoint/latest',
    checkpoint('The checkpoint over all that is acknowledged.'),
    async (_, reply) => reply.type(text).send(checkpointIn(folder).note),
  )

  server.get<{ Params: { '*': string } }>('/api/v1/tile/*', TILES, async ({ params }, reply) => {
    const path = join(folder.seal, 'tile', params['*'])
    const bytes = TILE.test(params['*']) ? ownBytes(path, TILE_BYTES) : null
    if (bytes === null) throw refuse('tile.unknown', { tile: params['*'] })
    return reply.type('application/octet-stream').send(bytes)
  })
}
