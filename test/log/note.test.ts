/** Signed notes and checkpoints, against notes that others signed. */
import { describe, expect, test } from 'vitest'
import { openCheckpoint, signCheckpoint, splitNotes } from '../../streams/log/seal/checkpoint.ts'
import { noteSigner, noteVerifier, openNote, privateKeyFrom, signNote } from '../../streams/log/seal/note.ts'
import { EMPTY_ROOT } from '../../streams/log/seal/tree.ts'

// golang.org/x/mod/sumdb/note, note_test.go and example_test.go.
const TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const PETER_SECRET = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
const PETER_SIGNED =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
const ENOCH = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop'
const ENOCH_SIGNED =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n'
const NOTE = `${TEXT}\n${PETER_SIGNED}${ENOCH_SIGNED}`

const peter = noteSigner('PeterNeumann', privateKeyFrom(Buffer.from(PETER_SECRET, 'base64').subarray(1)))
const malformed = expect.objectContaining({ fault: expect.objectContaining({ code: 'seal.malformed' }) })

describe('signed notes of golang.org/x/mod/sumdb/note', () => {
  test('are signed as there, and open with either key', () => {
    expect(peter.verifierKey).toBe(PETER)
    expect(signNote(TEXT, peter)).toBe(`${TEXT}\n${PETER_SIGNED}`)
    for (const key of [PETER, ENOCH]) expect(openNote(NOTE, [noteVerifier(key)])).toBe(TEXT)
  })

  test('are refused without a known key, with a wrong signature of one, or cut', () => {
    const verifiers = [noteVerifier(PETER), noteVerifier(ENOCH)]
    const wrong = [
      NOTE.replace('cryptography', 'Cryptography'),
      NOTE.replace('5n2tiOHp', '5nABCDHp'),
      NOTE.replaceAll('PeterNeumann', 'CarmenSandiego').replaceAll('EnochRoot', 'CarmenSandiego'),
      `${TEXT}\n`,
      TEXT,
      NOTE.slice(0, -1),
      NOTE.replace('\n\n', '\n'),
    ]
    for (const note of wrong) expect(() => openNote(note, verifiers)).toThrow(malformed)
  })

  test('with any bit changed are refused', () => {
    const note = Buffer.from(`${TEXT}\n${PETER_SIGNED}`)
    for (let bit = 0; bit < note.length * 8; bit++) {
      const copy = Buffer.from(note)
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => openNote(copy.toString('utf8'), [noteVerifier(PETER)])).toThrow(malformed)
    }
  })

  test.each([
    'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==',
    'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    'PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  ])('bad key %s', (key) => {
    expect(() => noteVerifier(key)).toThrow(malformed)
  })
})

test('checkpoints come back, also out of a file of many', () => {
  const of = (size: number) => signCheckpoint({ origin: 'asof.example/log', size, root: EMPTY_ROOT }, peter)
  const text = `${of(0).note}${of(7).note}${of(70_000).note}`
  const { notes, rest } = splitNotes(`${text}asof.exam`)
  expect(rest).toBe('asof.exam')
  expect(notes.map((note) => openCheckpoint(note, [noteVerifier(PETER)]))).toMatchObject([
    { origin: 'asof.example/log', size: 0, root: EMPTY_ROOT },
    { size: 7 },
    { size: 70_000 },
  ])
  const odd = signNote('asof.example/log\n007\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n', peter)
  expect(() => openCheckpoint(odd, [noteVerifier(PETER)])).toThrow(malformed)
})
