/** Reads a YAML file that a person wrote, and says of every mistake where it is. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import { refuse } from '../schemas/kernel/fault.ts'

/** @throws Refusal `spec.unreadable`, `spec.malformed`, naming every key that is wrong */
export function readSpec<S extends z.ZodType>(path: string, schema: S): z.infer<S> {
  const file = basename(path)
  const document = parseDocument(textOf(path), { uniqueKeys: true })
  const [broken] = document.errors
  if (broken !== undefined) throw refuse('spec.malformed', { file, problems: broken.message.split('\n')[0] })
  const parsed = schema.safeParse(document.toJS())
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`,
  )
  throw refuse('spec.malformed', { file, problems: problems.join('; ') })
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw refuse('spec.unreadable', { path, why: error instanceof Error ? error.message : String(error) })
  }
}
