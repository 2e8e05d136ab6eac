/** Kafka from the jars of its release: one broker that is its own controller, on loopback. It needs Java 17 and Maven. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Daemon, has, pidOf, run, SERVERS_HOME, start, stop } from './daemon.ts'

/** The last line with every old version of the protocol, and a newer one. */
export const KAFKA_VERSIONS = ['3.9.2', '4.1.2'] as const

const HEAP = ['-Xms384m', '-Xmx384m', '-XX:+UseSerialGC']

/** Why Kafka cannot be run here; null where it can. */
export function kafkaMissing(): string | null {
  if (!has('java')) return 'there is no Java (17 or later) on this machine'
  return has('mvn') ? null : 'there is no Maven (mvn) on this machine to fetch Kafka with'
}

const homeOf = (version: string): string => join(SERVERS_HOME, `kafka-${version}`)

/** Logging is no dependency of the broker, and it does not start without. */
const LOGGING = (version: string): readonly [group: string, artifact: string, version: string][] =>
  version.startsWith('3.')
    ? [['org.slf4j', 'slf4j-reload4j', '1.7.36']]
    : [
        ['org.apache.logging.log4j', 'log4j-core', '2.25.3'],
        ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.3'],
      ]

const LOG4J = `log4j.rootLogger=WARN,c
log4j.appender.c=org.apache.log4j.ConsoleAppender
log4j.appender.c.layout=org.apache.log4j.PatternLayout
log4j.appender.c.layout.ConversionPattern=%d %p %c %m%n
log4j.logger.kafka.server.KafkaRaftServer=INFO
`
const LOG4J2 = `status=warn
appender.c.type=Console
appender.c.name=c
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=%d %p %c %m%n
rootLogger.level=warn
rootLogger.appenderRef.c.ref=c
logger.k.name=kafka.server.KafkaRaftServer
logger.k.level=info
`

/** Fetches a version's jars, once. Maven asks where its own settings say. */
export function installKafka(version: string): void {
  const home = homeOf(version)
  if (existsSync(join(home, 'installed'))) return
  mkdirSync(home, { recursive: true })
  const dependencies = [['org.apache.kafka', 'kafka_2.13', version], ...LOGGING(version)]
    .map(
      ([group, artifact, of]) =>
        `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${of}</version></dependency>`,
    )
    .join('')
  writeFileSync(
    join(home, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>broker</artifactId><version>1</version><dependencies>${dependencies}</dependencies></project>`,
  )
  const goals = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime']
  run('mvn', [...goals, `-DoutputDirectory=${join(home, 'libs')}`], home)
  writeFileSync(join(home, 'log4j.properties'), LOG4J)
  writeFileSync(join(home, 'log4j2.properties'), LOG4J2)
  writeFileSync(join(home, 'installed'), '')
}

/** The controller has the port after the broker's, and clients that come over TLS the one after that. */
const propertiesOf = (
  version: string,
  port: number,
  run: string,
  store: string | null,
): string => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${port + 1}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}${store === null ? '' : `,SECURE://127.0.0.1:${port + 2}`}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}${store === null ? '' : `,SECURE://127.0.0.1:${port + 2}`}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL
log.dirs=${join(run, 'data')}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=4194304
${version.startsWith('3.') ? '' : 'share.coordinator.state.topic.replication.factor=1\nshare.coordinator.state.topic.min.isr=1\n'}${store === null ? '' : securedBy(store)}`

function java(version: string): readonly string[] {
  const home = homeOf(version)
  return [
    ...HEAP,
    ...['-cp', join(home, 'libs', '*')],
    `-Dlog4j.configuration=file:${join(home, 'log4j.properties')}`,
    `-Dlog4j2.configurationFile=${join(home, 'log4j2.properties')}`,
  ]
}

/** Who may connect over TLS. */
export const SECURE_USER = { user: 'asof', password: 'only-for-tests' }

const securedBy = (
  store: string,
): string => `listener.name.secure.sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256
listener.name.secure.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.ssl.keystore.location=${store}
listener.name.secure.ssl.keystore.type=PKCS12
listener.name.secure.ssl.keystore.password=for-tests
listener.name.secure.ssl.key.password=for-tests
`

/** A key for the broker, and its certificate in PEM: whoever trusts that one trusts the broker. */
function makeKeys(folder: string): string {
  const store = join(folder, 'broker.p12')
  const own = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', 'for-tests', '-alias', 'broker']
  const named = [
    '-keyalg',
    'EC',
    '-groupname',
    'secp256r1',
    '-dname',
    'CN=127.0.0.1',
    '-ext',
    'san=ip:127.0.0.1',
  ]
  run('keytool', ['-genkeypair', ...own, ...named, '-validity', '30'], folder)
  run('keytool', ['-exportcert', '-rfc', ...own, '-file', join(folder, 'broker.pem')], folder)
  return store
}

function kafkaAt(version: string, port: number): Daemon {
  const folder = join(homeOf(version), `run-${port}`)
  return {
    run: folder,
    command: 'java',
    args: [...java(version), 'kafka.Kafka', join(folder, 'server.properties')],
    readySeconds: 300,
    isReady: async (output) => output.includes('Kafka Server started') && (await accepts(port)),
  }
}

/**
 * @param secured whether it listens on the port after the controller's too, for clients with TLS and a name
 * @returns where it listens
 */
export async function startKafka(version: string, port: number, secured = false): Promise<string> {
  installKafka(version)
  const daemon = kafkaAt(version, port)
  const data = join(daemon.run, 'data')
  const properties = join(daemon.run, 'server.properties')
  if (!existsSync(join(data, 'meta.properties'))) {
    mkdirSync(daemon.run, { recursive: true })
    writeFileSync(properties, propertiesOf(version, port, daemon.run, secured ? makeKeys(daemon.run) : null))
    const tool = [...java(version), 'kafka.tools.StorageTool']
    const scram = ['SCRAM-SHA-512', 'SCRAM-SHA-256'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${SECURE_USER.user},password=${SECURE_USER.password}]`,
    ])
    const users = secured ? scram : []
    // As the tool makes them itself, in a second of its own: 16 bytes, and never an option's dash in front.
    const id = `A${randomBytes(16).toString('base64url').slice(1)}`
    run('java', [...tool, 'format', '-t', id, '-c', properties, '--ignore-formatted', ...users], daemon.run)
  }
  await start(daemon)
  return `127.0.0.1:${port}`
}

export const stopKafka = (version: string, port: number, signal?: NodeJS.Signals): Promise<void> =>
  stop(kafkaAt(version, port), signal)

/** The certificate of a broker that is secured, in PEM. */
export const certificateOf = (version: string, port: number): string =>
  join(kafkaAt(version, port).run, 'broker.pem')

/** `SIGSTOP` has it answer nothing, and `SIGCONT` go on. */
export function signalKafka(version: string, port: number, signal: NodeJS.Signals): void {
  const pid = pidOf(kafkaAt(version, port))
  if (pid !== null) process.kill(pid, signal)
}

/** Stops it, and throws its data away. */
export async function wipeKafka(version: string, port: number): Promise<void> {
  await stopKafka(version, port)
  rmSync(kafkaAt(version, port).run, { recursive: true, force: true })
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
