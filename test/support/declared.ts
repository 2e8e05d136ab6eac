/** Data sets of long tables whose rows say themselves when they became known. */
import { parseDataset } from '../../streams/sources/dataset-file.ts'

/** @param columns as in a declaration: `{ name: close, unit: USD }` @param more lines of a declaration */
export const declared = (name: string, columns: string, more = '') =>
  parseDataset(
    `dataset: ${name}
layout: long
entityColumn: name
timeColumn: day
timeOfDay: "16:00"
timeZone: UTC
knownAt: { kind: declared, column: known }
format: { columns: [] }
columns: [${columns}]
${more}`,
    `${name}.yaml`,
  )
