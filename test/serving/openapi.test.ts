/** The OpenAPI document: valid by the specification's own schema, and true of every route. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FAULTS } from '../../schemas/kernel/fault.ts'
import { PERMISSIONS } from '../../schemas/permission.ts'
import { COMMANDS } from '../../serving/commands/table.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { type Served, served } from '../support/admitted.ts'

const path = mkdtempSync(join(tmpdir(), 'asof-openapi-'))
let platform: Platform
let server: Served
let document: Document

type Operation = Readonly<{
  summary: string
  'x-permission'?: string
  parameters?: readonly Readonly<{ name: string; in: string }>[]
  requestBody?: {
    content: Record<string, { schema: { properties?: Record<string, unknown>; required?: string[] } }>
  }
  responses: Record<string, unknown>
}>
type Document = Readonly<{
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: { Fault: { properties: { error: { properties: { code: { enum: string[] } } } } } } }
}>

beforeAll(async () => {
  platform = await openPlatform({ path })
  server = await served(platform)
  document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document
})

afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(path, { recursive: true, force: true })
})

test('it is valid OpenAPI 3.1, and a document that is not is caught', async () => {
  expect(document.openapi).toBe('3.1.0')
  expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true })
  const wrong = { ...structuredClone(document), paths: { 'no-slash': {} } }
  expect(await new Validator().validate(wrong)).toMatchObject({ valid: false })
})

test('it lists every command with its input, its permission and its id', () => {
  for (const { name, permission, isLong, prepare } of COMMANDS.values()) {
    const { post } = document.paths[`/api/v1/commands/${name}`]
    expect(post['x-permission'], name).toBe(permission)
    const { schema } = post.requestBody?.content['application/json'] ?? {}
    expect(Object.keys(schema?.properties ?? {}), name).toContain('commandId')
    expect(schema?.required ?? [], name).not.toContain('commandId')
    expect(post.parameters, name).toContainEqual(
      expect.objectContaining({ name: 'idempotency-key', in: 'header' }),
    )
    expect(Object.keys(post.responses), name).toEqual(isLong ? ['200', '202', 'default'] : ['200', 'default'])
    expect(`/api/v1/prepare/${name}` in document.paths, name).toBe(prepare !== null)
  }
})

const OPEN = [
  '/',
  '/api/v1/checkpoint',
  '/api/v1/checkpoint/latest',
  '/api/v1/session',
  '/console/{path}',
  '/enter/{code}',
  '/health',
  '/metrics',
  '/openapi.json',
  '/version',
]

test('every route says who may ask, by a permission of the closed list, and is answered', async () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  expect(operations.length).toBeGreaterThan(COMMANDS.size)
  const free = operations.filter(({ operation }) => operation['x-permission'] === undefined)
  expect(free.map(({ path }) => path).sort()).toEqual(OPEN)
  for (const { path, method, operation } of operations) {
    expect(operation.summary, path).not.toBe('')
    if (operation['x-permission'] !== undefined)
      expect(PERMISSIONS, path).toContain(operation['x-permission'])
    if (path.endsWith('/stream') || path === '/openapi.json') continue
    const reply = await server.get(path.replaceAll(/\{\w+\}/g, 'x'), { method: method.toUpperCase() })
    const isRoute = !(await reply.text()).includes('"route.unknown"')
    expect([method, path, isRoute]).toEqual([method, path, true])
  }
})

test('the codes of what is refused are those of the one table', () => {
  expect(document.components.schemas.Fault.properties.error.properties.code.enum).toEqual(Object.keys(FAULTS))
})
