/** Snappy, by bytes that Google's own library wrote, and bytes that somebody damaged. */
import { expect, test } from 'vitest'
import { unpackSnappy } from '../../streams/sources/kafka/snappy.ts'

/** Each text by its generator, and what google/snappy 1.1 made of it (through cramjam 2.14.0). */
const WRITTEN: readonly (readonly [text: Buffer, packed: string])[] = [
  [Buffer.alloc(0), '00'],
  [Buffer.from('a'), '010061'],
  [
    Buffer.from('{"name":"t1","price":1}'.repeat(40)),
    '9807587b226e616d65223a227431222c227072696365223a317dfe1700fe1700fe1700fe1700fe1700fe1700fe1700fe1700fe1700fe1700fe1700fe1700fe1700ee17000517',
  ],
  [
    Buffer.concat([
      ...[1, 2, 3].map(() => Buffer.from(Array.from({ length: 256 }, (_, i) => i))),
      Buffer.alloc(300, 'x'),
    ]),
    'ac08f40501000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405fe0001fe0001fe0001fe0001fe0001fe0001fe0001e600010078fe0100fe0100fe0100fe0100aa0100',
  ],
  [
    Buffer.from('ab'.repeat(5_000)),
    '904e046162fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200360200',
  ],
]

test('what was packed comes out, bare and in the frames of Java', () => {
  for (const [text, packed] of WRITTEN) {
    const bytes = Buffer.from(packed, 'hex')
    expect(text.equals(unpackSnappy(bytes, 1 << 20))).toBe(true)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    const header = Buffer.from('82534e41505059000000000100000001', 'hex')
    const framed = Buffer.concat([header, length, bytes, length, bytes])
    expect(Buffer.concat([text, text]).equals(unpackSnappy(framed, 1 << 20))).toBe(true)
  }
})

test('what is cut short, or longer than allowed, is refused', () => {
  for (const [text, packed] of WRITTEN.slice(1)) {
    const bytes = Buffer.from(packed, 'hex')
    for (let length = 0; length < bytes.length; length++)
      expect(() => unpackSnappy(bytes.subarray(0, length), 1 << 20)).toThrow(/damaged/)
    expect(() => unpackSnappy(bytes, text.length - 1)).toThrow(/too long|damaged/)
  }
})

test('a copy from before the beginning, and of nothing, are refused', () => {
  for (const packed of ['04 00 61 05 05', '08 00 61 11 00', '04 0c 61', 'ffffffffff0f'])
    expect(() => unpackSnappy(Buffer.from(packed.replaceAll(' ', ''), 'hex'), 1 << 20)).toThrow()
})
