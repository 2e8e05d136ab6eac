/** What a trainer says of itself: a flat object of numbers, of which nothing is made. */
import type { Made } from './port.ts'

const MOST = 200

/** @returns what is wrong with it, in words, where it is not that */
export function metricsIn(bytes: Uint8Array): Made['metrics'] | string {
  if (bytes.length === 0) return []
  let told: unknown
  try {
    told = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return 'its metrics.json is no JSON'
  }
  if (typeof told !== 'object' || told === null || Array.isArray(told)) return 'its metrics.json is no object'
  const entries = Object.entries(told)
  if (entries.length > MOST)
    return `its metrics.json has ${entries.length} entries, and at most ${MOST} are kept`
  const odd = entries.find(
    ([name, value]) => name.length > 100 || typeof value !== 'number' || !Number.isFinite(value),
  )
  if (odd !== undefined) return `its metrics.json says of ${odd[0].slice(0, 100)} what is no finite number`
  return entries.map(([name, value]) => ({ name, value: value as number }))
}
