/** The text of a file as UTF-8 bytes: unpacked if it is packed, brought into UTF-8 if it is of another encoding, hashed as it passes. */
import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { refuse } from '../../schemas/kernel/fault.ts'
import { unzipped } from './zip.ts'

const BLOCK_BYTES = 1 << 20

type Decoder = InstanceType<typeof TextDecoder>

/** @throws Refusal `source.unreadable`, `dataset.format` for an encoding that is not known */
export async function* unpacked(
  path: string,
  { hash, encoding }: Readonly<{ hash: Hash; encoding: string }>,
): AsyncGenerator<Uint8Array> {
  const decode = decoderOf(encoding)
  try {
    for await (const bytes of bytesOf(path, hash)) yield decode === null ? bytes : encoded(decode, bytes)
    if (decode !== null) yield encoded(decode, null)
  } catch (error) {
    throw refuse('source.unreadable', { file: path, why: error instanceof Error ? error.message : 'unknown' })
  }
}

function bytesOf(path: string, hash: Hash): AsyncIterable<Uint8Array> {
  const file = hashed(path, hash)
  const name = path.toLowerCase()
  if (name.endsWith('.zip')) return unzipped(path, file)
  if (!name.endsWith('.gz')) return file
  return pipeline(Readable.from(file), createGunzip({ chunkSize: BLOCK_BYTES }), () => {})
}

async function* hashed(path: string, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const bytes of createReadStream(path, { highWaterMark: BLOCK_BYTES })) {
    hash.update(bytes)
    yield bytes
  }
}

/** UTF-8 is left as it is, so that damaged bytes are found where they stand. */
function decoderOf(encoding: string): Decoder | null {
  try {
    const decoder = new TextDecoder(encoding)
    return decoder.encoding === 'utf-8' ? null : decoder
  } catch {
    throw refuse('dataset.format', {
      key: 'encoding',
      text: encoding,
      problem: 'is not the label of an encoding',
    })
  }
}

const encoded = (decoder: Decoder, bytes: Uint8Array | null): Uint8Array =>
  Buffer.from(bytes === null ? decoder.decode() : decoder.decode(bytes, { stream: true }))
