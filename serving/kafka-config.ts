/** What is configured of Kafka: how its brokers and its schema registry are reached, and which data sets come from which topics. */
import { z } from 'zod'

/** How brokers and registry are reached, as the relay and the intake are both told. */
export const brokerShape = {
  /** `host:port` each. */
  brokers: z.array(z.string().min(1)).min(1),
  /** A schema registry with Confluent's API. The relay serves its own on this machine where none is named. */
  registry: z.url({ protocol: /^https?$/ }).optional(),
  registryUser: z.string().min(1).optional(),
  registryPasswordFile: z.string().min(1).optional(),
  tls: z.boolean().default(false),
  /** A file in PEM, where the brokers' authority is none that Node trusts. */
  ca: z.string().min(1).optional(),
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).default('scram-sha-512'),
  user: z.string().min(1).optional(),
  passwordFile: z.string().min(1).optional(),
}

export type BrokerConfig = z.infer<z.ZodObject<typeof brokerShape>>

const topicConfig = z.strictObject({
  topic: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,249}$/, 'write the name of a topic: letters, digits, . _ and -, 249 at most'),
  /** The file that declares the data set. */
  dataset: z.string().min(1),
  /** `avro` in the registry's wire format; `json`: a message is a row; `ndjson`: each line of a message is one. */
  format: z.enum(['avro', 'json', 'ndjson']).default('avro'),
  /** An arrival is cut after so many rows, or when its first message is so old. */
  rows: z.int().positive().max(1_000_000).default(100_000),
  seconds: z.number().positive().max(3_600).default(5),
})
export type TopicConfig = z.infer<typeof topicConfig>

export const intakeConfig = z
  .strictObject({ ...brokerShape, topics: z.array(topicConfig).min(1) })
  .refine(
    ({ registry, topics }) => registry !== undefined || topics.every(({ format }) => format !== 'avro'),
    {
      message: 'messages in avro need a registry: name one, or say the format of each topic (json, ndjson)',
      path: ['registry'],
    },
  )
export type IntakeConfig = z.infer<typeof intakeConfig>

/** The keys that name files. */
export const BROKER_FILES = ['ca', 'passwordFile', 'registryPasswordFile'] as const
