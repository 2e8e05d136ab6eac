/** The stock MLflow client, and its own server to compare with, from PyPI: installed in a folder of its own where Python is there. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SERVERS_HOME } from './daemon.ts'

export const MLFLOW = '3.17.2'
const PACKAGES = [`mlflow==${MLFLOW}`, 'lightgbm==4.6.0']

const HOME = join(SERVERS_HOME, `mlflow-${MLFLOW}`)
const BIN = join(HOME, process.platform === 'win32' ? 'Scripts' : 'bin')

/** The Python that has MLflow; one that is named in `MLFLOW_PYTHON` is taken as it is. */
export const mlflowPython = (): string => process.env.MLFLOW_PYTHON ?? join(BIN, 'python')

/** What is missing to install it; null where nothing is. */
export function pythonMissing(): string | null {
  if (process.env.MLFLOW_PYTHON !== undefined) return null
  const { error, status } = spawnSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' })
  return error !== undefined || status !== 0 ? 'there is no python3 with venv' : null
}

/** Installs it, once. @throws Error where PyPI cannot be reached */
export function installMlflow(): string {
  if (process.env.MLFLOW_PYTHON !== undefined || existsSync(join(HOME, 'installed'))) return mlflowPython()
  rmSync(HOME, { recursive: true, force: true })
  mkdirSync(SERVERS_HOME, { recursive: true })
  execFileSync('python3', ['-m', 'venv', HOME], { stdio: 'inherit' })
  execFileSync(mlflowPython(), ['-m', 'pip', 'install', '--quiet', ...PACKAGES], { stdio: 'inherit' })
  mkdirSync(join(HOME, 'installed'))
  return mlflowPython()
}
