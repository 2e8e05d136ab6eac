/** How producers pack batches: gzip is the client's own, the others are given to it here. */
import kafkajs from 'kafkajs'
import { MOST_UNPACKED_BYTES, registerZstd } from '../../relay/kafka/zstd.ts'
import { unpackLz4 } from '../lz4.ts'
import { unpackSnappy } from './snappy.ts'

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
  CompressionCodecs[CompressionTypes.LZ4] = readOnly('LZ4', (packed) =>
    unpackLz4(packed, MOST_UNPACKED_BYTES),
  )
  CompressionCodecs[CompressionTypes.Snappy] = readOnly('Snappy', (packed) =>
    unpackSnappy(packed, MOST_UNPACKED_BYTES),
  )
  registerZstd()
}
