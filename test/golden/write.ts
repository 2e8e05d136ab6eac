/** `npm run golden`: adds the golden bytes of events that have none. It never changes one. */
import { writeFileSync } from 'node:fs'
import { REGISTRY } from '../../schemas/registry.ts'
import { EXAMPLES } from './examples.ts'
import { extended, GOLDEN_FILE, goldenOf, readGolden } from './golden.ts'

const before = readGolden()
const made = [...REGISTRY.values()].map((definition) => goldenOf(definition, EXAMPLES.get(definition.type)))
const after = extended(before, made)
writeFileSync(GOLDEN_FILE, `${JSON.stringify(after, null, 1)}\n`)
process.stdout.write(`${after.length - before.length} added, ${after.length} in all\n`)
