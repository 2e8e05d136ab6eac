/** A view's state for people: indented names and values, long lists cut short, moments as moments, sessions as dates. */
import { sessionDate } from '../../schemas/calendar.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'

const LIST_LINES = 12
const MOMENT_KEYS = /^(knownAt|knownFrom|knownTo|eventTime|eventTimeFrom|eventTimeTo|asOf|at|day|from|to)$/
const SESSION_KEYS = /^(sessions?|learnedIn|restated)$/

export function readable(value: unknown, key = '', indent = ''): string[] {
  if (Array.isArray(value)) return listOf(value, key, indent)
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
    const flat = entries.every(([, one]) => one === null || typeof one !== 'object')
    if (flat && key !== '') {
      return [`${indent}${key}: ${entries.map(([name, one]) => `${name} ${plain(one, name)}`).join(', ')}`]
    }
    const deeper = key === '' ? indent : `${indent}  `
    const lines = entries.flatMap(([name, one]) => readable(one, name, deeper))
    return key === '' ? lines : [`${indent}${key}:`, ...lines]
  }
  return [`${indent}${key}: ${plain(value, key)}`]
}

function listOf(list: readonly unknown[], key: string, indent: string): string[] {
  if (list.every((one) => one === null || typeof one !== 'object')) {
    return [`${indent}${key}: ${list.map((one) => plain(one, key)).join(', ')}`]
  }
  const shown = list.slice(-LIST_LINES)
  const left = list.length - shown.length
  const head = left > 0 ? `${indent}${key}: (the last ${shown.length} of ${list.length})` : `${indent}${key}:`
  return [head, ...shown.flatMap((one, i) => readable(one, `${left + i + 1}`, `${indent}  `))]
}

function plain(value: unknown, key: string): string {
  if (typeof value !== 'number') return String(value)
  if (MOMENT_KEYS.test(key) && Number.isInteger(value) && Math.abs(value) > 1e12) return formatMoment(value)
  if (SESSION_KEYS.test(key) && Number.isInteger(value)) return sessionDate(value)
  return Number.isInteger(value) ? String(value) : value.toPrecision(6)
}
