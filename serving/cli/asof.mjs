#!/usr/bin/env node
// Starts the command on the Node that is pinned in package.json, whatever the machine's own is.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const pinned = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
const main = fileURLToPath(new URL('main.ts', import.meta.url))
const node = existsSync(pinned) ? pinned : process.execPath
const { status, signal } = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
process.exit(signal === null ? (status ?? 1) : 1)
