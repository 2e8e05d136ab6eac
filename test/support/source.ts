/** Source files as the rules of CONTRIBUTING.md see them: their code without its words, and what they import. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const LAYERS = ['schemas', 'streams', 'commands', 'projections', 'serving'] as const

export type Source = Readonly<{
  /** From the root, with forward slashes. */
  path: string
  text: string
  /** The text with comments, and the contents of strings and patterns, blanked out; lines stay where they are. */
  code: string
  /** What is imported, as it is written. */
  imports: readonly string[]
}>

export function sourceOf(path: string, text: string): Source {
  const code = codeOf(text)
  return { path, text, code, imports: importsOf(text, code) }
}

export function readSources(): readonly Source[] {
  return LAYERS.flatMap((layer) =>
    readdirSync(`${ROOT}/${layer}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${layer}/${name.replaceAll('\\', '/')}`),
  )
    .sort()
    .map((path) => sourceOf(path, readFileSync(`${ROOT}/${path}`, 'utf8')))
}

/** The file that a relative import leads to. */
export const targetOf = (from: string, specifier: string): string =>
  posix.join(posix.dirname(from), specifier)

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])/g

function importsOf(text: string, code: string): string[] {
  return [...code.matchAll(IMPORT)].map((found) => {
    const start = found.index + found[0].length
    return text.slice(start, text.indexOf(found[1], start))
  })
}

const BEFORE_PATTERN = /(?:^|[=(,:;[!&|?{}+]|=>|\breturn)\s*$/

/** Blanks comments, strings, templates (but for what is computed in them) and patterns. */
export function codeOf(text: string): string {
  let out = ''
  let at = 0
  const blank = (to: number): void => {
    out += text.slice(at, to).replace(/[^\n]/g, ' ')
    at = to
  }
  const keep = (length: number): void => {
    out += text.slice(at, at + length)
    at += length
  }
  /** How deep in braces each open template's computed part is. */
  const templates: number[] = []
  const inTemplate = (): void => {
    while (at < text.length && text[at] !== '`' && !text.startsWith('${', at))
      blank(at + (text[at] === '\\' ? 2 : 1))
    if (text[at] === '`') keep(1)
    else {
      keep(2)
      templates.push(0)
    }
  }
  while (at < text.length) {
    const one = text[at]
    if (text.startsWith('//', at)) blank(endOf(text, '\n', at))
    else if (text.startsWith('/*', at)) blank(endOf(text, '*/', at) + 2)
    else if (one === "'" || one === '"') {
      const end = closing(text, at, one)
      keep(1)
      blank(end)
      keep(1)
    } else if (one === '`') {
      keep(1)
      inTemplate()
    } else if (one === '/' && BEFORE_PATTERN.test(out.slice(-40))) {
      const end = closing(text, at, '/')
      keep(1)
      blank(end)
      keep(1)
    } else {
      const depth = templates.length - 1
      if (one === '{' && depth >= 0) templates[depth]++
      if (one === '}' && depth >= 0 && templates[depth]-- === 0) {
        templates.pop()
        keep(1)
        inTemplate()
      } else keep(1)
    }
  }
  return out
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found < 0 ? text.length : found
}

/** Where a string or pattern that opens here closes; a slash in a class closes nothing. */
function closing(text: string, open: number, mark: string): number {
  let inClass = false
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (mark === '/' && text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === mark && !inClass) return at
  }
  return text.length
}
