/**
 * `npm run suite:servers [-- --kafka 4.1.2] [-- --apicurio]`: starts real servers, runs the suites of this folder against them, and
 * stops them. What else is given goes to the test runner.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startApicurio, stopApicurio } from './apicurio.ts'
import { freePorts } from './daemon.ts'
import { installKafka, KAFKA_VERSIONS, kafkaMissing, startKafka, wipeKafka } from './kafka.ts'

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: { kafka: { type: 'string', default: KAFKA_VERSIONS[0] }, apicurio: { type: 'boolean' } },
})
const own = ['kafka', 'apicurio']
const others = Object.entries(values).flatMap(([name, value]) =>
  own.includes(name) ? [] : [value === true ? `--${name}` : `--${name}=${value}`],
)

const missing = kafkaMissing() ?? notInstalled()
if (missing === null) process.exitCode = await suite(String(values.kafka), values.apicurio === true)
else process.stdout.write(`The suites against real servers are skipped: ${missing}.\n`)

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
    const vitest = join(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs')
    const all = ['test/servers', ...(withApicurio ? ['test/relay/registry.test.ts'] : [])]
    const which = positionals.length > 0 ? positionals : all
    // One of them kills the broker.
    const args = [vitest, 'run', '--no-file-parallelism', ...which, ...others]
    const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...environment } })
    const [code] = (await once(child, 'close')) as [number | null]
    return code ?? 1
  } finally {
    if (withApicurio) await stopApicurio(port + 2)
    await wipeKafka(version, port)
  }
}
