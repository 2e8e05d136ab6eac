/** Lineage for people: one thing a line, deeper the further away it is. */
import { formatMoment } from '../../schemas/kernel/time.ts'
import type { Lineage } from './answer.ts'
import type { Impact } from './impact.ts'
import type { Node } from './node.ts'
import type { Branch, Bundle } from './tree.ts'

const NAMES = 3
const HASH_DIGITS = 12

export function textOf({ thing, direction, depth, position, tree, reached }: Lineage): string {
  const way = direction === 'up' ? 'rests on' : 'is rested on by'
  const steps = depth === 1 ? '1 step' : `${depth} steps`
  const head = `${thing} ${way}, within ${steps}, in the log up to position ${position}`
  const total = reached.reduce((sum, { events }) => sum + events, 0)
  const nouns = reached.map(({ noun, events }) => `${events} ${noun}`).join(', ')
  const lines = linesOf(tree, '')
  const bound = lines.some((line) => line.includes('at most'))
    ? ['"at most": an upper bound; the log does not tell which of them.']
    : []
  return [
    head,
    ...lines,
    total === 0 ? 'Nothing.' : `${total} ${total === 1 ? 'event' : 'events'}: ${nouns}`,
    ...bound,
  ].join('\n')
}

function linesOf(branch: Branch | Bundle, indent: string): readonly string[] {
  const edge = branch.edge === null ? '' : `${branch.edge}${branch.exact ? '' : ', at most'}: `
  const own = 'node' in branch ? nodeText(branch.node) : bundleText(branch)
  const problems = 'node' in branch ? branch.node.problems.map((problem) => `${indent}  ! ${problem}`) : []
  return [
    `${indent}${edge}${own}`,
    ...problems,
    ...branch.branches.flatMap((one) => linesOf(one, `${indent}  `)),
  ]
}

function nodeText({ noun, name, position, eventTime, knownTime, who, hash }: Node): string {
  const by = who === null ? '' : ` by ${who}`
  const sealed = hash === null ? '' : ` ${hash.slice(0, HASH_DIGITS)}`
  return `${noun} ${name} [${position}] of ${formatMoment(eventTime)}, known ${formatMoment(knownTime)}${by}${sealed}`
}

function bundleText({ noun, names, count, positions }: Bundle): string {
  const shown = names.filter((name) => name !== '').slice(0, NAMES)
  const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : ''
  const of = shown.length === 0 ? '' : ` of ${shown.join(', ')}${more}`
  return `${count} × ${noun}${of} ${rangesText(positions)}`
}

function rangesText(positions: Bundle['positions']): string {
  const [first, last] = [positions[0]?.[0], positions.at(-1)?.[1]]
  return `[${first}${first === last ? '' : ` to ${last}`}]`
}

export function impactText({ correction, position, replaced, corrected, rows, values }: Impact): string {
  const head = `${correction} corrects ${rows} ${rows === 1 ? 'row' : 'rows'}, in the log up to position ${position}`
  const recomputed = values.map(
    ({ set, rows: cells, position: at }) => `  ${cells} rows of ${set} were computed again [${at}]`,
  )
  return [
    head,
    ...recomputed,
    'On the values that it replaced rest:',
    ...impactLines(replaced),
    'On the corrected values rest:',
    ...impactLines(corrected),
  ].join('\n')
}

export function impactLines(found: Impact['replaced']): readonly string[] {
  if (found.length === 0) return ['  nothing']
  return found.map(({ noun, sure, atMost, names, positions }) => {
    const count =
      sure === atMost ? `${sure}` : sure === 0 ? `at most ${atMost}` : `${sure}, at most ${atMost}`
    const shown = names.filter((name) => name !== '').slice(0, 6)
    const more = names.length > 6 ? ` and ${names.length - 6} more` : ''
    return `  ${noun}: ${count} ${rangesText(positions)}${shown.length === 0 ? '' : ` ${shown.join(', ')}${more}`}`
  })
}
