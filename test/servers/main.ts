/**
 * Servers by hand, on loopback and without Docker:
 * `node test/servers/main.ts {install|start|stop|wipe} {kafka|apicurio|redis|s3|versitygw} [port] [version]`.
 */
import { installApicurio, startApicurio, stopApicurio } from './apicurio.ts'
import { installKafka, KAFKA_VERSIONS, kafkaMissing, startKafka, stopKafka, wipeKafka } from './kafka.ts'
import { pythonMissing } from './python.ts'
import { redisMissing, startRedis, stopRedis } from './redis.ts'
import { installMoto, startMoto, stopMoto } from './s3.ts'
import { installVersitygw, startVersitygw, versitygwMissing, wipeVersitygw } from './versitygw.ts'

const [, , action = '', server = '', given, version = KAFKA_VERSIONS[0]] = process.argv

const ACTIONS: Readonly<Record<string, (port: number) => unknown>> = {
  'install kafka': () => installKafka(version),
  'start kafka': (port) => startKafka(version, port),
  'stop kafka': (port) => stopKafka(version, port),
  'wipe kafka': (port) => wipeKafka(version, port),
  'install apicurio': () => installApicurio(),
  'start apicurio': (port) => startApicurio(port),
  'stop apicurio': (port) => stopApicurio(port),
  'start redis': (port) => startRedis(port),
  'stop redis': (port) => stopRedis(port),
  'install s3': () => installMoto(),
  'start s3': (port) => startMoto(port),
  'stop s3': (port) => stopMoto(port),
  'install versitygw': () => installVersitygw(),
  'start versitygw': (port) => startVersitygw(port),
  'stop versitygw': (port) => wipeVersitygw(port),
}

const act = ACTIONS[`${action} ${server}`]
const PORTS: Readonly<Record<string, number>> = {
  kafka: 9092,
  apicurio: 8081,
  redis: 6379,
  s3: 9000,
  versitygw: 9000,
}
const NEEDS: Readonly<Record<string, () => string | null>> = {
  redis: redisMissing,
  s3: pythonMissing,
  versitygw: () => versitygwMissing(true),
}
const missing = (NEEDS[server] ?? kafkaMissing)()
if (act === undefined || missing !== null) {
  process.stderr.write(
    missing === null ? `Known are: ${Object.keys(ACTIONS).join(', ')}.\n` : `${missing}.\n`,
  )
  process.exitCode = 2
} else {
  const answer = await act(Number(given ?? PORTS[server]))
  process.stdout.write(`${action} ${server}: ${answer ?? 'done'}\n`)
}
