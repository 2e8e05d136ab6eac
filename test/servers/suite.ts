/**
 * `npm run suite:servers [-- --kafka 4.1.2] [-- --apicurio]`: starts real servers, installs stock clients, runs the suites of this folder
 * against them, and stops them. What is not there is skipped by its name. What else is given goes to the test runner.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startApicurio, stopApicurio } from './apicurio.ts'
import { freePorts } from './daemon.ts'
import { installKafka, KAFKA_VERSIONS, kafkaMissing, startKafka, wipeKafka } from './kafka.ts'
import { installMlflow, pythonMissing } from './mlflow.ts'

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: { kafka: { type: 'string', default: KAFKA_VERSIONS[0] }, apicurio: { type: 'boolean' } },
})
const own = ['kafka', 'apicurio']
const others = Object.entries(values).flatMap(([name, value]) =>
  own.includes(name) ? [] : [value === true ? `--${name}` : `--${name}=${value}`],
)

const python = mlflowIn()
const missing = kafkaMissing() ?? notInstalled()
if (missing !== null) process.stdout.write(`The suites against Kafka are skipped: ${missing}.\n`)
if (missing === null) process.exitCode = await suite(String(values.kafka), values.apicurio === true)
else if (python !== null) process.exitCode = await run(['test/servers/mlflow.test.ts'], {})

/** The Python that has the stock MLflow client; null where there is none. */
function mlflowIn(): string | null {
  try {
    const lacking = pythonMissing()
    if (lacking === null) return installMlflow()
    process.stdout.write(`The suite of the stock MLflow client is skipped: ${lacking}.\n`)
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 500) : error
    process.stdout.write(`The suite of the stock MLflow client is skipped: it cannot be fetched (${why}).\n`)
  }
  return null
}

/** A machine that cannot fetch it has no Kafka; one that has it and cannot start it fails. */
function notInstalled(): string | null {
  try {
    installKafka(String(values.kafka))
    return null
  } catch (error) {
    return `Kafka cannot be fetched (${error instanceof Error ? error.message.slice(0, 500) : error})`
  }
}

async function suite(version: string, withApicurio: boolean): Promise<number> {
  const port = await freePorts(4)
  const environment: Record<string, string> = {}
  try {
    environment.TEST_KAFKA = await startKafka(version, port)
    environment.TEST_KAFKA_VERSION = version
    if (withApicurio) environment.TEST_REGISTRY = await startApicurio(port + 2)
    const told = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    process.stdout.write(`${told.join(' ')}\n`)
    const all = ['test/servers', ...(withApicurio ? ['test/relay/registry.test.ts'] : [])]
    return await run(positionals.length > 0 ? positionals : all, environment)
  } finally {
    if (withApicurio) await stopApicurio(port + 2)
    await wipeKafka(version, port)
  }
}

async function run(which: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const vitest = join(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs')
  // One of them kills the broker.
  const args = [vitest, 'run', '--no-file-parallelism', ...which, ...others]
  const told = python === null ? environment : { ...environment, TEST_MLFLOW_PYTHON: python }
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...told } })
  const [code] = (await once(child, 'close')) as [number | null]
  return code ?? 1
}
