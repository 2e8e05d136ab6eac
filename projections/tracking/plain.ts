/** Maps and numbers that are none, as JSON has them: what a state of maps is encoded with. */
import { canonicalJson } from '../../schemas/kernel/canonical.ts'

/** Equal states have equal text: a map is its entries, in the order in which the log brought them. */
export const encodeMaps = (state: unknown): string => canonicalJson(plain(state))

export const decodeMaps = (text: string): unknown => revived(JSON.parse(text))

function plain(value: unknown): unknown {
  if (value instanceof Map) return { map: [...value].map(([key, one]) => [key, plain(one)]) }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) }
  if (value === null || typeof value !== 'object') return value
  return { record: Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)])) }
}

function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived)
  if (value === null || typeof value !== 'object') return value
  if ('map' in value)
    return new Map((value.map as [string, unknown][]).map(([key, one]) => [key, revived(one)]))
  if ('number' in value) return Number(value.number)
  const { record } = value as { record: Readonly<Record<string, unknown>> }
  return Object.fromEntries(Object.entries(record).map(([key, one]) => [key, revived(one)]))
}
