/** The online store's part of the configuration, as its client needs it. */
import type { Digest } from '../../schemas/kernel/canonical.ts'
import type { OnlineStore } from '../../streams/features/online/port.ts'
import { openOnlineRedis } from '../../streams/features/online/redis/open.ts'
import { readWritten } from '../../streams/log/regular.ts'
import { newTokenId } from '../access/secrets.ts'
import type { OnlineConfig } from '../config.ts'

/** @throws Refusal `file.unsound`, and what the file system says of a file that is not there */
export function onlineStoreOf(config: OnlineConfig, log: Digest, onReady?: () => void): OnlineStore {
  const { redis: url, prefix, user, passwordFile, ca, timeoutMillis } = config
  return openOnlineRedis({
    ...{ url, prefix, log, timeoutMillis, user, writer: newTokenId() },
    ...(passwordFile !== undefined && { password: readWritten(passwordFile).trimEnd() }),
    ...(ca !== undefined && { ca: readWritten(ca) }),
    ...(onReady !== undefined && { onReady }),
  })
}
