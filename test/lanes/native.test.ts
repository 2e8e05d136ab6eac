/**
 * Threads that may be ended at any moment hold no ONNX Runtime and no DuckDB: one that is ended while such code is at work, or is being loaded,
 * can take its process with it.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const SCRIPT = `
  import { Worker } from 'node:worker_threads'
  const [module, workerData] = process.argv.slice(1)
  const worker = new Worker(new URL(module), { workerData: JSON.parse(workerData), execArgv: [] })
  worker.on('error', () => {})
  await new Promise((ended) => worker.once('exit', ended))
  process.report.excludeNetwork = true
  console.log(JSON.stringify(process.report.getReport().sharedObjects))
`

/** The shared libraries of a process whose thread has loaded a module. */
async function loadedBy(module: string, workerData: unknown): Promise<readonly string[]> {
  const url = new URL(`../../serving/${module}`, import.meta.url).href
  const parameters = ['--input-type=module', '--eval', SCRIPT, url, JSON.stringify(workerData)]
  const { stdout } = await promisify(execFile)(process.execPath, parameters)
  return JSON.parse(stdout)
}

const ofModel = /onnxruntime|duckdb/

test.each([
  ['lanes/thread.ts', { path: '/there/is/none', lane: 'gate' }],
  ['lanes/training-thread.ts', '/there/is/none'],
])('%s', async (module, workerData) => {
  const loaded = await loadedBy(module, workerData)
  expect(loaded.length).toBeGreaterThan(0)
  expect(loaded.filter((path) => ofModel.test(path))).toEqual([])
})

test('a process that runs a model is seen to hold the runtime', async () => {
  const loaded = await loadedBy('../node_modules/onnxruntime-node/dist/index.js', null)
  expect(loaded.some((path) => ofModel.test(path))).toBe(true)
})
