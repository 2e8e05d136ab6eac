/** Addresses that only this machine reaches. */
import { BlockList, isIP } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Whether an address is one that only this machine reaches. */
export function isLoopback(address: string | undefined): boolean {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/, '') ?? ''
  const version = isIP(plain)
  return version !== 0 && LOOPBACK.check(plain, version === 4 ? 'ipv4' : 'ipv6')
}
