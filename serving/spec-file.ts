/** Reads a YAML file that a person wrote, and says of every mistake where it is. */
import { basename } from 'node:path'
import { z } from 'zod'
import { refuse } from '../schemas/kernel/fault.ts'
import { readWritten } from '../streams/log/regular.ts'
import { readYaml } from '../streams/sources/yaml.ts'

/** @throws Refusal `spec.unreadable`, `spec.malformed`, naming every key that is wrong, `reader.not-started` */
export async function readSpec<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S>> {
  const file = basename(path)
  const read = await readYaml(writtenText(path))
  if (!read.ok) {
    const { line, column, why } = read.error
    throw refuse('spec.malformed', { file, problems: `${why} at line ${line}, column ${column}` })
  }
  const parsed = schema.safeParse(read.value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues
    .slice(0, 20)
    .map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}${keysOf(schema, issue)}`)
  throw refuse('spec.malformed', { file, problems: problems.join('; ') })
}

/** The keys that the file may have, where one of its own is unknown. */
const keysOf = (schema: z.ZodType, { code, path }: z.core.$ZodIssue): string =>
  code === 'unrecognized_keys' && path.length === 0 && schema instanceof z.ZodObject
    ? ` (known are ${Object.keys(schema.shape).join(', ')})`
    : ''

/** The text of a file that a person wrote. @throws Refusal `spec.unreadable` */
export function writtenText(path: string): string {
  try {
    return readWritten(path)
  } catch (error) {
    throw refuse('spec.unreadable', { path, why: error instanceof Error ? error.message : String(error) })
  }
}
