/** The commit of a trainer, as the platform hands it on. */

/** A tar of one file, as POSIX has it. */
export function tarOf(name: string, content: string): Uint8Array {
  const body = Buffer.from(content)
  const head = Buffer.alloc(512)
  const fields: [number, string][] = [
    [0, name],
    [100, '0000755\0'],
    [108, '0000000\0'],
    [116, '0000000\0'],
    [124, `${body.length.toString(8).padStart(11, '0')}\0`],
    [136, '00000000000\0'],
    [148, '        '],
    [156, '0'],
    [257, 'ustar\x0000'],
  ]
  for (const [at, text] of fields) head.write(text, at, 'latin1')
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return Buffer.concat([head, body, Buffer.alloc(((512 - (body.length % 512)) % 512) + 1024)])
}
