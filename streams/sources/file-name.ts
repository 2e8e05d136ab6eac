/** The entity that a file's own name tells, by a pattern such as `{entity}_History.csv`. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { nameProblem } from '../../schemas/kernel/name.ts'

const MOST_STARS = 4

/** What is wrong with a pattern; null where it is good. */
export function patternProblem(pattern: string): string | null {
  if (pattern.split('{entity}').length !== 2) return 'it needs {entity} once'
  if (pattern.split('*').length > MOST_STARS + 1) return `it has more than ${MOST_STARS} stars`
  return /\*\{entity\}|\{entity\}\*|\*\*/.test(pattern)
    ? 'a star stands right beside {entity} or another star'
    : null
}

/**
 * The entity, or null where the declaration has no pattern. Accents of a file's name are brought into the normal form, as
 * some file systems take them apart.
 * @throws Refusal `source.file-name`
 */
export function entityOf(file: string, pattern: string): string | null {
  if (pattern === '') return null
  const [before = '', behind = ''] = pattern.split('{entity}').map(sourceOf)
  const entity = new RegExp(`^${before}(.+?)${behind}$`, 's').exec(file)?.[1]?.normalize('NFC')
  const why = entity === undefined ? 'it does not fit' : nameProblem(entity)?.why
  if (entity === undefined || why !== undefined) {
    throw refuse('source.file-name', { file, pattern, why: why ?? '' })
  }
  return entity
}

const sourceOf = (text: string): string => text.replace(/[\\^$.+?()[\]{}|/-]/g, '\\$&').replaceAll('*', '.*?')
