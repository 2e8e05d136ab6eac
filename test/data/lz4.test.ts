/** LZ4 frames that python-lz4 4.4.5 (liblz4) packed: each unpacks to the bytes whose SHA-256 Python's hashlib gives. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unpackLz4 } from '../../streams/sources/lz4.ts'

const FRAMES: readonly (readonly [string, number, string, string])[] = [
  [
    'of one block',
    300,
    'cd1639bc5618dee0ebffebfa3f4eb5eeb92f615840ef370faff34f8f31d57e2b',
    'BCJNGGhALAEAAAAAAACE0wAAAIBBQkJBQkJCQwYAJUNBBQAwQ0NCGQARQwMAASEAQEFBQ0EVABBDJgAAHwAAMwADPgADFQAA' +
      'JQARQhoAEEMBAGFBQUFDQ0I2AAAFADBBQUJEAAAVAANBACBBQy4AAW0AAHkAADcAARMAAicAEEFNABBBmgAAcgAAVgAABAAG' +
      'GAAAYwAABgAQQmYAAF0AAFEAAAgAAgcAAI0AEUNzABFCIgAAFgARQm4AAH4AAEcAAX4AMENCQqgAEEFOAAAZAAACAAL6AAJG' +
      'AMBBQ0JBQkNCQUFBQUIAAAAA',
  ],
  [
    'of independent blocks, with checksums of blocks and content',
    300,
    'cd1639bc5618dee0ebffebfa3f4eb5eeb92f615840ef370faff34f8f31d57e2b',
    'BCJNGHxALAEAAAAAAAD60wAAAIBBQkJBQkJCQwYAJUNBBQAwQ0NCGQARQwMAASEAQEFBQ0EVABBDJgAAHwAAMwADPgADFQAA' +
      'JQARQhoAEEMBAGFBQUFDQ0I2AAAFADBBQUJEAAAVAANBACBBQy4AAW0AAHkAADcAARMAAicAEEFNABBBmgAAcgAAVgAABAAG' +
      'GAAAYwAABgAQQmYAAF0AAFEAAAgAAgcAAI0AEUNzABFCIgAAFgARQm4AAH4AAEcAAX4AMENCQqgAEEFOAAAZAAACAAL6AAJG' +
      'AMBBQ0JBQkNCQUFBQUKnLYmOAAAAAPw+KtA=',
  ],
  [
    'of linked blocks, with matches that reach back over their ends',
    300000,
    'da7bb4461116bef5c07daf9eed111739ccbbaac39874cb8e69fc386448bdf27f',
    'BCJNGEhA4JMEAAAAAABhTwEAAIBBQkJBQkJCQwYAJUNBBQAwQ0NCGQARQwMAASEAQEFBQ0EVABBDIQAiQ0MzAAM+AAMVABJC' +
      'BgAACQAAAQBAQUFBQxQAH0NkAP//////////////////////////////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////' +
      '//////////////////////////////////////////////////////////////////////////////+EUEFCQ0FCCgEAAA9k' +
      'AP//////////////////////////////////////////////////////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////' +
      '///////////////////////////////////////////////////////oUEJCQkNDCgEAAA9kAP//////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////' +
      '///////////////////////////////oUEFCQkJDCgEAAA9kAP//////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////' +
      '///////oUEJDQUFDngAAAA9kAP//////////////////////////////////////////////////////////////////////' +
      '////////////////////////////////////////////////////////////////////////////////////////////////' +
      '//////////////////////////////9cUENCQ0FDAAAAAA==',
  ],
  ['of nothing', 0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'BCJNGGBAggAAAAA='],
  [
    'with a length of its content',
    40,
    '098a0e41dd24695ae15044e0b46fbcf24af9514c8a78757ce572ba6631bb84e9',
    'BCJNGGhAKAAAAAAAAAB1IQAAAIBBQkJBQkJCQwYAJUNBBQAwQ0NCGQCgQ0FCQ0FCQUJCQgAAAAA=',
  ],
]
const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64')

describe('a frame', () => {
  it.each(FRAMES)('%s', (_, length, digest, packed) => {
    const out = unpackLz4(bytesOf(packed), length)
    expect(out).toHaveLength(length)
    expect(createHash('sha256').update(out).digest('hex')).toBe(digest)
    if (length > 0) expect(() => unpackLz4(bytesOf(packed), length - 1)).toThrow(/more than it may/)
  })

  it('behind another, and behind one to be skipped, is read on', () => {
    const [, length, , packed] = FRAMES[0]
    const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7])
    const twice = Buffer.concat([bytesOf(packed), skipped, bytesOf(packed)])
    expect(unpackLz4(twice, 2 * length)).toHaveLength(2 * length)
  })

  it('that is damaged gives no more than the limit, or an error', () => {
    const [, , , packed] = FRAMES[2]
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(), (at, by, cut) => {
        const bytes = bytesOf(packed)
        bytes[at % bytes.length] ^= by
        try {
          expect(unpackLz4(bytes.subarray(0, bytes.length - (cut % 4)), 400_000).length).toBeLessThanOrEqual(
            400_000,
          )
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
      { numRuns: 300 },
    )
  })
})
