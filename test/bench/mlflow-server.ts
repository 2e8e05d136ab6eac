/** The two servers that are measured: this one, and MLflow's own with SQLite where its Python is there; each with its processor time. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../servers/daemon.ts'
import { installPython, MLFLOW, pythonMissing } from '../servers/python.ts'
import { owners, upOver } from '../support/doors.ts'
import type { Target } from './mlflow-client.ts'

export type Measured = Target &
  Readonly<{
    name: string
    folder: string
    /** Seconds of processor time that it took so far, all its processes together. */
    cpu: () => number
    stop: () => Promise<void>
  }>

/** The Python that has MLflow, installed where it is not there. @throws Error where it cannot be fetched */
export const mlflowPython = (): string => installPython('mlflow', MLFLOW)

export async function ours(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'asof-bench-mlflow-'))
  const { url, pid, stop } = await upOver(folder)
  return {
    ...{ name: 'Asof', folder, url, headers: { authorization: owners.get(url) ?? '' } },
    cpu: () => cpuOf([pid]),
    async stop() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The reason why there is none, where there is none. */
export async function theirs(): Promise<Measured | string> {
  const missing = process.platform === 'linux' ? pythonMissing() : 'its processor time is read from /proc'
  if (missing !== null) return missing
  try {
    mlflowPython()
  } catch (error) {
    return `it cannot be fetched (${error instanceof Error ? error.message.slice(0, 200) : error})`
  }
  const folder = mkdtempSync(join(tmpdir(), 'mlflow-bench-'))
  const port = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const out = openSync(join(folder, 'out.log'), 'a')
  const places = [
    '--backend-store-uri',
    `sqlite:///${folder}/mlflow.db`,
    '--artifacts-destination',
    `${folder}/artifacts`,
  ]
  const child = spawn(
    mlflowPython(),
    ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', ...places],
    {
      detached: true,
      stdio: ['ignore', out, out],
      env: {
        ...process.env,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      },
    },
  )
  const group = child.pid ?? 0
  for (let second = 0; second < 180; second++) {
    const reply = await fetch(`${url}/health`).catch(() => null)
    if (reply?.ok) break
    await sleep(1_000)
  }
  return {
    ...{ name: `${MLFLOW[0]}, SQLite`, folder, url, headers: {} },
    cpu: () => cpuOf(membersOf(group)),
    async stop() {
      process.kill(-group, 'SIGKILL')
      await sleep(500)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const statOf = (pid: number): readonly string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')

const TICKS_PER_SECOND = 100

function cpuOf(pids: readonly number[]): number {
  if (process.platform !== 'linux') return Number.NaN
  return pids.reduce((sum, pid) => {
    const stat = statOf(pid)
    return sum + (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND
  }, 0)
}

const membersOf = (group: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return Number(statOf(pid)[2]) === group
      } catch {
        return false
      }
    })

/** Kilobytes on the disk, as files take them. */
export const diskKb = (folder: string): number =>
  Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0])
