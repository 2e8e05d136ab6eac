/** A trainer's own metrics: a flat object of numbers, which are recorded and decide nothing. */
import type { Made } from './port.ts'

const MOST = 200
const MOST_CHARACTERS = 100
/** An event holds no half of a character. */
const isName = (name: string): boolean => name.length <= MOST_CHARACTERS && name.isWellFormed()

/** @returns the metrics, or in words what is wrong with them */
export function metricsIn(bytes: Uint8Array): Made['metrics'] | string {
  if (bytes.length === 0) return []
  let told: unknown
  try {
    told = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return 'its metrics.json is not JSON'
  }
  if (typeof told !== 'object' || told === null || Array.isArray(told))
    return 'its metrics.json is not an object'
  const entries = Object.entries(told)
  if (entries.length > MOST) return `its metrics.json has ${entries.length} entries, and may have ${MOST}`
  const odd = entries.find(
    ([name, value]) => !isName(name) || typeof value !== 'number' || !Number.isFinite(value),
  )
  if (odd !== undefined)
    return isName(odd[0])
      ? `its metrics.json: ${odd[0]} is not a finite number`
      : `its metrics.json has a name of more than ${MOST_CHARACTERS} characters, or one that is not Unicode`
  return entries.map(([name, value]) => ({ name, value: value as number }))
}
