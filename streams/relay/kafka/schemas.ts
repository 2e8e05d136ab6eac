/** Registers the schemas of all messages, each only where it can read what was written under its subject before. */
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import type { Schema } from '../../../schemas/avro.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { incompatibility } from '../../../schemas/topics/compatibility.ts'
import type { MessageDefinition } from '../../../schemas/topics/message.ts'

export type RegistryOptions = Readonly<{
  url: string
  auth?: Readonly<{ username: string; password: string }> | undefined
}>

export const schemaRegistry = ({ url, auth }: RegistryOptions): SchemaRegistry =>
  new SchemaRegistry({ host: url, ...(auth !== undefined && { auth }) })

/** So many at a time. */
const AT_ONCE = 8

/**
 * The ids of all schemas, by subject.
 * @throws Refusal `topic.incompatible`, which names the field, and `topic.schema-refused`
 */
export async function registerAll(
  registry: SchemaRegistry,
  messages: readonly Pick<MessageDefinition, 'subject' | 'schema'>[],
): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>()
  const left = [...messages]
  const work = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift())
      ids.set(one.subject, await register(registry, one))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return ids
}

async function register(
  registry: SchemaRegistry,
  { subject, schema }: Pick<MessageDefinition, 'subject' | 'schema'>,
): Promise<number> {
  const known = await knownId(registry, subject, schema)
  if (known !== null) return known
  // A registry says that it refuses, and not why.
  const latest = await latestOf(registry, subject)
  const problem = latest === null ? null : incompatibility(schema, latest)
  if (problem !== null) throw refuse('topic.incompatible', { subject, problem })
  try {
    const { id } = await registry.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
      { subject, compatibility: COMPATIBILITY.BACKWARD },
    )
    return id
  } catch (error) {
    if (!isRefused(error)) throw error
    throw refuse('topic.schema-refused', { subject, problem: error.message })
  }
}

/** The id of a schema that is registered already: one request instead of four. Null where it is not, or nobody knows. */
async function knownId(registry: SchemaRegistry, subject: string, schema: Schema): Promise<number | null> {
  const text = JSON.stringify(schema)
  return registry.getRegistryIdBySchema(subject, { type: SchemaType.AVRO, schema: text }).catch(() => null)
}

/** Not found, and so not written before: null. */
async function latestOf(registry: SchemaRegistry, subject: string): Promise<Schema | null> {
  try {
    return await schemaOf(registry, await registry.getLatestSchemaId(subject))
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/** The schema that an id stands for. */
export async function schemaOf(registry: SchemaRegistry, id: number): Promise<Schema> {
  const type = (await registry.getSchema(id)) as unknown as { schema(options: object): Schema }
  return type.schema({ exportAttrs: true })
}

/** The schema that an id stands for; null where the registry has none, or none in Avro. @throws Error where it does not answer */
export async function schemaIfThere(registry: SchemaRegistry, id: number): Promise<Schema | null> {
  try {
    return await schemaOf(registry, id)
  } catch (error) {
    if (statusOf(error) === 404 || error instanceof TypeError) return null
    throw error
  }
}

const statusOf = (error: unknown): number | null => {
  const { status } = error as { status?: unknown }
  return typeof status === 'number' ? status : null
}

/** The registry's word on the schema; anything else may pass. */
function isRefused(error: unknown): error is Error {
  const status = statusOf(error)
  if (error instanceof Error && error.name === 'ConfluentSchemaRegistryCompatibilityError') return true
  if (status === null || status < 400 || status >= 500 || status === 408 || status === 429) return false
  return !isUnanswered(error)
}

/** The client says of a connection that was refused or hung up that its status is 400; a registry says why in words of its own. */
const isUnanswered = (error: unknown): boolean =>
  statusOf(error) === 400 && error instanceof Error && error.message.includes('Error, status 400: ')
