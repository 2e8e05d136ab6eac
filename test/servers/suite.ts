/**
 * `npm run suite:servers [-- --kafka 4.1.2] [-- --apicurio] [-- --newer]`: starts real servers and installs stock clients, runs the suites
 * of this folder with them, and stops them. What this machine cannot have is named, and its suites are skipped. `TEST_S3` names an S3 server
 * that runs already, in the place of moto. VersityGW stands beside it where it was built; `BUILD_SERVERS=1` builds it, once. What else is
 * given goes to the test runner. Four runners work at once: the suites with Kafka one after another, and after them, where that is asked for
 * (`--newer`), the relay's with a newer Kafka; and the others in three columns. Their reports, where a file is named for one, lie beside it
 * (`-newer`, `-trainers`, `-stores`, `-rest`).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { startApicurio, stopApicurio } from './apicurio.ts'
import { chromiumMissing, installChromium } from './chromium.ts'
import { freePorts } from './daemon.ts'
import { installKafka, KAFKA_VERSIONS, kafkaMissing, startKafka, wipeKafka } from './kafka.ts'
import {
  FEAST,
  FRAMES,
  installPython,
  KAFKA,
  KSERVE,
  LAKE,
  MLFLOW,
  MLSERVER,
  MODEL_SIGNING,
  OPENLINEAGE,
  pythonMissing,
  TRAINERS,
  TRITON,
} from './python.ts'
import { RAY, rayMissing, startRay } from './ray.ts'
import { redisMissing, startRedis, stopRedis } from './redis.ts'
import { installMoto, startMoto, stopMoto } from './s3.ts'
import { installVersitygw, startVersitygw, versitygwMissing, wipeVersitygw } from './versitygw.ts'

const { values, positionals, tokens } = parseArgs({
  ...{ strict: false, allowPositionals: true, tokens: true },
  options: {
    kafka: { type: 'string', default: KAFKA_VERSIONS[0] },
    apicurio: { type: 'boolean' },
    newer: { type: 'boolean' },
  },
})
const own = ['kafka', 'apicurio', 'newer']
// One may be given more than once.
const others = tokens.flatMap((token) => {
  if (token.kind !== 'option' || own.includes(token.name)) return []
  return [token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`]
})

const missing = kafkaMissing() ?? notInstalled('Kafka', () => installKafka(String(values.kafka)))
if (missing !== null) process.stdout.write(`The suites against a real Kafka are skipped: ${missing}.\n`)
const noRay = rayMissing()
if (noRay !== null) process.stdout.write(`The suite with a Ray cluster is skipped: ${noRay}.\n`)
const clients = {
  ...clientsOf({
    TEST_TRITON: ['triton', TRITON],
    TEST_KSERVE: ['kserve', KSERVE],
    TEST_FEAST: ['feast', FEAST],
    TEST_MLSERVER: ['mlserver', MLSERVER],
    TEST_MODEL_SIGNING: ['model-signing', MODEL_SIGNING],
    TEST_MLFLOW_PYTHON: ['mlflow', MLFLOW],
    TEST_TRAINERS_PYTHON: ['trainers', TRAINERS],
    TEST_KAFKA_PYTHON: ['kafka', KAFKA],
    TEST_FEATURES_PYTHON: ['frames', FRAMES],
    TEST_LAKE_PYTHON: ['lake', LAKE],
    TEST_OPENLINEAGE: ['openlineage', OPENLINEAGE],
    ...(noRay === null && { TEST_RAY: ['ray', RAY] }),
  }),
  ...browserOf(),
}
const noRedis = redisMissing()
if (noRedis !== null) process.stdout.write(`The suite against a real Redis is skipped: ${noRedis}.\n`)
const noS3 = process.env.TEST_S3 === undefined ? (pythonMissing() ?? notInstalled('moto', installMoto)) : null
if (noS3 !== null) process.stdout.write(`The suites against an S3 server are skipped: ${noS3}.\n`)
const noGateway = versitygwMissing() ?? notInstalled('VersityGW', installVersitygw)
if (noGateway !== null)
  process.stdout.write(`The suites of buckets are skipped with a second S3 server: ${noGateway}.\n`)
/** A machine that cannot fetch something does not have it; one that has it and cannot start it fails. */
function notInstalled(what: string, install: () => unknown): string | null {
  try {
    install()
    return null
  } catch (error) {
    return `${what} cannot be fetched (${error instanceof Error ? error.message.slice(0, 500) : error})`
  }
}

/** Stock clients from PyPI, as far as this machine can have them: the path of each one's Python. */
function clientsOf(
  wanted: Readonly<Record<string, readonly [name: string, packages: readonly string[]]>>,
): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const [variable, [name, packages]] of Object.entries(wanted)) {
    const install = () => {
      found[variable] = installPython(name, packages)
    }
    const lacking = pythonMissing() ?? notInstalled(packages.join(' '), install)
    if (lacking !== null)
      process.stdout.write(`The suite with the stock client of ${name} is skipped: ${lacking}.\n`)
  }
  return found
}

/** A browser, where this machine can have one. */
function browserOf(): Readonly<Record<string, string>> {
  let found = ''
  const install = () => {
    found = installChromium()
  }
  const lacking = chromiumMissing() ?? notInstalled('chromium', install)
  if (lacking === null) return { TEST_CHROMIUM: found }
  process.stdout.write(`The suite of the console in a browser is skipped: ${lacking}.\n`)
  return {}
}

async function suite(version: string, withApicurio: boolean): Promise<number> {
  const port = await freePorts(8)
  const environment: Record<string, string> = { ...clients, TEST_NODES: '1' }
  let ray: Awaited<ReturnType<typeof startRay>> | null = null
  try {
    if (missing === null) {
      environment.TEST_KAFKA = await startKafka(version, port, true)
      environment.TEST_KAFKA_SECURE = `127.0.0.1:${port + 2}`
      environment.TEST_KAFKA_VERSION = version
    }
    if (isAsked('ray') && 'TEST_RAY' in clients) {
      ray = await startRay(clients.TEST_RAY, await freePorts(1))
      environment.TEST_RAY_URL = ray.url
    }
    if (noRedis === null) environment.TEST_REDIS = await startRedis(port + 5)
    if (noS3 === null) environment.TEST_S3 = process.env.TEST_S3 ?? (await startMoto(port + 6))
    if (noGateway === null) environment.TEST_VERSITYGW = await startVersitygw(port + 7)
    if (withApicurio) environment.TEST_REGISTRY = await startApicurio(port + 3)
    const told = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    process.stdout.write(`${told.join(' ')}\n`)
    if (positionals.length > 0) return await run(positionals, environment, others)
    const registry = withApicurio ? ['test/relay/registry.test.ts'] : []
    const withKafka = async () => [
      await run([...suites().filter(speaksOfKafka), ...registry], environment, others),
      values.newer === true ? await withNewer() : 0,
    ]
    const beside = [...withoutKafka()].map(([column, which]) =>
      run(which, environment, others.map(besideIt(`-${column}`))),
    )
    return Math.max(...(await Promise.all([withKafka(), ...beside])).flat())
  } finally {
    await ray?.stop()
    if (withApicurio) await stopApicurio(port + 3)
    if (noS3 === null && process.env.TEST_S3 === undefined) await stopMoto(port + 6)
    if (noGateway === null) await wipeVersitygw(port + 7)
    if (noRedis === null) await stopRedis(port + 5)
    if (missing === null) await wipeKafka(version, port)
  }
}

/** The relay's suite with the last of the versions that are told: what it writes by itself is taken by each broker or by none. */
async function withNewer(): Promise<number> {
  const version = KAFKA_VERSIONS.at(-1)
  const lacking = missing ?? notInstalled(`Kafka ${version}`, () => installKafka(version ?? ''))
  if (version === undefined || lacking !== null) {
    process.stdout.write(`The relay's suite with a newer Kafka is skipped: ${lacking}.\n`)
    return 0
  }
  const port = await freePorts(2)
  try {
    const environment = {
      ...clients,
      TEST_KAFKA: await startKafka(version, port),
      TEST_KAFKA_VERSION: version,
    }
    return await run(['test/servers/relay.test.ts'], environment, others.map(besideIt('-newer')))
  } finally {
    await wipeKafka(version, port)
  }
}

/** Whether a suite is among those that are to run. */
const isAsked = (name: string): boolean =>
  positionals.length === 0 || positionals.some((path) => path.includes(name))

const suites = (): readonly string[] =>
  readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `test/servers/${name}`)

const speaksOfKafka = (path: string): boolean =>
  readFileSync(join(import.meta.dirname, basename(path)), 'utf8').includes('KAFKA')

/** Each column takes about as long as another, and as what is in none. */
const COLUMNS = {
  trainers: ['trainers', 'lightgbm', 'feast'],
  stores: ['ray', 'redis', 's3', 'replicas', 'backup', 'lake-bucket'],
}

/** The suites of this folder that do without Kafka, which one of the others kills and others break: columns that wait more than they compute. */
function withoutKafka(): ReadonlyMap<string, readonly string[]> {
  const columnOf = (path: string): string => {
    const found = Object.entries(COLUMNS).find(([, names]) => names.includes(basename(path, '.test.ts')))
    return found?.[0] ?? 'rest'
  }
  return Map.groupBy(
    suites().filter((path) => !speaksOfKafka(path)),
    columnOf,
  )
}

/** The option of another runner: two reports in one file would be one. */
const besideIt =
  (which: string) =>
  (option: string): string =>
    option.startsWith('--outputFile') ? `${option}${which}` : option

async function run(
  which: readonly string[],
  environment: Readonly<Record<string, string>>,
  options: readonly string[],
): Promise<number> {
  const vitest = join(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', '--no-file-parallelism', ...which, ...options]
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...environment } })
  const [code] = (await once(child, 'close')) as [number | null]
  return code ?? 1
}

// Last: what is declared above is there by then.
process.exitCode = await suite(String(values.kafka), values.apicurio === true)
