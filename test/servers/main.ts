/**
 * Servers by hand, on loopback and without Docker:
 * `node test/servers/main.ts {install|start|stop|wipe|status} {kafka|apicurio} [port] [version]`.
 */
import { installApicurio, startApicurio, stopApicurio } from './apicurio.ts'
import { installKafka, KAFKA_VERSIONS, kafkaMissing, startKafka, stopKafka, wipeKafka } from './kafka.ts'

const [, , action = '', server = '', given, version = KAFKA_VERSIONS[0]] = process.argv

const ACTIONS: Readonly<Record<string, (port: number) => unknown>> = {
  'install kafka': () => installKafka(version),
  'start kafka': (port) => startKafka(version, port),
  'stop kafka': (port) => stopKafka(version, port),
  'wipe kafka': (port) => wipeKafka(version, port),
  'install apicurio': () => installApicurio(),
  'start apicurio': (port) => startApicurio(port),
  'stop apicurio': (port) => stopApicurio(port),
}

const act = ACTIONS[`${action} ${server}`]
const missing = kafkaMissing()
if (act === undefined || missing !== null) {
  process.stderr.write(
    missing === null ? `Known are: ${Object.keys(ACTIONS).join(', ')}.\n` : `${missing}.\n`,
  )
  process.exitCode = 2
} else {
  const answer = await act(Number(given ?? (server === 'kafka' ? 9092 : 8081)))
  process.stdout.write(`${action} ${server}: ${answer ?? 'done'}\n`)
}
