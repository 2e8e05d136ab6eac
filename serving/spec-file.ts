/** Reads a YAML file that a person wrote, and says of every mistake where it is. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { z } from 'zod'
import { refuse } from '../schemas/kernel/fault.ts'
import { readYaml } from '../streams/sources/yaml-text.ts'

/** @throws Refusal `spec.unreadable`, `spec.malformed`, naming every key that is wrong */
export function readSpec<S extends z.ZodType>(path: string, schema: S): z.infer<S> {
  const file = basename(path)
  const read = readYaml(textOf(path))
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

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw refuse('spec.unreadable', { path, why: error instanceof Error ? error.message : String(error) })
  }
}
