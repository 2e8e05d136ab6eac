/** The vectors of others are the published ones, whole. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readVector, VECTORS } from './support/vectors.ts'

const readme = readFileSync(new URL('README.md', VECTORS), 'utf8')

test.each(readdirSync(VECTORS).filter((file) => file !== 'README.md'))(
  '%s has the hash that the README states, and its section',
  (file) => {
    const text = file.endsWith('.gz')
      ? readVector(file.replace(/\.gz$/, ''))
      : readFileSync(new URL(file, VECTORS), 'utf8')
    const digest = createHash('sha256').update(text).digest('hex')
    expect(readme.split('\n').find((line) => line.startsWith(`| \`${file}\``))).toContain(digest)
    expect(readme.split('\n').find((line) => line.startsWith('## ') && line.includes(file))).toBeDefined()
  },
)
