/** The relay's part of the configuration, as its Kafka client needs it: with what the files hold that it names. */
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { readWritten } from '../../streams/log/regular.ts'
import type { KafkaOptions } from '../../streams/relay/kafka/bus.ts'
import { newTokenId } from '../access/secrets.ts'
import type { RelayConfig } from '../config.ts'

/** @throws Refusal `file.unsound`, and what the file system says of a file that is not there */
export function kafkaOptions(
  config: RelayConfig,
  log: Digest,
  registry: KafkaOptions['registry'],
): Omit<KafkaOptions, 'kept'> {
  const { brokers, prefix, replicas, from, tls, ca, mechanism, user, passwordFile } = config
  return {
    ...{ brokers, prefix, log, registry, replicas, from, writer: newTokenId() },
    ...((tls || ca !== undefined) && { ssl: ca === undefined ? true : { ca: readWritten(ca) } }),
    ...(user !== undefined && {
      sasl: { mechanism, username: user, password: passwordIn(passwordFile) },
    }),
  }
}

export const passwordIn = (file: string | undefined): string =>
  file === undefined ? '' : readWritten(file).trimEnd()
