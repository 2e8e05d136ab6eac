/** Zstandard for the Kafka client, which has gzip alone: Node's own. */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'

/** No batch unpacks to more. */
export const MOST_UNPACKED_BYTES = 256 * 1024 * 1024

/** For the whole process, since the client has its codecs for that. */
export function registerZstd(): void {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => zstdCompressSync(buffer),
    decompress: async (packed: Buffer) =>
      zstdDecompressSync(packed, { maxOutputLength: MOST_UNPACKED_BYTES }),
  })
}
