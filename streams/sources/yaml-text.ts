/**
 * Parses YAML that a person wrote, within limits: no alias, no tag, no more than a person writes, and nothing that would become
 * another value than the one that is written.
 */
import {
  Composer,
  CST,
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  Lexer,
  Parser,
  type Scalar,
  stringify,
  visit,
  type YAMLMap,
} from 'yaml'
import { assert } from '../../schemas/kernel/assert.ts'
import type { Result } from '../../schemas/kernel/result.ts'

/** Characters of a file, how many values it may hold, and how deep it may go: all far beyond what anybody writes by hand. */
export const MOST_CHARACTERS = 1 << 19
const MOST_VALUES = 100_000
const MOST_DEPTH = 100

/** What is wrong with a text, and where; lines and columns count from 1. */
export type YamlProblem = Readonly<{ line: number; column: number; why: string }>
export type YamlRead = Result<unknown, YamlProblem>

/** The value of a document, or the first thing that is wrong with it. Time and memory are linear in its length. */
export function parseYaml(text: string): YamlRead {
  if (text.length > MOST_CHARACTERS) return wholly(`it is longer than ${MOST_CHARACTERS} characters`)
  try {
    assertPrintable(text)
    const document = documentIn(text)
    assertPlain(text, document)
    return { ok: true, value: document.toJS({ maxAliasCount: 0 }) }
  } catch (error) {
    if (!(error instanceof Broken)) {
      const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
      return wholly(why)
    }
    const before = text.slice(0, error.at).split('\n')
    const column = (before.at(-1) ?? '').length + 1
    return { ok: false, error: { line: before.length, column, why: error.message } }
  }
}

/** A value as YAML for whoever reads that: texts that could be taken for something else are quoted. */
export const yamlOf = (value: object): string =>
  stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })

/** What is wrong with no one place of a text. */
export const wholly = (why: string): YamlRead => ({ ok: false, error: { line: 1, column: 1, why } })

/** The first thing that is wrong, and where it stands. */
class Broken extends Error {
  readonly at: number
  constructor(at: number, why: string) {
    super(why)
    this.at = at
  }
}

/**
 * The only document of a text. `parseDocument` of the package would go on behind an error, and for each one go over its whole line:
 * 500 KB of quotes took minutes, and gigabytes.
 * @throws Broken
 */
function documentIn(text: string): Document.Parsed {
  // The package's own search for a key that is there twice takes the square of their number, and so do the tags of its other schemas.
  // Keys are text: 010 is no 10, and a list would be written out again on each level around it.
  const composer = new Composer({
    schema: 'core',
    resolveKnownTags: false,
    uniqueKeys: false,
    stringKeys: true,
  })
  // The composer catches what is thrown within a node, and says it again of whatever is around.
  let first: Broken | null = null
  const stop = (
    source: number | readonly number[] | { offset: number },
    code: string,
    why: string,
  ): never => {
    const [at = 0] = typeof source === 'number' ? [source] : 'offset' in source ? [source.offset] : source
    first ??= new Broken(
      at,
      code === 'NON_STRING_KEY' ? 'a key is a list, a map or an alias; write a word' : why,
    )
    throw first
  }
  assert(
    typeof Reflect.get(composer, 'onError') === 'function',
    'the composer says in one place what is wrong',
  )
  Reflect.set(composer, 'onError', stop)
  let document: Document.Parsed | null = null
  for (const one of composer.compose(soundTokens(text), true, text.length)) {
    const [wrong] = [...one.errors, ...one.warnings]
    if (wrong !== undefined) throw new Broken(wrong.pos[0], wrong.message)
    if (document !== null) throw new Broken(one.range[0], 'it holds more than one document')
    document = one
  }
  assert(document !== null, 'an empty text is an empty document')
  return document
}

/** @throws Broken */
function* soundTokens(text: string): Generator<CST.Token> {
  for (const token of tokensOf(text)) {
    if (token.type === 'error') {
      const what = token.source ? `: ${JSON.stringify(token.source.slice(0, 100))}` : ''
      throw new Broken(token.offset, `${token.message}${what}`)
    }
    yield token
  }
}

/** The composer calls itself for each level, and would run out of stack. @throws Broken */
function* tokensOf(text: string): Generator<CST.Token> {
  const parser = new Parser()
  let scalar = false
  for (const lexeme of new Lexer().lex(text)) {
    // The document is none of the levels, and neither is what stands in the innermost.
    if (parser.stack.length > MOST_DEPTH + 2)
      throw new Broken(parser.offset, `it goes deeper than ${MOST_DEPTH} levels`)
    if (!scalar && CST.tokenType(lexeme) === 'tag')
      throw new Broken(parser.offset, `it has a tag (${lexeme.slice(0, 100)}); leave it out`)
    scalar = lexeme === CST.SCALAR
    yield* parser.next(lexeme)
  }
  yield* parser.end()
}

/**
 * What YAML does not allow in a text (YAML 1.2.2, section 5.1), and a carriage return that stands alone: it ends a line of YAML (5.4), and the
 * package takes what follows for more of a comment, or of a value.
 */
const UNPRINTABLE = /(?![\t\n\r\x85])[\p{Cc}\p{Cs}\ufeff\ufffe\uffff]|\r(?!\n)/u

/** @throws Broken */
function assertPrintable(text: string): void {
  // The mark of UTF-8 is none of the text.
  const start = text.startsWith('\ufeff') ? 1 : 0
  const at = text.slice(start).search(UNPRINTABLE) + start
  if (at < start) return
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')
  const remedy = code === '000D' ? 'end the line with a line feed too' : 'leave it out'
  throw new Broken(at, `it holds the character U+${code}, which cannot be seen; ${remedy}`)
}

/** What YAML allows, and no declaration needs. @throws Broken */
function assertPlain(text: string, document: Document.Parsed): void {
  const { explicit, version } = document.directives.yaml
  if (explicit === true && version !== '1.2')
    throw new Broken(
      Math.max(text.search(/^%YAML/m), 0),
      `it says that it is YAML ${version}, and YAML 1.2 is read; leave that line out`,
    )
  let values = 0
  visit(document, (key, node) => {
    if (isPair(node) || !isNode(node)) return
    const at = node.range?.[0] ?? 0
    if (isAlias(node)) throw new Broken(at, `it has an alias (*${node.source}); write what it stands for`)
    if (isScalar(node)) assertExact(node, at)
    // Whoever checks the values does so in a process that cannot be ended.
    if (key !== 'key' && ++values > MOST_VALUES)
      throw new Broken(at, `it holds more than ${MOST_VALUES} values`)
    if (isMap(node)) assertKeys(node)
  })
}

/** A value is the one that is written, as far as a double can be. @throws Broken */
function assertExact({ value, source = '' }: Scalar, at: number): void {
  const written = source.slice(0, 100)
  if (typeof value === 'string' && !value.isWellFormed())
    throw new Broken(at, 'it escapes half a character (a lone surrogate); write the whole one')
  if (typeof value !== 'number') return
  if (!Number.isFinite(value))
    throw new Broken(at, `${written} is not a number that can be held; write a finite one, or quote a text`)
  if (/^[-+]?(0[xo])?[0-9a-f]+$/i.test(source) && !/^[-+]?\d+e/i.test(source) && !Number.isSafeInteger(value))
    throw new Broken(at, `${written} would be rounded: whole numbers go to 2^53; quote it if it is a text`)
  if (value === 0 && /[1-9]/.test(source.replace(/e.*/i, '')))
    throw new Broken(at, `${written} is too small to be held, and would be 0`)
}

/** Each key is there once. @throws Broken */
function assertKeys({ items }: YAMLMap): void {
  const seen = new Set<string>()
  for (const { key } of items) {
    assert(isScalar(key), 'a key is a scalar')
    // 1 is the same key as "1".
    const name = String(key.value)
    const at = key.range?.[0] ?? 0
    // The package reads one so behind a closing bracket too, where YAML has none.
    if (key.type === 'PLAIN' && key.source === '') throw new Broken(at, 'a colon has no key before it')
    if (seen.has(name)) throw new Broken(at, `the key ${name.slice(0, 100) || '""'} is there twice`)
    if (name === '__proto__')
      throw new Broken(at, 'the key __proto__ has a meaning of its own; write another')
    seen.add(name)
  }
}
