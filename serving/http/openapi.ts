/** `/openapi.json`: OpenAPI 3.1, made of the routes as they are registered and of the schemas that they hold requests to. */
import type { FastifyInstance, RouteOptions } from 'fastify'
import { z } from 'zod'
import { FAULTS } from '../../schemas/kernel/fault.ts'
import type { RouteNotes } from './route.ts'

type Json = Readonly<Record<string, unknown>>

/** Registered first, so that it hears of every route after it. */
export function serveOpenApi(server: FastifyInstance): void {
  const routes: (RouteOptions & { notes: RouteNotes })[] = []
  server.addHook('onRoute', (route) => {
    const { notes } = route.config ?? {}
    if (notes !== undefined && !notes.isLeftOut && route.method !== 'HEAD') routes.push({ ...route, notes })
  })
  const notes: RouteNotes = { permission: null, about: 'This document.' }
  let document: Json | null = null
  server.get('/openapi.json', { config: { notes } }, async () => {
    document ??= documentOf(routes)
    return document
  })
}

function documentOf(routes: readonly (RouteOptions & { notes: RouteNotes })[]): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const { url, method, notes } of routes) {
    const path = url.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{path}')
    paths[path] ??= {}
    for (const one of [method].flat()) paths[path][one.toLowerCase()] = operationOf(path, one, notes)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Asof',
      version: '1',
      description: 'Every change is a command; every read is as of a moment.',
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    paths,
    components: { schemas: { Fault: FAULT } },
  }
}

function operationOf(path: string, method: string, notes: RouteNotes): Json {
  const { about, permission, hands, query, headers, body, takes, gives = 'application/json', answers } = notes
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: TEXT,
    })),
    ...parametersOf('query', query),
    ...parametersOf('header', headers),
  ]
  const content = { [gives]: { schema: gives === 'application/json' ? { type: 'object' } : TEXT } }
  const told = answers ?? { 200: about }
  return {
    operationId: `${method.toLowerCase()}${path}`.replaceAll(/\W+/g, '_'),
    summary: about,
    ...(permission !== null && { 'x-permission': permission }),
    // Needs a grant, unless the access policy says otherwise; each time is recorded.
    ...(hands && { 'x-guarded': hands }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: sentAs('application/json', schemaOf(body)) }),
    ...(takes !== undefined && { requestBody: sentAs(takes, {}) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(told).map(([status, description]) => [status, { description, content }]),
      ),
      default: REFUSED,
    },
  }
}

const TEXT = { type: 'string' }

const sentAs = (type: string, schema: Json): Json => ({ required: true, content: { [type]: { schema } } })

const REFUSED = {
  description: 'It is refused, with a code of the one table of faults, a sentence, and its detail.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Fault' } } },
}

const FAULT = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'detail'],
      properties: {
        code: { type: 'string', enum: Object.keys(FAULTS) },
        message: TEXT,
        detail: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
      },
    },
  },
}

function parametersOf(place: 'query' | 'header', schema: z.ZodType | undefined): readonly Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = schemaOf(schema)
  return Object.entries(properties as Json).map(([name, one]) => ({
    name,
    in: place,
    required: (required as readonly string[]).includes(name),
    schema: one,
  }))
}

/** As a caller sends it: what has a default may be left out. */
function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input' })
  return json
}
