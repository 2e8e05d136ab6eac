/** The configuration: `asof.yaml` in the folder of the platform, and `ASOF_*` in the environment, which goes before it. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { fiscalYearEnd } from '../commands/claim/retention.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import { role } from '../schemas/role.ts'
import { isWitnessKey } from '../streams/log/witness/cosignature.ts'
import { COMPRESSIONS } from '../streams/relay/kafka/compressions.ts'
import { parseYaml } from '../streams/sources/yaml-text.ts'
import { backupConfig, bucketShape, KEY_AND_SECRET, keyAndSecret, lakeConfig } from './bucket-config.ts'
import type { Folder } from './folder.ts'
import { BROKER_FILES, brokerShape, intakeConfig } from './kafka-config.ts'
import { notifyConfig, placedNotify } from './notify/config.ts'
import { openlineageConfig } from './openlineage/config.ts'
import { readSpec } from './spec-file.ts'
import { placedTraining, trainingConfig } from './trainers/config.ts'

const seconds = z.int().positive()

const oidcConfig = z.strictObject({
  issuer: z.url(),
  /** What the tokens are made for: this platform. */
  audience: z.string().min(1),
  /** The issuer's keys: a URL, or a file that holds them. */
  jwks: z
    .string()
    .min(1)
    .refine((text) => !/^http:/.test(text) || /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/]/.test(text), {
      message: 'keys come over https: whoever changes them on the way is everybody',
    }),
  algorithms: z
    .array(z.enum(['EdDSA', 'ES256', 'RS256']))
    .min(1)
    .default(['EdDSA', 'ES256', 'RS256']),
  /** RFC 9068; "any" for an issuer that gives its access tokens none, whose id tokens then pass for them. */
  typ: z.enum(['at+jwt', 'any']).default('at+jwt'),
  subjectClaim: z.string().min(1).default('sub'),
  roleClaim: z.string().min(1).default('roles'),
  /** What the claim says, and the role that it stands for here; what is not listed stands for none. */
  roles: z.record(z.string(), role),
  maxAgeSeconds: seconds.max(86_400).default(3_600),
  clockToleranceSeconds: z.int().nonnegative().max(60).default(5),
})

const tlsConfig = z.strictObject({
  /** Files in PEM. */
  cert: z.string().min(1),
  key: z.string().min(1),
  /** Services that show a certificate of this authority, by its common name, and their roles. */
  clients: z.strictObject({ ca: z.string().min(1), roles: z.record(z.string(), z.array(role)) }).optional(),
})

const relayConfig = z.strictObject({
  ...brokerShape,
  /** Before the name of every topic. Each log has its own. */
  prefix: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/)
    .default('asof'),
  registryPort: z.int().positive().max(65_535).default(7072),
  /** How batches are packed; every consumer has to know it. */
  compression: z.enum(COMPRESSIONS).default('none'),
  /** Copies of each partition of topics that are made. */
  replicas: z.int().positive().optional(),
  /** Where to go on where the broker no longer says. */
  from: z.int().positive().optional(),
})

const kurrentdbConfig = z.strictObject({
  /** As KurrentDB's clients take it: `kurrentdb://host:2113?tls=true`, or `kurrentdb+discover://` for a cluster. */
  url: z.string().regex(/^(?:kurrentdb|kurrent|kdb|esdb)(?:\+discover)?:\/\/[^@]+$/, {
    message: 'it is no connection string of KurrentDB (kurrentdb://host:2113), or has a password in it',
  }),
  /** The stream that holds the log. Each log has its own. */
  stream: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_.-]*$/)
    .default('asof-log'),
  user: z.string().min(1).optional(),
  passwordFile: z.string().min(1).optional(),
  /** How long an append waits for a server that is away, before nothing more is accepted. */
  patienceSeconds: seconds.default(60),
  /** After so long without a word from the machine that works a lane, another one takes it over. */
  leaseSeconds: seconds.max(3_600).default(10),
})

const chunksConfig = z
  .strictObject({
    ...bucketShape,
    /** What is kept on this machine of what was used last. */
    cacheMegabytes: z.int().positive().default(4_096),
  })
  .refine(keyAndSecret, KEY_AND_SECRET)

const onlineConfig = z.strictObject({
  /** `redis://host:port/number`, or `rediss://` for TLS. */
  redis: z.url({ protocol: /^rediss?$/ }).refine((text) => !/^rediss?:\/\/[^/]*@/.test(text), {
    message: 'name the user in online.user, and the file with the password in online.passwordFile',
  }),
  /** Before the name of every key. */
  prefix: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/)
    .default('asof'),
  user: z.string().min(1).optional(),
  passwordFile: z.string().min(1).optional(),
  /** A file in PEM, where the server's authority is none that Node trusts. */
  ca: z.string().min(1).optional(),
  /** A read that takes longer is answered from the process. */
  timeoutMillis: z.int().positive().max(10_000).default(50),
})

const witnessConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** Its public key, as it prints it: `name+id+base64`. */
  key: z.string().refine(isWitnessKey, { message: 'it is no public key of a witness (name+id+base64)' }),
})

const configSchema = z.strictObject({
  /** Asof's own tokens and links count from other machines too, and not over loopback alone. */
  tokens: z.boolean().default(false),
  /** A proxy before this server ends TLS, and nobody else reaches it. */
  behindProxy: z.boolean().default(false),
  oidc: oidcConfig.optional(),
  tls: tlsConfig.optional(),
  /** A thread that trains or judges for longer at one event is ended, and the event set aside. */
  lanes: z.strictObject({ hangMinutes: z.number().positive().max(10_080) }).default({ hangMinutes: 60 }),
  claims: z.strictObject({ fiscalYearEnd: z.string().regex(fiscalYearEnd) }).optional(),
  /** The log is published to Kafka. */
  relay: relayConfig.optional(),
  /** Data sets that come from topics of Kafka. */
  intake: intakeConfig.optional(),
  /** The log stands on a KurrentDB server, and the folder has a copy of it. */
  kurrentdb: kurrentdbConfig.optional(),
  /** The chunks lie in an S3-compatible bucket, and not in the folder. */
  chunks: chunksConfig.optional(),
  /** A bucket with Object Lock, into which `asof backup` copies what was recorded. */
  backup: backupConfig.optional(),
  /** The server of buckets in which tables of a lakehouse lie. */
  lake: lakeConfig.optional(),
  /** The newest features of each entity also lie in Redis, for every process that serves. */
  online: onlineConfig.optional(),
  /** Whoever cosigns the log's checkpoints, so that two histories cannot be shown. */
  witnesses: z.array(witnessConfig).min(1).max(16).optional(),
  /** Who is told of alarms. */
  notify: notifyConfig.optional(),
  openlineage: openlineageConfig.optional(),
  /** Trainers that are not built in: where their code comes from, whose signatures count, and what they run in. */
  training: trainingConfig.optional(),
})
export type Config = z.infer<typeof configSchema>
export type KurrentdbConfig = z.infer<typeof kurrentdbConfig>
export type RelayConfig = z.infer<typeof relayConfig>
export type ChunksConfig = z.infer<typeof chunksConfig>
export type OnlineConfig = z.infer<typeof onlineConfig>
export type OidcConfig = z.infer<typeof oidcConfig>

export const NO_CONFIG: Config = configSchema.parse({})

/** Variables that are read elsewhere. */
const OTHERS = ['ASOF_FOLDER', 'ASOF_LOG_LEVEL', 'ASOF_CLOCK_IS_RIGHT', 'ASOF_TOKEN_FILE', 'ASOF_KURRENTDB']

export const configPath = ({ root }: Pick<Folder, 'root'>): string => join(root, 'asof.yaml')

/**
 * What is configured for a folder; files that it names are beside it.
 * @throws Refusal `spec.malformed`, `spec.unreadable`, `config.environment`, naming every key that is wrong
 */
export async function readConfig(
  folder: Pick<Folder, 'root'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const path = configPath(folder)
  const written = existsSync(path) ? await readSpec(path, z.record(z.string(), z.unknown())) : {}
  const told = inEnvironment(environment)
  if (Object.keys(told).length === 0 && existsSync(path))
    return placed(folder, await readSpec(path, configSchema))
  const parsed = configSchema.safeParse(merged(written, told))
  if (parsed.success) return placed(folder, parsed.data)
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw refuse('config.environment', { problems })
}

type Tree = { [key: string]: unknown }

/** Every key that may be configured, as its path: `oidc.issuer` is ASOF_OIDC_ISSUER. */
function leaves(schema: z.ZodType, path: readonly string[] = []): readonly (readonly string[])[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return leaves(schema.unwrap() as z.ZodType, path)
  if (!(schema instanceof z.ZodObject)) return [path]
  return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([key, inner]) =>
    leaves(inner, [...path, key]),
  )
}

const variableOf = (path: readonly string[]): string =>
  `ASOF_${path.map((key) => key.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_')}`

const VARIABLES: ReadonlyMap<string, readonly string[]> = new Map(
  leaves(configSchema).map((path) => [variableOf(path), path]),
)

/** @throws Refusal `config.environment` for a variable that is none of ours: a slip of the pen would leave a door open */
function inEnvironment(environment: Readonly<Record<string, string | undefined>>): Tree {
  const tree: Tree = {}
  const known = [...VARIABLES.keys(), ...OTHERS]
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('ASOF_') || OTHERS.includes(name) || text === undefined) continue
    const path = VARIABLES.get(name)
    if (path === undefined)
      throw refuse('config.environment', { problems: `${name} is unknown (known are ${known.join(', ')})` })
    const read = parseYaml(text)
    if (!read.ok) throw refuse('config.environment', { problems: `${name}: ${read.error.why}` })
    let at = tree
    for (const key of path.slice(0, -1)) {
      at[key] ??= {}
      at = at[key] as Tree
    }
    at[path.at(-1) ?? ''] = read.value
  }
  return tree
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const merged = (written: Tree, told: Tree): Tree => ({
  ...written,
  ...Object.fromEntries(
    Object.entries(told).map(([key, value]) => [
      key,
      isTree(value) && isTree(written[key]) ? merged(written[key], value) : value,
    ]),
  ),
})

const isUrl = (text: string): boolean => /^https?:\/\//.test(text)

/** Paths as they are from the folder. */
function placed({ root }: Pick<Folder, 'root'>, config: Config): Config {
  const at = (path: string) => resolve(root, path)
  const { oidc, tls, relay, intake, chunks, backup, lake, online, kurrentdb, notify, openlineage, training } =
    config
  return {
    ...config,
    ...(oidc && { oidc: { ...oidc, jwks: isUrl(oidc.jwks) ? oidc.jwks : at(oidc.jwks) } }),
    ...(tls && {
      tls: {
        ...{ cert: at(tls.cert), key: at(tls.key) },
        ...(tls.clients && { clients: { ...tls.clients, ca: at(tls.clients.ca) } }),
      },
    }),
    ...(relay && {
      relay: { ...relay, ...filesOf(relay, BROKER_FILES, at) },
    }),
    ...(intake && {
      intake: {
        ...{ ...intake, ...filesOf(intake, BROKER_FILES, at) },
        topics: intake.topics.map((one) => ({ ...one, dataset: at(one.dataset) })),
      },
    }),
    ...(chunks && { chunks: { ...chunks, ...filesOf(chunks, ['ca', 'secretKeyFile'], at) } }),
    ...(backup && { backup: { ...backup, ...filesOf(backup, ['ca', 'secretKeyFile'], at) } }),
    ...(lake && { lake: { ...lake, ...filesOf(lake, ['ca', 'secretKeyFile'], at) } }),
    ...(online && { online: { ...online, ...filesOf(online, ['ca', 'passwordFile'], at) } }),
    ...(notify && { notify: placedNotify(notify, at) }),
    ...(openlineage && { openlineage: { ...openlineage, ...filesOf(openlineage, ['tokenFile'], at) } }),
    ...(training && { training: placedTraining(training, at) }),
    ...(kurrentdb && { kurrentdb: { ...kurrentdb, ...filesOf(kurrentdb, ['passwordFile'], at) } }),
  }
}

/** The files that a part names under these keys, as they are from the folder. */
function filesOf<K extends string>(
  part: Readonly<Partial<Record<K, string | undefined>>>,
  keys: readonly K[],
  at: (path: string) => string,
): Partial<Record<K, string>> {
  const files: Partial<Record<K, string>> = {}
  for (const key of keys) {
    const path = part[key]
    if (path !== undefined) files[key] = at(path)
  }
  return files
}
