/** Runs the command in a process of its own, as a person or a script does. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../serving/cli/main.ts', import.meta.url))

export type Ran = Readonly<{ code: number | null; out: string; err: string }>

export function asof(folder: string, ...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...args, '-C', folder])
  let [out, err] = ['', '']
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    err += data
  })
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }))
  })
}
