#!/usr/bin/env node
// Starts the command on the Node that is pinned in package.json, whatever the machine's own is.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const pinned = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
const main = fileURLToPath(new URL('main.ts', import.meta.url))
const node = existsSync(pinned) ? pinned : process.execPath
const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
// A supervisor stops the process that it started: the command hears of it, and ends in its own time.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
