/** How producers pack batches: gzip is the client's own, the others are given to it here. */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'
import { unpackLz4 } from '../lz4.ts'
import { unpackSnappy } from './snappy.ts'

/** No batch unpacks to more. */
const MOST_BYTES = 256 * 1024 * 1024

let isDone = false

/** Once for a process, since the client has them for a process. */
export function registerCodecs(): void {
  if (isDone) return
  isDone = true
  const { CompressionCodecs, CompressionTypes } = kafkajs
  const readOnly = (name: string, decompress: (packed: Buffer) => Uint8Array) => () => ({
    compress: async () => {
      throw new Error(`batches are not written in ${name}`)
    },
    decompress: async (packed: Buffer) => Buffer.from(decompress(packed)),
  })
  CompressionCodecs[CompressionTypes.LZ4] = readOnly('LZ4', (packed) => unpackLz4(packed, MOST_BYTES))
  CompressionCodecs[CompressionTypes.Snappy] = readOnly('Snappy', (packed) =>
    unpackSnappy(packed, MOST_BYTES),
  )
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => zstdCompressSync(buffer),
    decompress: async (packed: Buffer) => zstdDecompressSync(packed, { maxOutputLength: MOST_BYTES }),
  })
}
