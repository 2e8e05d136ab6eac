/** Whether an event of the log is what was derived again. */
import type { Draft, Recorded, StreamName } from '../schemas/envelope.ts'
import { assert } from '../schemas/kernel/assert.ts'
import { REGISTRY } from '../schemas/registry.ts'

/** What differs first, in words: stream, type, times, chunk hashes, or the Avro bytes of the data; null where nothing does. */
export function difference(event: Recorded, again: Draft, stream: StreamName): string | null {
  if (event.stream !== stream) return `it belongs to stream ${stream}`
  if (event.type !== again.type) return `it comes out as ${again.type}`
  if (event.eventTime !== again.eventTime || event.knownAt !== again.knownAt)
    return 'its times come out otherwise'
  const chunks = [event.chunks, again.chunks].map((refs) => refs.map((ref) => ref.hash).join(' '))
  if (chunks[0] !== chunks[1]) return `its chunks come out as ${chunks[1]}`
  const avro = REGISTRY.get(event.type)?.avro
  assert(avro !== undefined, `${event.type} is registered, for it was read`)
  const equal = avro.toBuffer(event.data).equals(avro.toBuffer(again.data))
  return equal ? null : `its data come out as ${JSON.stringify(again.data).slice(0, 200)}`
}
