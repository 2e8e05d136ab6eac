/** What is wrong with a declared format that no single key's shape shows. */
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { patternProblem } from './file-name.ts'

/** Each problem with the key that it is of. Patterns of time are tried where times are read. */
export function formatProblems(spec: DatasetSpec): readonly (readonly [key: string, problem: string])[] {
  const { format } = spec
  const declared = new Set(spec.columns.map(({ name }) => name))
  const named = format.columns.map(({ name }) => name)
  const stranger = named.find((name) => !declared.has(name))
  const pattern = format.entityFromFile === '' ? null : patternProblem(format.entityFromFile)
  const checks: readonly (readonly [boolean, string, string])[] = [
    [!isEncoding(format.encoding), 'encoding', `"${format.encoding}" is not the label of an encoding`],
    [
      !/^(?:|\t|[!-/:-@[-`{-~])$/.test(format.separator) || format.separator === '"',
      'separator',
      'it is one mark such as ; or |',
    ],
    [
      format.separator !== '' && format.separator === format.decimal,
      'separator',
      'it is the decimal mark too',
    ],
    [format.thousands === format.decimal, 'thousands', 'it is the decimal mark too'],
    [format.clock !== '' && format.clockColumn === '', 'clock', 'it needs clockColumn'],
    [
      format.time.startsWith('epoch') && format.clockColumn !== '',
      'clockColumn',
      'a count since 1970 has its clock in it',
    ],
    [
      format.clockColumn !== '' && spec.timeOfDay !== '',
      'clockColumn',
      'timeOfDay tells the time of day already',
    ],
    [
      format.known !== '' && spec.knownAt.kind !== 'declared',
      'known',
      'only a declared knownAt has a column',
    ],
    [stranger !== undefined, 'columns', `${stranger} is not among the columns that are declared`],
    [new Set(named).size < named.length, 'columns', 'a name is there twice'],
    [
      spec.layout === 'wide' && format.columns.some(({ source }) => source !== ''),
      'columns',
      'a wide file has an entity in each column, so that none has a source',
    ],
    [pattern !== null, 'entityFromFile', pattern ?? ''],
  ]
  return checks.filter(([wrong]) => wrong).map(([, key, problem]) => [key, problem])
}

function isEncoding(label: string): boolean {
  try {
    new TextDecoder(label)
    return true
  } catch {
    return false
  }
}
