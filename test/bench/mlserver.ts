/** MLServer from PyPI with a file of ONNX, where there is a Python: a peer of the bench of serving. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../servers/daemon.ts'
import { installPython, MLSERVER, pythonMissing } from '../servers/python.ts'

/** Python imports for a while on a busy machine. */
const PATIENCE_MILLIS = 180_000
const TICKS_PER_SECOND = 100

export type Mlserver = Readonly<{ address: string; cpuMicros: () => number; stop: () => Promise<void> }>

/** @returns why there is none here, where there is none */
export async function startMlserver(model: string, file: Uint8Array): Promise<Mlserver | string> {
  const lacking = pythonMissing()
  if (lacking !== null) return lacking
  let python: string
  try {
    python = installPython('mlserver', MLSERVER)
  } catch (error) {
    return `MLServer cannot be fetched (${error instanceof Error ? error.message.slice(0, 200) : error})`
  }
  const folder = mkdtempSync(join(tmpdir(), 'asof-bench-mlserver-'))
  const http = await freePorts(3)
  const [grpc, metrics] = [http + 1, http + 2]
  const uri = join(folder, 'model.onnx')
  writeFileSync(uri, file)
  const settings = { host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics }
  const quiet = { debug: false, parallel_workers: 0, logging_settings: null }
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ ...settings, ...quiet }))
  const parameters = { uri, version: '1' }
  const own = { name: model, implementation: 'mlserver_onnx.Onnx', parameters }
  writeFileSync(join(folder, 'model-settings.json'), JSON.stringify(own))
  const child = spawn(join(dirname(python), 'mlserver'), ['start', folder], {
    stdio: 'ignore',
    env: { ...process.env, PYTHONPATH: fileURLToPath(new URL('./peers/', import.meta.url)) },
  })
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
  if (await isReady(child, `http://127.0.0.1:${http}/v2/models/${model}/ready`))
    return { address: `127.0.0.1:${grpc}`, cpuMicros: () => cpuMicrosOf(child), stop }
  await stop()
  return 'MLServer did not become ready'
}

async function isReady(child: ChildProcess, url: string): Promise<boolean> {
  const end = performance.now() + PATIENCE_MILLIS
  while (performance.now() < end && child.exitCode === null) {
    const reply = await fetch(url).catch(() => null)
    if (reply?.ok === true) return true
    await setTimeout(200)
  }
  return false
}

/** Of a process on Linux, as the system counts it; NaN elsewhere. */
function cpuMicrosOf({ pid }: ChildProcess): number {
  try {
    // Behind the name in brackets come the state and ten numbers before the two that count.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND
  } catch {
    return Number.NaN
  }
}
