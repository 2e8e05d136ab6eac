/** Python clients as their users install them: a virtual environment, with fixed versions from PyPI. It needs Python 3.10. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { has, run, SERVERS_HOME } from './daemon.ts'

export const TRITON = ['tritonclient[grpc,http]==2.73.0']
export const KSERVE = ['kserve==0.21.0']
/** What an OMS in Python reads topics with. */
export const KAFKA = ['confluent-kafka==2.12.1', 'fastavro==1.12.1']
/** The client, and its own server to compare with. */
export const MLFLOW = ['mlflow==3.17.2', 'lightgbm==4.6.0']

/** What the examples of trainers are locked to. */
export const TRAINERS = readFileSync(
  join(import.meta.dirname, '../../serving/examples/python/requirements.txt'),
  'utf8',
)
  .split('\n')
  .filter((line) => /^\w/.test(line))

/** Why there is no Python here; null where there is. */
export function pythonMissing(): string | null {
  if (!has('python3')) return 'there is no python3 on this machine'
  const { status } = spawnSync('python3', ['-c', 'import venv, ensurepip'])
  return status === 0 ? null : 'python3 has no venv (Debian: python3-venv)'
}

/** Installs packages in an environment of their own, once. @returns the path of its Python @throws Error where one cannot be fetched */
export function installPython(name: string, packages: readonly string[]): string {
  const home = join(SERVERS_HOME, `python-${name}`)
  const python = join(home, 'bin', 'python')
  const wanted = packages.join(' ')
  const installed = join(home, 'installed')
  if (existsSync(python) && existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return python
  mkdirSync(home, { recursive: true })
  run('python3', ['-m', 'venv', home], home)
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], home)
  writeFileSync(installed, wanted)
  return python
}
