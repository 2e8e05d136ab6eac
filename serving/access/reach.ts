/** Who can reach the server: others do not before it is said how they show who they are, and tokens do not travel in the open. */
import { constants } from 'node:crypto'
import { isIP } from 'node:net'
import { refuse } from '../../schemas/kernel/fault.ts'
import { KEY_BYTES, readRegular } from '../../streams/log/regular.ts'
import { type Config, configPath } from '../config.ts'
import type { Folder } from '../folder.ts'
import { isLoopback } from './loopback.ts'

/** @throws Refusal `access.not-configured`, `access.plaintext` */
export function assertReachable(host: string, folder: Pick<Folder, 'root'>, config: Config): void {
  if (host === 'localhost' || (isIP(host) !== 0 && isLoopback(host))) return
  const { tokens, oidc, tls, behindProxy } = config
  const file = configPath(folder)
  if (!tokens && oidc === undefined && tls?.clients === undefined)
    throw refuse('access.not-configured', { host, file })
  if (tls === undefined && !behindProxy) throw refuse('access.plaintext', { host, file })
}

const HANDSHAKE_MILLIS = 10_000

/** What `node:tls` takes; null without TLS. @throws what the system says of a file that cannot be read */
export function tlsOf({ tls }: Config) {
  if (tls === undefined) return null
  const { cert, key, clients } = tls
  return {
    cert: readRegular(cert, KEY_BYTES),
    key: readRegular(key, KEY_BYTES),
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_MILLIS,
    // A certificate that the authority did not sign is none: the door says so, where a broken connection would not.
    ...(clients && { ca: readRegular(clients.ca, KEY_BYTES), requestCert: true, rejectUnauthorized: false }),
    // A connection that is resumed would not show its certificate again.
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const
}
