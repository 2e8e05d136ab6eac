/** Python clients as their users install them: a virtual environment, with fixed versions from PyPI. It needs Python 3.10. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MLSERVER as RELEASES } from '../../serving/export/written.ts'
import { has, run, SERVERS_HOME } from './daemon.ts'

export const TRITON = ['tritonclient[grpc,http]==2.73.0']
export const KSERVE = ['kserve==0.21.0']
/** The SDK, whose remote online store asks a feature server; and its own store in Redis, a peer of the bench. */
export const FEAST = ['feast[redis]==0.67.0']
/** Another server, for models that are exported, and a peer of the bench of serving: in the releases that an export names. */
export const MLSERVER = [`mlserver==${RELEASES.mlserver}`, `onnxruntime==${RELEASES.onnxruntime}`]
/** What an OMS in Python reads topics with. */
export const KAFKA = ['confluent-kafka==2.12.1', 'fastavro==1.12.1']
/** What features are read into. */
export const FRAMES = ['pyarrow==26.0.1', 'polars==1.44.2']
/** What tables of a lakehouse are made and read with. */
export const LAKE = [...FRAMES, 'pandas==3.1.1', 'deltalake==1.6.6', 'pyiceberg[sql-sqlite]==0.12.0']
/** What checks the files of models that are signed; it names pyOpenSSL, and does not ask for it. */
export const MODEL_SIGNING = ['model-signing==1.1.1', 'pyopenssl==26.4.0']
/** What lineage events are read back with. */
export const OPENLINEAGE = ['openlineage-python==1.54.0']
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
  const home = homeOf(name)
  const python = pythonIn(home)
  const wanted = packages.join(' ')
  const installed = join(home, 'installed')
  if (existsSync(python) && existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return python
  mkdirSync(home, { recursive: true })
  const uv = installUv()
  // With pip in it, as in any environment: clients look for it.
  if (uv !== null)
    run(uv, ['venv', '--quiet', '--seed', '--clear', '--python', 'python3', home], SERVERS_HOME)
  else run('python3', ['-m', 'venv', home], home)
  // A sandbox shows it read-only: what is not compiled is compiled again by each job there.
  const compiled = packages === TRAINERS ? ['--compile-bytecode'] : []
  if (uv !== null) run(uv, ['pip', 'install', '--quiet', ...compiled, '--python', python, ...packages], home)
  else run(python, [...PIP, ...packages], home)
  writeFileSync(installed, wanted)
  return python
}

const homeOf = (name: string): string => join(SERVERS_HOME, `python-${name}`)
const pythonIn = (home: string): string => join(home, 'bin', 'python')
const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
const UV = 'uv==0.13.9'

/** It installs what pip does in a tenth of the time. Null where it cannot be had. */
function installUv(): string | null {
  const home = homeOf('uv')
  const uv = join(home, 'bin', 'uv')
  if (existsSync(uv)) return uv
  try {
    mkdirSync(home, { recursive: true })
    run('python3', [...PIP, '--target', home, UV], home)
    return uv
  } catch {
    return null
  }
}
