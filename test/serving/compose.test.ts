/** docker-compose.yml and the configuration beside it name only what exists: settings, options, servers, files and secrets. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readConfig } from '../../serving/config.ts'
import { parseYaml } from '../../streams/sources/yaml-text.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CONFIGURED = join(ROOT, 'serving', 'compose')

const service = z.object({
  profiles: z.array(z.string()),
  image: z.string().optional(),
  ports: z.array(z.string()).default([]),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.unknown()).default({}),
  extends: z.object({ service: z.string() }).optional(),
})
const compose = z.object({
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), z.object({ environment: z.string() })),
  volumes: z.record(z.string(), z.null()),
})

function yamlIn<S extends z.ZodType>(path: string, schema: S): z.infer<S> {
  const read = parseYaml(readFileSync(path, 'utf8'))
  if (!read.ok) throw new Error(`${path}: ${read.error.why}`)
  return schema.parse(read.value)
}

const { services, secrets, volumes } = yamlIn(join(ROOT, 'docker-compose.yml'), compose)
const of = (profile: string) =>
  Object.keys(services).filter((name) => services[name]?.profiles.includes(profile))
const asof = Object.values(services).filter(({ command }) => command?.includes('serving/cli/asof.mjs'))

test('alone is one process, and full has a server for each port of the platform', () => {
  expect(of('alone')).toEqual(['asof'])
  expect(of('full')).toEqual(
    expect.arrayContaining(['asof-full', 'kafka', 'registry', 'kurrentdb', 'redis', 's3', 'prometheus']),
  )
  for (const { profiles } of Object.values(services)) expect(profiles).toHaveLength(1)
})

test('what is named is there: files, volumes, secrets, and services to wait for', () => {
  for (const [name, one] of Object.entries(services)) {
    for (const mount of one.volumes) {
      const [from = ''] = mount.split(':')
      expect(
        from.startsWith('.') ? existsSync(join(ROOT, from)) : Object.hasOwn(volumes, from),
        `${name}: ${mount}`,
      ).toBe(true)
    }
    for (const secret of one.secrets) expect(Object.keys(secrets)).toContain(secret)
    for (const other of Object.keys(one.depends_on)) expect(of(one.profiles[0] ?? '')).toContain(other)
  }
})

test('images are of one release each, and ports are open to this machine alone, each once in a profile', () => {
  for (const [name, { image, extends: of }] of Object.entries(services)) {
    const tag = (image ?? services[of?.service ?? '']?.image ?? '').split(':')[1] ?? ''
    // A digit in it: neither latest nor a branch.
    expect(tag, name).toMatch(/\d/)
  }
  for (const profile of ['alone', 'full']) {
    const ports = of(profile).flatMap((name) => [
      ...(services[name]?.ports ?? []),
      ...(services[services[name]?.extends?.service ?? '']?.ports ?? []),
    ])
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    expect(new Set(ports.map((port) => port.split(':')[1])).size).toBe(ports.length)
  }
})

test('brokers tell clients on this machine the port that is open to it, and services of the network another one', () => {
  const { ports = [], environment = {} } = services.kafka ?? {}
  const listenersIn = (text = '') =>
    new Map(text.split(',').map((one) => one.split('://') as [name: string, where: string]))
  const [own, told] = [environment.KAFKA_LISTENERS, environment.KAFKA_ADVERTISED_LISTENERS].map(listenersIn)
  const [, outside, inside] = ports[0]?.split(':') ?? []
  expect([own.get('HOST'), told.get('HOST')]).toEqual([`:${inside}`, `127.0.0.1:${outside}`])
  expect(`kafka${own.get('PLAINTEXT')}`).toBe(told.get('PLAINTEXT'))
  const protocols = (environment.KAFKA_LISTENER_SECURITY_PROTOCOL_MAP ?? '')
    .split(',')
    .map((one) => one.split(':')[0])
  expect(protocols.toSorted()).toEqual([...own.keys()].toSorted())
})

describe('Asof', () => {
  test('every variable that it is given is a setting', async () => {
    expect(asof).toHaveLength(2)
    for (const { environment } of asof) {
      const config = await readConfig({ root: '/nowhere' }, { ...services.asof?.environment, ...environment })
      expect([config.tokens, config.behindProxy]).toEqual([true, true])
    }
  })

  test('every option that it is started with is one', () => {
    const help = execFileSync(process.execPath, [join(ROOT, 'serving/cli/main.ts'), 'up', '--help'], {
      encoding: 'utf8',
    })
    for (const { command = [] } of asof)
      for (const word of command.filter((one) => one.startsWith('--'))) expect(help).toContain(`${word} `)
  })

  test('the configuration of full is accepted, and names servers and secrets of that profile', async () => {
    const { relay, chunks, online } = await readConfig({ root: CONFIGURED }, {})
    const addresses = [
      ...(relay?.brokers.map((broker) => `kafka://${broker}`) ?? []),
      ...[relay?.registry, chunks?.endpoint, online?.redis].map((url) => url ?? 'none://none'),
    ]
    expect(addresses.map((url) => new URL(url).hostname)).toEqual(['kafka', 'registry', 's3', 'redis'])
    for (const address of addresses) expect(of('full')).toContain(new URL(address).hostname)
    expect(Object.keys(secrets).map((name) => `/run/secrets/${name}`)).toContain(chunks?.secretKeyFile)
    expect(String(services.bucket?.command)).toContain(`s3/${chunks?.bucket}`)
    expect(services.s3?.environment.MINIO_ROOT_USER).toBe(chunks?.accessKey)
  })

  test('Prometheus reads the port that it listens on, under a name that it answers to', () => {
    const scrape = z.object({
      scrape_configs: z.array(
        z.object({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
      ),
    })
    const [
      {
        static_configs: [{ targets }],
      },
    ] = yamlIn(join(CONFIGURED, 'prometheus.yml'), scrape).scrape_configs as [
      { static_configs: [{ targets: string[] }] },
    ]
    const told = services['asof-full']?.command ?? []
    expect(targets).toEqual([told[told.indexOf('--allow-host') + 1]])
  })
})
