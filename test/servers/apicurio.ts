/** Apicurio's schema registry from Maven, in memory, on loopback: Confluent's API by somebody else. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Daemon, run, SERVERS_HOME, start, stop } from './daemon.ts'

/** The last one that runs on Java 17. */
export const APICURIO_VERSION = '3.0.9'

const HOME = join(SERVERS_HOME, `apicurio-${APICURIO_VERSION}`)

export function installApicurio(): void {
  if (existsSync(join(HOME, 'installed'))) return
  mkdirSync(join(HOME, 'app'), { recursive: true })
  const artifact = `io.apicurio:apicurio-registry-app:${APICURIO_VERSION}:tar.gz:all`
  run('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${HOME}`], HOME)
  const archive = join(HOME, `apicurio-registry-app-${APICURIO_VERSION}-all.tar.gz`)
  run('tar', ['xzf', archive, '-C', join(HOME, 'app')], HOME)
  rmSync(archive)
  writeFileSync(join(HOME, 'installed'), '')
}

const urlAt = (port: number): string => `http://127.0.0.1:${port}/apis/ccompat/v7`

function apicurioAt(port: number): Daemon {
  const jar = existsSync(join(HOME, 'app'))
    ? readdirSync(join(HOME, 'app')).find((name) => name.endsWith('-runner.jar'))
    : undefined
  return {
    run: join(HOME, `run-${port}`),
    command: 'java',
    args: [
      ...['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC'],
      // Without it, it listens on every address of the machine.
      ...['-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`],
      ...['-Dquarkus.management.enabled=true', '-Dquarkus.management.host=127.0.0.1'],
      `-Dquarkus.management.port=${port + 1}`,
      ...['-jar', join(HOME, 'app', jar ?? '')],
    ],
    readySeconds: 120,
    async isReady() {
      const reply = await fetch(`${urlAt(port)}/subjects`).catch(() => null)
      return reply?.ok === true
    },
  }
}

/** @returns its URL, as clients of Confluent's registry need it */
export async function startApicurio(port: number): Promise<string> {
  installApicurio()
  await start(apicurioAt(port))
  return urlAt(port)
}

export const stopApicurio = (port: number): Promise<void> => stop(apicurioAt(port))
