/** What a request asks for, held to its schema; where a route has none, nothing is asked for. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
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

/** The routes whose clients are other people's (MLflow's, Prometheus') may be sent more than they know. */
const OWN = '/api/v1/'

/** Refuses a query where a route takes none: whoever writes `?force=true` would believe that it counts. */
export function refuseUnasked(server: FastifyInstance): void {
  server.addHook('preHandler', async ({ routeOptions: { config }, query, url }) => {
    if (config.notes === undefined || config.notes.query !== undefined || !url.startsWith(OWN)) return
    const [key] = Object.keys(query as object)
    if (key !== undefined) throw refuse('query.invalid', { problems: `Unrecognized key: "${key}"` })
  })
}
