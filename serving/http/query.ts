/** What a request asks for, held to its schema. */
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { refuse } from '../../schemas/kernel/fault.ts'

/** @throws Refusal `query.invalid`, naming every key that is wrong */
export function queryOf<S extends z.ZodType>(
  schema: S,
  { query }: Pick<FastifyRequest, 'query'>,
): z.infer<S> {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '))
  throw refuse('query.invalid', { problems: problems.join('; ') })
}
