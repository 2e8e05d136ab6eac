/** What a browser is given of the console: the files of `web/`, and the library of charts as npm installed it. Nothing comes from elsewhere. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { html } from '../../schemas/kernel/markup.ts'

export type WebFile = Readonly<{ type: string; body: Buffer; etag: string }>

const WEB = fileURLToPath(new URL('web', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.ts': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The folder of Plot, and of the d3 that it draws with. */
const plot = fileURLToPath(import.meta.resolve('@observablehq/plot'))
const VENDORED: Readonly<Record<string, string>> = {
  'vendor/plot.js': join(plot, '..', '..', 'dist', 'plot.umd.min.js'),
  'vendor/d3.js': join(createRequire(plot).resolve('d3'), '..', 'd3.min.js'),
}

/** Every file by its path below `/console/`. Each is read when it is asked for first, and kept. */
export function webFiles(): Readonly<{
  names: readonly string[]
  get: (name: string) => WebFile | undefined
}> {
  const own = readdirSync(WEB, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => Object.hasOwn(TYPES, extname(name)))
    .sort()
  const paths = new Map([
    ...own.map((name): [string, string] => [name, join(WEB, name)]),
    ...Object.entries(VENDORED),
  ])
  const read = new Map<string, WebFile>()
  return {
    names: own,
    get(name) {
      const path = paths.get(name)
      if (path === undefined) return undefined
      const file = read.get(name) ?? fileAt(path)
      read.set(name, file)
      return file
    },
  }
}

function fileAt(path: string): WebFile {
  const text = readFileSync(path, 'utf8')
  const body = Buffer.from(path.endsWith('.ts') ? withoutTypes(text) : text)
  const type = TYPES[extname(path)] ?? TYPES['.ts'] ?? ''
  return { type, body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` }
}

/**
 * A browser gets the modules as they stand here, with blanks in the place of types: as Node itself runs this file. It says once on
 * standard error that the call may change with another release of Node; the release is pinned.
 */
function withoutTypes(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}

/** The one page: it holds nothing of the platform, so that everybody may open a link to it. */
export const shell = (names: readonly string[]): string =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Asof</title>
<link rel="icon" href="/console/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/console/console.css">
${names
  .filter((name) => name.endsWith('.ts'))
  .map(
    (name) => html`<link rel="modulepreload" href="/console/${name}">
`,
  )}<script type="module" src="/console/main.ts"></script></head>
<body><noscript>The console draws in the browser, and needs JavaScript. The same is at <a href="/api/v1/views">/api/v1/views</a>, and from the command line: asof at now datasets.</noscript></body></html>
`.markup
